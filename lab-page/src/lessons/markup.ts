/** The little markup of lessons: paragraphs, lines, $equation$, **strong** and `code`, made into elements and never into HTML. */

import { el } from "../dom";
import { equation } from "../pictures/equation";

export interface Piece {
  kind: "text" | "strong" | "code" | "equation";
  text: string;
}

/** A paragraph has lines of pieces; one whose every line is a single `code` is a listing. */
export type Block = { kind: "paragraph"; lines: Piece[][] } | { kind: "listing"; text: string };

const PIECES = /\*\*(.+?)\*\*|`([^`]+)`|\$([^$]+)\$/g;

/** The pieces of one line, in order. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  const plain = (text: string): void => {
    if (text !== "") found.push({ kind: "text", text });
  };
  for (const match of line.matchAll(PIECES)) {
    plain(line.slice(end, match.index));
    const [whole, strong, code, latex] = match;
    if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else if (code !== undefined) found.push({ kind: "code", text: code });
    else found.push({ kind: "equation", text: latex ?? "" });
    end = match.index + whole.length;
  }
  plain(line.slice(end));
  return found;
}

/** The blocks of a text, which blank lines part. */
export function blocks(text: string): Block[] {
  return text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const lines = part.trim().split("\n").map(pieces);
      const listing = lines.every((line) => line.length === 1 && line[0]?.kind === "code");
      return listing ? { kind: "listing", text: lines.map((line) => line[0]?.text).join("\n") } : { kind: "paragraph", lines };
    });
}

const elements: Record<Piece["kind"], (text: string) => Node> = {
  text: (text) => document.createTextNode(text),
  strong: (text) => el("strong", {}, ...inline(text)),
  code: (text) => el("code", { text }),
  equation: (text) => equation(text),
};

/** One line of markup. */
export function inline(line: string): Node[] {
  return pieces(line).map(({ kind, text }) => elements[kind](text));
}

/** Whole paragraphs. A line that is one equation stands by itself. */
export function markup(text: string): HTMLElement[] {
  return blocks(text).map((block) => {
    if (block.kind === "listing") return el("pre", { class: "listing", tabindex: 0 }, el("code", { text: block.text }));
    const lines = block.lines.map((line) => {
      const alone = line.length > 0 && line.every((piece) => piece.kind === "equation" || piece.text.trim() === "");
      return el("span", { class: alone ? "line equations" : "line" }, ...line.map((piece) => elements[piece.kind](piece.text)));
    });
    return el("p", {}, ...lines);
  });
}
