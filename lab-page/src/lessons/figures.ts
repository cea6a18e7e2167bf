/** The small pictures inside cards: the two losses, the activations, and the computation graph of J = 3(a + bc). */

import { el, replace, svg, unique } from "../dom";
import { number, typed } from "../format";
import type { Card } from "../lesson";
import { filled } from "../texts/filled";
import type { lessons } from "../texts/lessons";

type Words = (typeof lessons)["en"];

/** The picture of a card, in the words of a language. */
export function figure(kind: NonNullable<Card["figure"]>, t: Words): HTMLElement {
  return { losses, activations, graph }[kind](t);
}

interface Span {
  x: [number, number];
  y: [number, number];
}

const [WIDTH, HEIGHT] = [260, 130];

/** A polyline of f over x, as far as it stays in the picture. */
export function path(f: (x: number) => number, { x, y }: Span, width = WIDTH, height = HEIGHT, points = 120): string {
  const across = (value: number): number => ((value - x[0]) / (x[1] - x[0])) * width;
  const down = (value: number): number => (1 - (value - y[0]) / (y[1] - y[0])) * height;
  const at = Array.from({ length: points + 1 }, (_, k) => x[0] + (k / points) * (x[1] - x[0]));
  const seen = at.map((value) => [value, f(value)] as const).filter(([, value]) => value >= y[0] && value <= y[1]);
  return seen.map(([value, height_], k) => `${k === 0 ? "M" : "L"}${across(value).toFixed(1)} ${down(height_).toFixed(1)}`).join("");
}

function slider(label: string, limits: { min: number; max: number; step: number; value: number }, moved: (value: number) => void): HTMLElement {
  const id = unique("slider");
  const input = el("input", { type: "range", id, ...limits, oninput: () => moved(Number(input.value)) });
  return el("div", { class: "figure-slider" }, el("label", { for: id, text: label }), input);
}

/* ---------- the loss of one example ---------- */

/** The loss of one example whose label is 1, and of one whose label is 0, in nats. */
export const loss = { one: (y_hat: number) => -Math.log(y_hat), zero: (y_hat: number) => -Math.log(1 - y_hat) };

function losses(t: Words): HTMLElement {
  const span: Span = { x: [0.004, 0.996], y: [0, 5] };
  const marker = svg("line", { class: "marker", y1: 0, y2: HEIGHT });
  const said = el("p", { class: "figure-says", role: "status" });
  const show = (y_hat: number): void => {
    const x = ((y_hat - span.x[0]) / (span.x[1] - span.x[0])) * WIDTH;
    marker.setAttribute("x1", String(x));
    marker.setAttribute("x2", String(x));
    said.textContent = filled(t.losses_at, { y_hat: typed(y_hat), one: number(loss.one(y_hat), 3), zero: number(loss.zero(y_hat), 3) });
  };
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT + 16}`, role: "img", "aria-label": t.losses_picture },
    svg("path", { class: "axis", d: `M0 0V${HEIGHT}H${WIDTH}` }),
    svg("path", { class: "curve one", d: path(loss.one, span) }),
    svg("path", { class: "curve zero", d: path(loss.zero, span) }),
    marker,
    svg("text", { x: 26, y: 22, class: "one", text: "y = 1" }),
    svg("text", { x: WIDTH - 26, y: 22, class: "zero", "text-anchor": "end", text: "y = 0" }),
    svg("text", { x: 0, y: HEIGHT + 13, text: "0" }),
    svg("text", { x: WIDTH / 2, y: HEIGHT + 13, "text-anchor": "middle", text: "ŷ" }),
    svg("text", { x: WIDTH, y: HEIGHT + 13, "text-anchor": "end", text: "1" }),
  );
  show(0.3);
  return el("figure", { class: "lesson-figure" }, picture, slider("ŷ", { min: 0.01, max: 0.99, step: 0.01, value: 0.3 }, show), said);
}

/* ---------- activations and their slopes ---------- */

const short = (value: number): string => typed(Number(value.toPrecision(3)));
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Each beside its slope; at 0, ReLU's is 0 and leaky ReLU's 0.01, as in the library. */
export const ACTIVATIONS: Record<string, { g: (z: number) => number; slope: (z: number) => number; low: number; high: number }> = {
  sigmoid: { g: sigmoid, slope: (z) => sigmoid(z) * (1 - sigmoid(z)), low: -0.1, high: 1.1 },
  tanh: { g: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2, low: -1.1, high: 1.1 },
  ReLU: { g: (z) => Math.max(0, z), slope: (z) => (z > 0 ? 1 : 0), low: -0.5, high: 6 },
  "leaky ReLU": { g: (z) => Math.max(0.01 * z, z), slope: (z) => (z > 0 ? 1 : 0.01), low: -0.5, high: 6 },
};

function activations(t: Words): HTMLElement {
  const [wide, tall, reach] = [84, 40, 6];
  const rows = Object.entries(ACTIVATIONS).map(([name, { g, slope, low, high }]) => {
    const dot = svg("circle", { r: 3.2, class: "dot" });
    const picture = svg(
      "svg",
      { viewBox: `-4 -4 ${wide + 8} ${tall + 8}`, "aria-hidden": "true" },
      svg("path", { class: "axis", d: `M0 ${((high / (high - low)) * tall).toFixed(1)}H${wide}M${wide / 2} 0V${tall}` }),
      svg("path", { class: "curve one", d: path(g, { x: [-reach, reach], y: [low, high] }, wide, tall) }),
      dot,
    );
    const [value, steepness] = [el("td"), el("td")];
    const show = (z: number): void => {
      dot.setAttribute("cx", String(((z + reach) / (2 * reach)) * wide));
      dot.setAttribute("cy", String(((high - g(z)) / (high - low)) * tall));
      value.textContent = short(g(z));
      steepness.textContent = short(slope(z));
    };
    return { show, row: el("tr", {}, el("th", { scope: "row", text: name }), el("td", {}, picture), value, steepness) };
  });
  const head = el("tr", {}, ...[t.function, "", t.value, t.slope].map((text) => (text === "" ? el("td") : el("th", { scope: "col", text }))));
  const at = el("output", { text: "z = 1" });
  const show = (z: number): void => {
    at.textContent = `z = ${typed(z)}`;
    for (const row of rows) row.show(z);
  };
  show(1);
  const table = el("table", { class: "activations" }, el("thead", {}, head), el("tbody", {}, ...rows.map(({ row }) => row)));
  return el("figure", { class: "lesson-figure" }, slider("z", { min: -6, max: 6, step: 0.1, value: 1 }, show), at, table);
}

/* ---------- J = 3(a + bc) ---------- */

/** Values and derivatives of every node. */
export function chain(a: number, b: number, c: number): Record<string, { value: number; grad: number }> {
  const u = b * c;
  const v = a + u;
  return {
    a: { value: a, grad: 3 },
    b: { value: b, grad: 3 * c },
    c: { value: c, grad: 3 * b },
    u: { value: u, grad: 3 },
    v: { value: v, grad: 3 },
    J: { value: 3 * v, grad: 1 },
  };
}

const PLACES: Record<string, [number, number, string]> = {
  a: [24, 26, "a"],
  b: [24, 84, "b"],
  c: [24, 142, "c"],
  u: [106, 113, "u = bc"],
  v: [184, 70, "v = a + u"],
  J: [262, 70, "J = 3v"],
};
const EDGES = ["bu", "cu", "av", "uv", "vJ"];

function graph(t: Words): HTMLElement {
  const values: Record<"a" | "b" | "c", number> = { a: 5, b: 3, c: 2 };
  const holder = el("div");
  const draw = (): void => {
    const now = chain(values.a, values.b, values.c);
    const of = (name: string, what: "value" | "grad"): string => typed(now[name]?.[what] ?? 0);
    const facts = { u: of("u", "value"), v: of("v", "value"), J: of("J", "value"), dv: of("v", "grad"), du: of("u", "grad"), da: of("a", "grad"), db: of("b", "grad"), dc: of("c", "grad") };
    const lines = EDGES.map((edge) => {
      const [from, to] = [PLACES[edge[0] ?? ""], PLACES[edge[1] ?? ""]];
      return svg("line", { class: "axis", x1: from?.[0], y1: from?.[1], x2: to?.[0], y2: to?.[1] });
    });
    const nodes = Object.entries(PLACES).map(([name, [x, y, label]]) =>
      svg(
        "g",
        { transform: `translate(${x} ${y})` },
        svg("rect", { x: -4 - 2.9 * label.length, y: -10, width: 8 + 5.8 * label.length, height: 20, rx: 5 }),
        svg("text", { "text-anchor": "middle", y: 4, text: label }),
        svg("text", { "text-anchor": "middle", y: -14, class: "one", text: of(name, "value") }),
        svg("text", { "text-anchor": "middle", y: 22, class: "zero", text: of(name, "grad") }),
      ),
    );
    replace(holder, svg("svg", { class: "graph", viewBox: "0 0 292 170", role: "img", "aria-label": filled(t.graph_picture, facts) }, ...lines, ...nodes));
  };
  const inputs = (["a", "b", "c"] as const).map((name) => {
    const id = unique("value");
    const input = el("input", {
      type: "number",
      id,
      step: 0.001,
      value: values[name],
      oninput: () => {
        if (!Number.isFinite(input.valueAsNumber)) return;
        values[name] = input.valueAsNumber;
        draw();
      },
    });
    return el("span", { class: "figure-number" }, el("label", { for: id, text: name }), input);
  });
  draw();
  return el("figure", { class: "lesson-figure" }, holder, el("div", { class: "figure-numbers" }, ...inputs), el("figcaption", { text: t.graph_legend }));
}
