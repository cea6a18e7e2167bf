/** A loop against a matrix product, timed on the machine where the lab runs. */

import { el, replace } from "../dom";
import { number, seconds } from "../format";
import type { Lab } from "../lab";
import type { Vectorization } from "../protocol";
import { filled } from "../texts/filled";
import { lessons as texts } from "../texts/lessons";
import { messageOf } from "../texts/message";

const SIZES = { n_x: [10, 100], m: [100, 1000, 10000] };

/** The picture in a card, and what measures once more. */
export function timing(lab: Lab): { element: HTMLElement; run: () => void } {
  const t = texts[lab.state.language];
  const chosen = { n_x: 100, m: 1000 };
  const result = el("div", { class: "timing-result", role: "status" });
  const choice = (name: keyof typeof SIZES, label: string): HTMLElement => {
    const select = el("select", { onchange: () => Object.assign(chosen, { [name]: Number(select.value) }) });
    for (const size of SIZES[name]) select.append(el("option", { value: size, text: String(size), selected: size === chosen[name] }));
    return el("label", {}, `${label} `, select);
  };
  const button = el("button", { type: "button", text: t.run_timing, onclick: () => run() });

  function run(): void {
    button.disabled = true;
    replace(result, t.timing);
    lab
      .vectorization(chosen.n_x, chosen.m)
      .then((measured) => replace(result, ...table(measured)))
      .catch((failure: unknown) => replace(result, messageOf(failure, lab.state.language)))
      .finally(() => {
        button.disabled = false;
      });
  }

  function table({ loop_seconds, matrix_seconds, largest_difference }: Vectorization): HTMLElement[] {
    const bar = (label: string, time: number): HTMLElement => {
      const length = el("meter", { min: 0, max: loop_seconds, value: time, "aria-hidden": "true" });
      return el("tr", {}, el("th", { scope: "row", text: label }), el("td", {}, length), el("td", { text: seconds(time) }));
    };
    const facts = { times: number(loop_seconds / matrix_seconds, 2), difference: number(largest_difference, 2) };
    return [el("table", {}, el("tbody", {}, bar(t.loop, loop_seconds), bar(t.matrix, matrix_seconds))), el("p", { text: filled(t.faster, facts) })];
  }

  const element = el("div", { class: "lesson-figure timing" }, el("div", { class: "figure-numbers" }, choice("n_x", t.units), choice("m", t.examples), button), result);
  return { element, run };
}
