/** Equations by KaTeX, with MathML beside the picture for screen readers. */

import katex from "katex";
import "katex/dist/katex.min.css";
import { el } from "../dom";

/** LaTeX as an element; what KaTeX cannot set stands there in red, and nothing is thrown. */
export function equation(latex: string, display = false): HTMLElement {
  const holder = el("span", { class: "equation" });
  katex.render(latex, holder, { throwOnError: false, displayMode: display, output: "htmlAndMathml" });
  return holder;
}
