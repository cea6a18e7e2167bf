/** "Check my homework": type weights and results worked out by hand, and see which are right and by how much the others are off. */

import { attribute, el, replace, reveal, unique } from "../dom";
import { number as format } from "../format";
import type { Panel } from "../lab";
import { equation } from "../pictures/equation";
import { parseMatrix } from "../pictures/matrix";
import { shapeText } from "../pictures/tensor";
import type { Marks } from "../protocol";
import { filled } from "../texts/filled";
import { homework as texts } from "../texts/homework";
import { messageOf } from "../texts/message";
import "../styles/homework.css";

const BY_HAND = 4; // examples of a mini-batch that one works out by hand

interface Field {
  name: string;
  kind: "weights" | "answer";
  shape: [number, number];
  input: HTMLTextAreaElement;
  note: HTMLElement;
}

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  const summary = el("p", { class: "homework-summary", role: "status" });
  const about = el("p", { class: "homework-why" });
  let fields: Field[] = [];
  let drawn = "";

  /** Fields of what the step has; what was typed stays while shapes stay. */
  function build(keep: boolean): void {
    const { sizes, steps, m } = lab.state.description;
    const k = lab.state.strip.shown?.rows.length ?? Math.ceil(m / Math.max(1, steps));
    const structure = JSON.stringify([lab.state.language, lab.state.description.id, sizes, k]);
    if (keep && structure === drawn) return;
    const typed = new Map(fields.map((field) => [field.name, field.input.value]));
    drawn = structure;
    fields = [];
    summary.textContent = "";
    about.textContent = `${t().why} ${filled(t().batch, { batch: lab.state.strip.batch + 1, count: k })}`;
    const layers = sizes.slice(1).map((units, at) => {
      const l = at + 1;
      const before = sizes[at] ?? 0;
      const weights = [field("weights", "W", l, [units, before]), field("weights", "b", l, [units, 1])];
      const answers = (["Z", "A"] as const).map((symbol) => field("answer", symbol, l, [units, k]));
      answers.push(field("answer", "dZ", l, [units, k]), field("answer", "dW", l, [units, before]), field("answer", "db", l, [units, 1]));
      const group = (name: string, inside: HTMLElement[]) => el("fieldset", {}, el("legend", { text: name }), el("div", { class: "homework-fields" }, ...inside));
      return el("details", { open: l === 1 }, el("summary", { text: filled(t().layer, { layer: l }) }), group(t().weights, weights), group(t().answers, answers));
    });
    const cost = el("details", { open: true }, el("summary", { text: t().cost }), el("div", { class: "homework-fields" }, field("answer", "J", null, [1, 1])));
    const buttons = el(
      "div",
      { class: "homework-buttons" },
      el("button", { type: "submit", class: "primary", text: t().mark }),
      el("button", { type: "button", text: t().fill, onclick: fillIn }),
      el("button", { type: "button", class: "quiet", text: t().clear, onclick: () => build(false) }),
    );
    const form = el("form", { novalidate: true }, ...layers, cost, buttons, summary);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void hand();
    });
    const few = k > BY_HAND && el("button", { type: "button", class: "tiny", text: filled(t().small, { count: BY_HAND }), onclick: () => void lab.change({ batch_size: BY_HAND }) });
    replace(root, about, few, form);
    if (keep) for (const field of fields) field.input.value = typed.get(field.name) ?? "";
  }

  function field(kind: Field["kind"], symbol: string, layer: number | null, shape: [number, number]): HTMLElement {
    const name = layer === null ? symbol : `${symbol}[${layer}]`;
    const note = el("span", { class: "homework-note", id: unique("note") });
    const label = filled(t().field, { name, rows: shape[0], columns: shape[1] });
    const input = el("textarea", { rows: Math.min(4, shape[0]), cols: Math.min(30, Math.max(10, 6 * shape[1])), spellcheck: "false", placeholder: t().placeholder, "aria-label": label, "aria-describedby": note.id });
    fields.push({ name, kind, shape, input, note });
    const latex = layer === null ? symbol : `${symbol}^{[${layer}]}`;
    return el("div", { class: "homework-field" }, el("span", { class: "homework-label" }, equation(latex), " ", shapeText(shape)), input, note);
  }

  function fillIn(): void {
    for (const { kind, name, shape, input } of fields) {
      const layer = lab.state.snapshot?.layers[Number(/\d+/.exec(name)?.[0] ?? 0) - 1];
      if (kind !== "weights" || !layer) continue;
      const values = name.startsWith("W") ? layer.W : (layer.b?.map((x) => [x]) ?? null);
      if (values?.length === shape[0]) input.value = values.map((row) => row.map((x) => String(x ?? 0)).join(" ")).join("\n");
    }
  }

  async function hand(): Promise<void> {
    const given: Record<Field["kind"], Record<string, number[][]>> = { weights: {}, answer: {} };
    let first: Field | null = null;
    for (const field of fields) {
      const { values, problem } = read(field);
      tell(field, problem ? "wrong" : "none", problem);
      attribute(field.input, "aria-invalid", problem ? "true" : null);
      if (problem) first ??= field;
      if (values) given[field.kind][field.name] = values;
    }
    if (first) return first.input.focus();
    if (Object.keys(given.answer).length === 0) {
      summary.textContent = t().nothing;
      return;
    }
    try {
      show((await lab.mark({ parameters: given.weights, answers: given.answer })).marks);
    } catch (failure) {
      summary.textContent = messageOf(failure, lab.state.language);
    }
  }

  function read({ kind, shape, input }: Field): { values?: number[][]; problem: string } {
    const typed = parseMatrix(input.value);
    if ("values" in typed) {
      const right = typed.values.length === shape[0] && typed.values[0]?.length === shape[1];
      if (kind === "weights" && !right) return { problem: filled(t().weights_shape, { shape: shape.join("×") }) };
      return { values: typed.values, problem: "" };
    }
    if (typed.problem === "number") return { problem: filled(t().number, { word: typed.word }) };
    if (typed.problem === "ragged") return { problem: filled(t().ragged, { row: typed.row + 1, wanted: typed.lengths[0], got: typed.lengths[1] }) };
    return { problem: "" };
  }

  function show(marks: Marks["marks"]): void {
    const count = { exact: 0, close: 0, wrong: 0 };
    for (const mark of marks) {
      count[mark.verdict === "shape" ? "wrong" : mark.verdict] += 1;
      const field = fields.find(({ name }) => name === mark.name);
      if (field) tell(field, mark.verdict, sentence(mark));
    }
    summary.textContent = filled(t().summary, count);
  }

  function sentence({ verdict, largest_difference: difference, at, expected_shape: shape, hint }: Marks["marks"][number]): string {
    const parts = [t()[verdict]];
    if (verdict === "shape") parts.push(filled(t().expected, { shape: shape.join("×") }));
    else if (difference !== null && verdict !== "exact") {
      const where = at && (shape[0] > 1 || shape[1] > 1) ? filled(t().at, { row: at[0] + 1, column: at[1] + 1 }) : "";
      parts.push(filled(t().difference, { value: format(difference), at: where }));
    }
    const hints: Record<string, string> = t();
    const text = parts.join(", ");
    return hint !== null && hints[hint] ? `${text}. ${hints[hint]}` : text;
  }

  function tell({ note }: Field, verdict: string, text: string): void {
    note.textContent = text;
    note.className = `homework-note verdict-${verdict}`;
  }

  build(false);
  const ends = [
    lab.on("description", () => build(false)),
    lab.on("language", () => build(true)),
    lab.on("strip", () => build(true)),
    lab.on("wish", (wish) => wish === "open_homework" && reveal("homework")),
  ];
  return () => {
    for (const end of ends) end();
  };
};
