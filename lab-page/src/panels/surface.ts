/** The decision boundary, or the predicted number, on a plane through the data; of both runs when two are compared. */

import { eachFrame, el, picturing, replace, svg } from "../dom";
import { number as format, percent } from "../format";
import type { Panel } from "../lab";
import { decode } from "../pictures/bytes";
import { markerPath } from "../pictures/markers";
import { paintPlane, scales, valueAt } from "../pictures/plane";
import type { Description, Surface } from "../protocol";
import { filled } from "../texts/filled";
import { surface as texts } from "../texts/surface";
import "../styles/surface.css";

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  const choices = el("div", { class: "surface-choices" });
  const legend = el("ul", { class: "surface-legend" });
  const readout = el("p", { class: "surface-readout", role: "status" });
  let cross: { x: number; y: number } | null = null;
  const own = pictureOf(() => lab.state.snapshot?.surface ?? null, () => lab.state.description);
  const other = pictureOf(() => lab.state.other?.snapshot?.surface ?? null, () => lab.state.other?.description ?? null);
  replace(root, choices, el("div", { class: "planes" }, own.figure, other.figure), readout, legend);

  /** One canvas with its caption, and what pointer and keys do on it. */
  function pictureOf(surface: () => Surface | null, description: () => Description | null) {
    const canvas = el("canvas", { class: "plane", tabindex: 0 });
    const caption = el("figcaption");
    const figure = el("figure", { class: "plane-figure" }, caption, canvas);
    const go = (to: { x: number; y: number } | null, aloud: boolean) => {
      cross = to;
      const at = to && surface() ? to : null;
      readout.setAttribute("aria-live", aloud ? "polite" : "off");
      readout.textContent = at ? read(surface() as Surface, description() as Description, at) : "";
      draw();
    };
    const under = (event: MouseEvent) => {
      const shown = surface();
      if (!shown) return null;
      const to = scales(shown, canvas.clientWidth, canvas.clientHeight);
      const at = { x: to.x(event.offsetX), y: to.y(event.offsetY) };
      return at.x >= shown.x[0] && at.x <= shown.x[1] && at.y >= shown.y[0] && at.y <= shown.y[1] ? at : null;
    };
    canvas.addEventListener("pointermove", (event) => go(under(event), false));
    canvas.addEventListener("pointerleave", () => go(null, false));
    canvas.addEventListener("blur", () => go(null, false));
    canvas.addEventListener("click", (event) => {
      const at = under(event);
      if (at && drawing()) lab.addPoint(at.x, at.y);
    });
    canvas.addEventListener("keydown", (event) => {
      const shown = surface();
      const step = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] } as Record<string, [number, number]>)[event.key];
      if (!shown || (!step && event.key !== "Enter")) return;
      event.preventDefault();
      event.stopPropagation();
      if (!step) {
        if (cross && drawing()) lab.addPoint(cross.x, cross.y);
        return;
      }
      const [x, y] = [cross?.x ?? (shown.x[0] + shown.x[1]) / 2, cross?.y ?? (shown.y[0] + shown.y[1]) / 2];
      const far = event.shiftKey ? 0.1 : 0.025;
      go({ x: within(x + step[0] * far * (shown.x[1] - shown.x[0]), shown.x), y: within(y + step[1] * far * (shown.y[1] - shown.y[0]), shown.y) }, true);
    });
    return { canvas, caption, figure, surface, description };
  }

  const drawing = () => lab.state.settings.preset === "points" && lab.state.brush !== null;

  function read(surface: Surface, { task, classes, outputs }: Description, { x, y }: { x: number; y: number }): string {
    const found = valueAt(surface, x, y);
    const place = `${surface.x_name} = ${format(x)}, ${surface.y_name} = ${format(y)}`;
    if (!found) return place;
    const name = classes?.[found.class ?? 0] ?? String(found.class ?? "");
    const value = found.class !== null ? filled(t().class, { class: name, value: format(found.value) }) : task === "regression" ? `${outputs[0] ?? t().output} = ${format(found.value)}` : filled(t().probability, { value: format(found.value) });
    return `${place}: ${value}`;
  }

  const draw = eachFrame(() => {
    for (const { canvas, figure, surface, description } of [own, other]) {
      const [shown, of] = [surface(), description()];
      figure.hidden = shown === null && canvas === other.canvas;
      if (!shown || !of) continue;
      const picture = { surface: shown, points: lab.state.points, task: of.task, classes: of.classes?.length ?? 2, cross };
      paintPlane(canvas, picture);
      picturing(canvas, `${describe(shown, of)} ${t()[drawing() ? "keys_add" : "keys"]}`);
      canvas.classList.toggle("adding", drawing());
    }
    const compared = !other.figure.hidden;
    own.caption.textContent = compared ? t().here : lab.state.snapshot?.surface ? "" : t().none;
    other.caption.textContent = compared ? t().other : "";
    own.figure.parentElement?.classList.toggle("two", compared);
  });

  function describe(shown: Surface, { task, classes, target }: Description): string {
    const held = lab.state.points?.validation.filter(Boolean).length ?? 0;
    const facts = { x: shown.x_name, y: shown.y_name, class: target, points: (lab.state.points?.x.length ?? 0) - held, held };
    const bytes = decode(shown.bytes);
    if (shown.classes !== null) {
      const likeliest = decode(shown.classes);
      const share = (k: number) => likeliest.filter((c) => c === k).length / likeliest.length;
      const shares = (classes ?? []).map((name, k) => filled(t().share, { class: name, share: percent(share(k)) })).join(", ");
      return filled(t().classes_seen, { ...facts, shares });
    }
    const value = (byte: number) => shown.minimum + ((shown.maximum - shown.minimum) * byte) / 255;
    const range = { low: value(Math.min(...bytes)), high: value(Math.max(...bytes)) };
    const share = percent(bytes.filter((byte) => byte > 127).length / bytes.length);
    return filled(task === "regression" ? t().regression_seen : t().binary_seen, { ...facts, ...range, share });
  }

  function drawChoices(): void {
    const { description } = lab.state;
    const { plane, inputs } = description;
    const select = (axis: "x" | "y") => {
      const choose = (event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        lab.setView({ plane: { kind: "columns", x: current().x, y: current().y, [axis]: value } });
      };
      const options = inputs.map((name) => el("option", { value: name, text: name, selected: name === current()[axis] }));
      return el("label", {}, t()[axis], el("select", { onchange: choose }, ...options));
    };
    const current = () => lab.state.view.plane ?? plane;
    const kind = (value: "columns" | "components") => el("option", { value, text: t()[value], selected: current().kind === value });
    const chooseKind = (event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      const first = plane.kind === "components" ? { x: inputs[0], y: inputs[1] } : { x: plane.x, y: plane.y };
      lab.setView({ plane: value === "components" ? { kind: value } : { kind: "columns", ...first } });
    };
    const planes = inputs.length > 2 && [el("label", {}, t().plane, el("select", { onchange: chooseKind }, kind("columns"), kind("components"))), ...(current().kind === "columns" ? [select("x"), select("y")] : [])];
    replace(choices, ...(planes || []));
  }

  function drawLegend(): void {
    const { task, classes, target } = lab.state.description;
    const names = task === "regression" ? [] : (classes ?? [`${target} = 0`, `${target} = 1`]);
    const marker = (k: number, hollow: boolean) =>
      svg("svg", { viewBox: "-8 -8 16 16", class: `marker${hollow ? " hollow" : ""} class-${k % 10}`, "aria-hidden": "true" }, svg("path", { d: markerPath(k, 0, 0, 5) }));
    const held = lab.state.points?.validation.some(Boolean);
    replace(legend, ...names.map((name, k) => el("li", {}, marker(k, false), name)), held && el("li", {}, marker(0, true), t().validation));
    if (task === "regression") legend.prepend(el("li", {}, target, bar()));
  }

  /** The colour bar of a predicted number. */
  function bar(): HTMLElement {
    const shown = lab.state.snapshot?.surface;
    return el("span", { class: "bar" }, format(shown?.minimum), el("i", { class: "cividis" }), format(shown?.maximum));
  }

  const all = () => {
    drawChoices();
    drawLegend();
    draw();
  };
  const resized = new ResizeObserver(() => draw());
  resized.observe(own.canvas);
  all();
  const ends = [
    ...(["description", "points", "language", "view", "brush", "settings"] as const).map((event) => lab.on(event, all)),
    ...(["other", "theme"] as const).map((event) => lab.on(event, draw)),
    lab.on("snapshot", () => {
      if (lab.state.description.task === "regression") drawLegend();
      draw();
    }),
  ];
  return () => {
    resized.disconnect();
    for (const end of ends) end();
  };
};

function within(value: number, [low, high]: [number, number]): number {
  return Math.min(high, Math.max(low, value));
}
