/** Equations by KaTeX, with MathML beside the picture for screen readers. */

import katex from "katex";
import "katex/dist/katex.min.css";
import { el } from "../dom";

export function equation(latex: string, display = false): HTMLElement {
  const holder = el("span", { class: "equation" });
  katex.render(latex, holder, { throwOnError: false, displayMode: display, output: "htmlAndMathml" });
  return holder;
}
