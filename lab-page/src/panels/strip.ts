/** One step of gradient descent, line by line: in the notation of the course, and with this network's numbers. */

import { attribute, calm, el, replace } from "../dom";
import { number as format } from "../format";
import type { Panel } from "../lab";
import { equation } from "../pictures/equation";
import { lights, reference } from "../pictures/references";
import { beginning, shapeText, tensorTable, update } from "../pictures/tensor";
import type { Line, Term } from "../protocol";
import { filled } from "../texts/filled";
import { strip as texts } from "../texts/strip";
import "../styles/strip.css";

const PHASES = ["forward", "loss", "backward", "gradient", "update"] as const;
const BEAT = 1800; // milliseconds a line while it plays

type TensorTerm = Extract<Term, { kind: "tensor" }>;

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  let playing: ReturnType<typeof setInterval> | null = null;
  let drawn = ""; // what the lines on the page are of
  let phase: Line["phase"] = "forward";
  const rows = new Map<number, HTMLElement>();
  let fields: Record<"batch" | "example", { input: HTMLInputElement; note: HTMLElement }>;
  let tabs: HTMLButtonElement[] = [];
  let play: HTMLButtonElement;
  const where = el("span", { class: "strip-line", role: "status" });
  const lines = el("ol", { class: "strip-lines" });
  const body = el("div", { id: "strip-lines", role: "tabpanel", tabindex: 0, class: "strip-body" }, lines);

  function build(): void {
    tabs = PHASES.map((name) =>
      el("button", { type: "button", role: "tab", id: `strip-${name}`, "aria-controls": "strip-lines", text: t()[name], onclick: () => void lab.stripAt(name) }),
    );
    const list = el("div", { role: "tablist", class: "strip-tabs", "aria-label": t().phases }, ...tabs);
    list.addEventListener("keydown", alongTabs);
    fields = { batch: field("batch"), example: field("example") };
    play = el("button", { type: "button", text: t().play, onclick: () => (playing === null ? start() : stop()) });
    const step = (by: number, text: string) => el("button", { type: "button", text, onclick: () => go(lab.state.strip.line + by) });
    const chooser = (name: "batch" | "example") => {
      const move = (by: number, text: string, sign: string) =>
        el("button", { type: "button", class: "tiny", "aria-label": `${t()[name]}: ${text}`, text: sign, onclick: () => choose(name, (lab.state.strip.shown?.[name] ?? 0) + by) });
      return el("div", { class: `chooser of-${name}` }, el("label", {}, t()[name], fields[name].input), move(-1, t().earlier, "‹"), move(1, t().later, "›"), fields[name].note);
    };
    replace(
      root,
      list,
      el("div", { class: "strip-steps" }, step(-1, t().back), step(1, t().next), play, where, chooser("batch"), chooser("example")),
      body,
    );
    drawn = "";
    show();
  }

  function field(name: "batch" | "example") {
    const input = el("input", { type: "number", min: 1, step: 1, value: 1, onchange: () => choose(name, input.valueAsNumber - 1) });
    return { input, note: el("span", { class: "muted" }) };
  }

  function choose(name: "batch" | "example", to: number): void {
    const { shown } = lab.state.strip;
    if (!shown || !Number.isFinite(to)) {
      show();
      return;
    }
    const count = name === "batch" ? shown.batches : shown.rows.length;
    const at = Math.min(count - 1, Math.max(0, Math.round(to)));
    void lab.stripTo(name === "batch" ? { batch: at, example: 0 } : { example: at });
  }

  function go(line: number): boolean {
    const last = (lab.state.strip.shown?.lines.length ?? 0) - 1;
    if (line < 0 || line > last) return false;
    void lab.stripTo({ line });
    return true;
  }

  function start(): void {
    if (lab.state.strip.line === (lab.state.strip.shown?.lines.length ?? 0) - 1) go(0);
    playing = setInterval(() => go(lab.state.strip.line + 1) || stop(), BEAT);
    play.textContent = t().stop;
  }

  function stop(): void {
    if (playing !== null) clearInterval(playing);
    playing = null;
    play.textContent = t().play;
  }

  function alongTabs(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const to = tabs[(tabs.indexOf(event.target as HTMLButtonElement) + by + tabs.length) % tabs.length];
    to?.focus();
    to?.click();
  }

  function show(): void {
    const { shown, line, batch, example } = lab.state.strip;
    if (!shown) {
      replace(lines, el("li", { class: "muted", text: t().none }));
      drawn = "";
      return;
    }
    phase = shown.lines[line]?.phase ?? "forward";
    PHASES.forEach((name, at) => {
      attribute(tabs[at] as Element, "aria-selected", String(name === phase));
      attribute(tabs[at] as Element, "tabindex", name === phase ? 0 : -1);
    });
    attribute(body, "aria-labelledby", `strip-${phase}`);
    const inPhase = shown.lines.map((one, at) => ({ one: { ...one, terms: one.terms.map(short) }, at })).filter(({ one }) => one.phase === phase);
    const structure = JSON.stringify([phase, shown.lines.length, inPhase.map(({ one }) => [one.latex, one.terms.map(structureOf)])]);
    if (structure !== drawn) drawLines(inPhase);
    else for (const { one, at } of inPhase) renew(at, one);
    drawn = structure;
    mark(line);
    for (const [name, at, count] of [["batch", batch, shown.batches], ["example", example, shown.rows.length]] as const) {
      const { input, note } = fields[name];
      if (document.activeElement !== input) input.value = String(at + 1);
      input.max = String(count);
      note.textContent = filled(t().of, { count });
      if (name === "example") note.title = filled(t().row, { row: (shown.rows[at] ?? 0) + 1 });
      (input.closest(".chooser") as HTMLElement).hidden = count === 1;
    }
    where.textContent = filled(t().line, { line: line + 1, count: shown.lines.length });
  }

  function drawLines(inPhase: { one: Line; at: number }[]): void {
    rows.clear();
    replace(
      lines,
      ...inPhase.map(({ one, at }) => {
        const terms = el("div", { class: "terms", role: "group", "aria-label": t().numbers }, ...joined(one.terms));
        const symbol = el("div", { class: "symbols" }, equation(one.latex));
        const row = el("li", { class: "strip-row", onclick: () => at !== lab.state.strip.line && void lab.stripTo({ line: at }) }, symbol, terms);
        rows.set(at, row);
        return row;
      }),
    );
  }

  /** Terms side by side; an exponent stays with the tensor before it. */
  function joined(terms: Term[]): HTMLElement[] {
    const side: HTMLElement[] = [];
    for (const one of terms) {
      const exponent = one.kind === "text" && one.latex.startsWith("{}^");
      const before = exponent && side.pop();
      side.push(before ? el("span", { class: "raised" }, before, term(one)) : term(one));
    }
    return side;
  }

  function term(of: Term): HTMLElement {
    if (of.kind === "text") return el("span", { class: "term" }, equation(of.latex));
    const one = of.values[0]?.[0];
    const scalar = of.shape[0] === 1 && of.shape[1] === 1;
    const label = filled(t().tensor, { name: of.name, rows: of.shape[0], columns: of.shape[1] });
    const numbers = scalar
      ? el("span", { class: "scalar", tabindex: 0, "data-ref": reference(of.name, 0, 0), title: String(one), text: format(one) })
      : tensorTable(of, { label, heat: true, example: of.values[0]?.length === 1 });
    return el("span", { class: "term tensor-term" }, numbers, el("span", { class: "under" }, equation(of.latex), " ", shapeText(of.shape)));
  }

  /** New numbers in the tables that stand there. */
  function renew(at: number, line: Line): void {
    const places = rows.get(at)?.querySelectorAll<HTMLElement>(".tensor-term > :first-child");
    line.terms.filter((one): one is TensorTerm => one.kind === "tensor").forEach((one, k) => {
      const place = places?.[k];
      if (place instanceof HTMLTableElement) update(place, one.values, true);
      else if (place) {
        place.textContent = format(one.values[0]?.[0]);
        place.title = String(one.values[0]?.[0]);
      }
    });
  }

  function mark(line: number): void {
    for (const [at, row] of rows) {
      row.classList.toggle("now", at === line);
      attribute(row, "aria-current", at === line ? "step" : null);
    }
    const row = rows.get(line);
    // only the list moves, never the page
    if (row && playing !== null) body.scrollTo({ top: row.offsetTop - body.offsetTop - 8, behavior: calm() ? "auto" : "smooth" });
  }

  build();
  const ends = [lab.on("strip", show), lab.on("language", build), lab.on("description", stop), lights(root, lab)];
  return () => {
    stop();
    for (const end of ends) end();
  };
};

const short = (of: Term): Term => (of.kind === "tensor" ? beginning(of) : of);

/** What must be equal for new numbers to go into the old table. */
function structureOf(term: Term): unknown {
  return term.kind === "text" ? term.latex : [term.name, term.latex, term.shape, term.row, term.column, term.values.length, term.values[0]?.length];
}
