/** A matrix as a table between brackets: every number lights up everywhere, arrows walk from number to number. */

import { attribute, el } from "../dom";
import { number as format } from "../format";
import type { Matrix } from "../protocol";
import { reference } from "./references";
import "../styles/tensor.css";

export interface Tensor {
  name: string;
  shape: [number, number];
  values: Matrix;
  /** Where the first value stands in the whole tensor. */
  row: number;
  column: number;
}

export interface Look {
  label: string;
  /** Colour the numbers by their size. */
  heat?: boolean;
  /** Numbers of rows and columns along the edges, from 1 as in the course. */
  heads?: boolean;
  /** The one column is a chosen example's: no dots for the others. */
  example?: boolean;
}

/** A table of a tensor's numbers; `update` puts new ones in. */
export function tensorTable(of: Tensor, look: Look): HTMLTableElement {
  const table = el("table", { class: `tensor${look.heads ? " with-heads" : ""}`, role: "grid", "aria-label": look.label });
  const width = of.values[0]?.length ?? 0;
  const [below, right] = [of.row + of.values.length < of.shape[0], of.column + width < of.shape[1] && !look.example];
  if (look.heads) {
    const heads = Array.from({ length: width }, (_, j) => el("th", { scope: "col", text: String(of.column + j + 1) }));
    table.append(el("thead", {}, el("tr", {}, el("td", { class: "corner" }), ...heads)));
  }
  const body = el("tbody");
  of.values.forEach((row, i) => {
    const cells = row.map((_, j) => el("td", { "data-ref": reference(of.name, of.row + i, of.column + j), tabindex: i + j === 0 ? 0 : -1 }));
    const head = look.heads && el("th", { scope: "row", text: String(of.row + i + 1) });
    body.append(el("tr", {}, head, ...cells, right && el("td", { class: "more", text: i === 0 ? "…" : "" })));
  });
  if (below) body.append(el("tr", {}, look.heads && el("td", { class: "more" }), el("td", { class: "more", colspan: Math.max(1, width), text: "⋮" })));
  table.append(body);
  table.addEventListener("keydown", walk);
  update(table, of.values, look.heat === true);
  return table;
}

/** Rows and columns that a line of equations has room for; of a longer side some are left out. */
const ROWS = { most: 10, kept: 6 };
const COLUMNS = { most: 6, kept: 3 };

/** The beginning of a large tensor, so that an equation stays on its line; a layer that is opened shows more. */
export function beginning<T extends Tensor>(of: T): T {
  const side = (length: number, { most, kept }: typeof ROWS): number => (length > most ? kept : length);
  const [rows, columns] = [side(of.values.length, ROWS), side(of.values[0]?.length ?? 0, COLUMNS)];
  return { ...of, values: of.values.slice(0, rows).map((row) => row.slice(0, columns)) };
}

/** New numbers for a table of the same shape. */
export function update(table: HTMLTableElement, values: Matrix, heat: boolean): void {
  const cells = table.querySelectorAll<HTMLElement>("td[data-ref]");
  const flat = values.flat();
  const largest = Math.max(...flat.map((x) => Math.abs(x ?? 0)));
  flat.forEach((x, at) => {
    const cell = cells[at];
    if (cell === undefined) return;
    const text = format(x);
    if (cell.textContent !== text) cell.textContent = text;
    attribute(cell, "title", x === null ? null : String(x));
    if (!heat) return;
    cell.classList.toggle("below", (x ?? 0) < 0);
    cell.style.setProperty("--t", largest > 0 ? (Math.abs(x ?? 0) / largest).toFixed(3) : "0");
  });
}

/** Arrow keys go from number to number; the table is one stop of the tabulator key. */
function walk(event: KeyboardEvent): void {
  const cell = event.target instanceof Element ? event.target.closest("td") : null;
  const row = cell?.parentElement;
  if (!cell || !row) return;
  const at = [...row.children].indexOf(cell);
  const steps: Record<string, Element | null | undefined> = {
    ArrowLeft: cell.previousElementSibling,
    ArrowRight: cell.nextElementSibling,
    ArrowUp: row.previousElementSibling?.children[at],
    ArrowDown: row.nextElementSibling?.children[at],
    Home: row.querySelector("td[data-ref]"),
    End: [...row.querySelectorAll("td[data-ref]")].at(-1),
  };
  if (!(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  const next = steps[event.key];
  if (!(next instanceof HTMLElement) || next.dataset.ref === undefined) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** "4×2", in grey beside what has it. */
export function shapeText(shape: [number, number]): HTMLElement {
  return el("span", { class: "shape", text: shape.join("×") });
}
