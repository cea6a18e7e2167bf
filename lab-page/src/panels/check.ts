/** The gradients of the network that is shown, held against central differences, with an error map of every layer. */

import { el, replace } from "../dom";
import { number as format } from "../format";
import type { Panel } from "../lab";
import { css, sequential } from "../pictures/colours";
import { equation } from "../pictures/equation";
import { lights, reference } from "../pictures/references";
import type { GradientCheck } from "../protocol";
import { check as texts } from "../texts/check";
import { filled } from "../texts/filled";
import { messageOf } from "../texts/message";
import "../styles/check.css";

const DECADES = { low: -14, high: -2 }; // of the colours

type Layer = GradientCheck["layers"][number];

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  const result = el("div", { class: "check-result" });
  const verdict = el("p", { class: "check-verdict", role: "status" });
  let button: HTMLButtonElement;

  function build(): void {
    button = el("button", { type: "button", class: "primary", text: t().check, onclick: () => void ask() });
    replace(root, el("p", { class: "check-why", text: t().why }), button, verdict, result);
    show();
  }

  async function ask(): Promise<void> {
    button.disabled = true;
    verdict.textContent = t().checking;
    try {
      await lab.checkGradients();
    } catch (failure) {
      verdict.textContent = messageOf(failure, lab.state.language);
    } finally {
      button.disabled = false;
    }
  }

  function show(): void {
    const { checked } = lab.state;
    verdict.className = `check-verdict ${checked ? (checked.ok ? "good" : "bad") : ""}`;
    if (!checked) {
      verdict.textContent = "";
      replace(result);
      return;
    }
    const { max_relative_error: error, tolerance, of } = checked;
    verdict.textContent = filled(t().verdict, { verdict: checked.ok ? t().ok : t().wrong, error, tolerance, checked: checked.checked, of });
    replace(result, el("div", { class: "check-maps" }, ...checked.layers.map(map)), legend());
  }

  function map(layer: Layer): HTMLElement {
    const [row, column] = layer.at;
    const facts = { tensor: layer.tensor, layer: layer.layer, rows: layer.errors.length, columns: layer.errors[0]?.length ?? 0, largest: layer.largest, row: row + 1, column: column + 1 };
    const name = `d${layer.tensor}[${layer.layer}]`;
    const cells = layer.errors.map((errors, i) => el("div", { class: "check-row" }, ...errors.map((error, j) => cell(error, reference(name, i, j), i === row && j === column))));
    const picture = el("div", { class: "check-map", role: "img", "aria-label": filled(t().map, facts) }, ...cells);
    const numbers = el(
      "dl",
      {},
      ...([["analytic", layer.analytic], ["numeric", layer.numeric], ["error", layer.largest]] as const).map(([what, value]) => el("div", {}, el("dt", { text: t()[what] }), el("dd", { text: format(value, what === "error" ? 4 : 10), title: String(value) }))),
    );
    return el("section", {}, el("h3", {}, equation(`d${layer.tensor}^{[${layer.layer}]}`)), picture, el("p", { text: filled(t().largest, facts) }), numbers);
  }

  function cell(error: number | null, ref: string, largest: boolean): HTMLElement {
    const place = el("i", { class: `check-cell${largest ? " largest" : ""}`, "data-ref": ref, title: error === null ? "–" : format(error) });
    if (error !== null) place.style.backgroundColor = css(sequential(shade(error)));
    return place;
  }

  function legend(): HTMLElement {
    const ends = [DECADES.low, DECADES.high].map((power) => format(10 ** power, 1));
    return el("p", { class: "check-legend" }, ends[0], el("i", { class: "cividis" }), ends[1], el("span", { text: t().legend }));
  }

  build();
  const ends = [lab.on("checked", show), lab.on("language", build), lab.on("wish", (wish) => wish === "check_gradients" && void ask()), lights(root, lab)];
  return () => {
    for (const end of ends) end();
  };
};

/** From 0 to 1 on the log scale. */
function shade(error: number): number {
  return error === 0 ? 0 : (Math.log10(error) - DECADES.low) / (DECADES.high - DECADES.low);
}
