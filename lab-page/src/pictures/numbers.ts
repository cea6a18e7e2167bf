import { number } from "../format";

/** Matrices as people type and paste them: "1 2; 3 4", rows of lines, commas or tabs, NumPy's brackets. */

export type Typed = { values: number[][] } | { problem: "empty" } | { problem: "number"; word: string } | { problem: "ragged"; row: number; lengths: [number, number] };

export function parseMatrix(text: string): Typed {
  const rows = text
    .replace(/\b(?:np\.)?array\(|\)|dtype=\w+/g, " ")
    .replace(/\]\s*[,，]?/g, ";")
    .replace(/\[/g, " ")
    .split(/[;；\n]+/)
    .map((row) => row.split(/[\s,，]+/).filter((word) => word !== ""))
    .filter((row) => row.length > 0);
  if (rows.length === 0) return { problem: "empty" };
  const width = rows[0]?.length ?? 0;
  for (const [at, row] of rows.entries()) {
    const word = row.find((text) => !/^[+\-−]?(\d+\.?\d*|\.\d+)(e[+\-−]?\d+)?$/i.test(text));
    if (word !== undefined) return { problem: "number", word };
    if (row.length !== width) return { problem: "ragged", row: at, lengths: [width, row.length] };
  }
  return { values: rows.map((row) => row.map((word) => Number(word.replaceAll("−", "-")))) };
}

/** Puts facts in the {places} of a text, whole numbers as they are; a place without a fact stays empty. */
export function fill(text: string, facts: Record<string, number | string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name];
    return fact === undefined ? "" : typeof fact === "string" ? fact : Number.isInteger(fact) ? String(fact) : short(fact);
  });
}

/** Four digits, without the zeros at their end. */
function short(fact: number): string {
  return number(fact).replace(/(\.\d*?)0+(?=·|$)/, "$1").replace(/\.(?=·|$)/, "");
}
