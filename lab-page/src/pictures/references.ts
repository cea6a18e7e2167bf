/** What a number on the page is of, read apart: "W[1]:0,2" is row 0, column 2 of W[1]; "dW[1]" the whole tensor. */

import type { Lab, Reference } from "../lab";

export interface Place {
  symbol: string; // "W", "dZ"
  layer: number;
  row: number | null;
  column: number | null;
}

/** The reference of one number of a tensor. */
export function reference(name: string, row: number, column: number): Reference {
  return `${name}:${row},${column}`;
}

/** A reference read apart; null where it is none of a layer's tensor. */
export function place(of: Reference): Place | null {
  const match = /^([A-Za-z_]+)\[(\d+)\](?::(\d+),(\d+))?$/.exec(of);
  if (!match) return null;
  const [, symbol = "", layer, row, column] = match;
  return { symbol, layer: Number(layer), row: row === undefined ? null : Number(row), column: column === undefined ? null : Number(column) };
}

/** A CSS selector of everything in a panel that a lit reference lights up. */
export function selector(of: Reference): string {
  const quoted = JSON.stringify(of).slice(1, -1);
  const wanted = of.includes(":") ? [`[data-ref="${quoted}"]`] : [`[data-ref="${quoted}"]`, `[data-ref^="${quoted}:"]`];
  const where = place(of);
  if (where && where.row !== null) {
    // a weight and its derivative share an edge of the drawing; a number of a unit lights the unit
    if (where.symbol === "W" || where.symbol === "dW") wanted.push(`[data-edge="${where.layer}:${where.row},${where.column}"]`);
    else wanted.push(`[data-unit="${where.layer}:${where.row}"]`);
  }
  return wanted.join(",");
}

/** Lights what the pointer or the focus is on, and shows what is lit, inside one panel. */
export function lights(root: HTMLElement, lab: Lab): () => void {
  const of = (event: Event) => (event.target instanceof Element ? (event.target.closest<HTMLElement | SVGElement>("[data-ref]")?.dataset.ref ?? null) : null);
  const enter = (event: Event) => {
    const found = of(event);
    if (found !== lab.state.lit) lab.light(found);
  };
  const leave = () => lab.state.lit !== null && lab.light(null);
  const show = () => {
    for (const was of root.querySelectorAll(".lit")) was.classList.remove("lit");
    if (lab.state.lit) for (const is of root.querySelectorAll(selector(lab.state.lit))) is.classList.add("lit");
  };
  root.addEventListener("pointerover", enter);
  root.addEventListener("focusin", enter);
  root.addEventListener("pointerleave", leave);
  root.addEventListener("focusout", leave);
  const end = lab.on("lit", show);
  return () => {
    end();
    root.removeEventListener("pointerover", enter);
    root.removeEventListener("focusin", enter);
    root.removeEventListener("pointerleave", leave);
    root.removeEventListener("focusout", leave);
  };
}
