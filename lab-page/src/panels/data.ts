/** Data: ready examples, an own table with its columns, or points drawn by hand. */

import { type Context, type Control, choiceControl, more, numberControl, redraw } from "../controls/control";
import { readsTables, tablePart } from "../controls/table";
import { attribute, el, replace } from "../dom";
import { count } from "../format";
import type { Events, Panel } from "../lab";
import "../styles/data.css";
import { data as texts } from "../texts/data";
import { filled } from "../texts/filled";
import { sentence } from "../texts/sentences";
import { choiceName } from "../texts/setting";
import { thumbnail } from "../thumbnails";

/** Shown by parts of their own, not as a row. */
const OWN = new Set(["preset", "points", "table", "target", "columns"]);
/** Labels a drawn point may have. */
const BRUSHES = [0, 1, 2, 3];

export const panel: Panel = (root, lab) => {
  let controls: Control[] = [];
  let objected: Events["objection"] | null = null;
  const presets = el("div", { class: "presets", role: "radiogroup" });
  const facts = el("p", { class: "facts" });
  const notices = el("ul", { class: "notices" });
  const drawing = el("div", { class: "drawing-points" });
  const table = tablePart(lab);
  const reader = readsTables(lab);

  const choosePreset = (name: string): void => {
    const { table: held } = lab.state;
    lab.setBrush(name === "points" ? 1 : null);
    if (name === "points") beginDrawing();
    else if (name !== "table") void lab.change({ preset: name });
    else if (held === null) reader.choose();
    else void lab.change({ preset: name, table: held.id, target: held.target });
  };

  /** Points drawn before are there again; at first, those that are shown are taken where they are a plane of classes. */
  const beginDrawing = (): void => {
    const { settings, description, points, about } = lab.state;
    if (settings.preset === "points") return;
    const plane = description.plane.kind === "columns" && description.inputs.length === 2 && description.task !== "regression" && points !== null;
    const short = (value: number | undefined): number => Number((value ?? 0).toFixed(3));
    const shown = plane && settings.points.length === 0 ? points.x.map((x, k): [number, number, number] => [short(x), short(points.y[k]), points.label[k] ?? 0]) : settings.points;
    void lab.change({ preset: "points", points: (shown.length > 0 ? shown : FIRST).slice(0, about.limits.drawn_points - 1), table: null });
  };

  const drawPresets = (): void => {
    const { about, settings, language } = lab.state;
    attribute(presets, "aria-label", texts[language].presets);
    const had = presets.contains(document.activeElement);
    replace(
      presets,
      ...about.presets.map(({ name }) => {
        const chosen = name === settings.preset;
        const label = choiceName(language, name);
        return el(
          "button",
          { type: "button", role: "radio", "aria-checked": String(chosen), tabindex: chosen ? 0 : -1, class: "preset", title: label, "data-preset": name, onclick: () => choosePreset(name) },
          thumbnail(name),
          el("span", { text: label }),
        );
      }),
    );
    if (had) presets.querySelector<HTMLElement>("[aria-checked='true']")?.focus();
  };

  presets.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const all = [...presets.querySelectorAll<HTMLElement>(".preset")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[(at + by + all.length) % all.length];
    next?.focus();
  });

  const drawBrushes = (): void => {
    const { settings, brush, language } = lab.state;
    const t = texts[language];
    drawing.hidden = settings.preset !== "points";
    if (drawing.hidden) return;
    replace(
      drawing,
      el("p", { class: "hint", text: t.draw }),
      el(
        "div",
        { class: "brushes", role: "group", "aria-label": t.draw },
        ...BRUSHES.map((label) =>
          el("button", {
            type: "button",
            class: `brush class-${label}`,
            "aria-pressed": String(brush === label),
            "aria-label": filled(t.brush, { label }),
            text: String(label),
            onclick: () => lab.setBrush(brush === label ? null : label),
          }),
        ),
        el("button", { type: "button", class: "quiet", text: t.undo, onclick: () => void lab.change({ points: settings.points.slice(0, -1) }) }),
        el("button", { type: "button", class: "quiet", text: t.anew, onclick: () => void lab.change({ points: FIRST }) }),
      ),
      el("p", { class: "facts", text: filled(t.drawn, { points: count(settings.points.length) }) }),
    );
  };

  const draw = (): void => {
    const { about, language } = lab.state;
    const t = texts[language];
    const context: Context = { language, change: (settings) => void lab.change(settings) };
    controls = about.settings
      .filter((setting) => setting.group === "data" && !OWN.has(setting.name))
      .map((setting) => (setting.kind === "choice" ? choiceControl(setting, context) : numberControl(setting, context, t.all)));
    const rows = controls.filter((control) => control.name !== "data_seed").map((control) => control.root);
    const folded = controls.filter((control) => control.name === "data_seed").map((control) => control.root);
    reader.draw();
    redraw(root, presets, reader.root, table.root, drawing, ...rows, ...(folded.length > 0 ? [more(t.more, folded)] : []), facts, notices);
    const kept = objected;
    show();
    if (kept !== null) object(kept);
    describe();
  };

  const show = (): void => {
    const { settings, about } = lab.state;
    objected = null;
    drawPresets();
    drawBrushes();
    table.draw();
    for (const control of controls) {
      const only = about.settings.find((one) => one.name === control.name)?.only_for;
      control.object(null);
      control.show(settings);
      control.root.hidden = only !== undefined && !only.includes(settings.preset);
    }
  };

  const describe = (): void => {
    const { description, language } = lab.state;
    const { m, m_validation, inputs } = description;
    facts.textContent = filled(texts[language].facts, { m: count(m), validation: count(m_validation), inputs: count(inputs.length) });
    notices.hidden = description.notices.length === 0;
    replace(notices, ...description.notices.map((notice) => el("li", { text: sentence(language, notice) })));
  };

  const object = (objection: Events["objection"]): void => {
    const { error, setting } = objection;
    const control = controls.find((one) => one.name === setting);
    if (control !== undefined) {
      objected = objection;
      control.object(error);
    } else if (setting !== null && OWN.has(setting)) reader.object(error);
  };

  draw();
  const ends = [
    lab.on("settings", show),
    lab.on("brush", drawBrushes),
    lab.on("description", () => {
      reader.object(null);
      describe();
    }),
    lab.on("language", draw),
    lab.on("objection", object),
    reader.listen(root),
  ];
  return () => {
    for (const end of ends) end();
  };
};

/** Where nothing can be taken over: a few points to begin with, of both classes. */
const FIRST: [number, number, number][] = [
  [-0.6, -0.5, 0],
  [-0.5, 0.3, 0],
  [-0.2, -0.7, 0],
  [0.6, 0.5, 1],
  [0.5, -0.3, 1],
  [0.2, 0.7, 1],
];
