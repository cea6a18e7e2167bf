/** Matrices as people type and paste them: "1 2; 3 4", rows of lines, commas or tabs, NumPy's brackets. */

export type Typed = { values: number[][] } | { problem: "empty" } | { problem: "number"; word: string } | { problem: "ragged"; row: number; lengths: [number, number] };

/** The rows of what was typed, or what is wrong with it. */
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
