/**
 * Colours of what is painted on canvases; those of the theme's variables. Signed numbers run from orange through the theme's zero to
 * blue, amounts through cividis, classes are those of Okabe and Ito, each with a marker of its own (markers.ts).
 */

import { token } from "../dom";

export type Rgb = readonly [number, number, number];

export interface Palette {
  zero: Rgb;
  negative: Rgb;
  positive: Rgb;
  classes: Rgb[];
}

const CLASSES = 10;

/** Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239: points of the map, equally far apart. */
const CIVIDIS: Rgb[] = [
  [0, 32, 77], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [255, 234, 70],
];

/** The colours of the theme that is on. */
export function palette(): Palette {
  return {
    zero: rgb(token("--zero")),
    negative: rgb(token("--negative")),
    positive: rgb(token("--positive")),
    classes: Array.from({ length: CLASSES }, (_, k) => rgb(token(`--class-${k}`))),
  };
}

/** "#d55e00" as numbers; grey where it is none. */
export function rgb(hex: string): Rgb {
  const match = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex);
  const [r = 128, g = 128, b = 128] = match ? match.slice(1).map((pair) => Number.parseInt(pair, 16)) : [];
  return [r, g, b];
}

/** A colour as CSS has it. */
export function css([r, g, b]: Rgb): string {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}

/** `part` of b, the rest of a. */
function mix(a: Rgb, b: Rgb, part: number): Rgb {
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part];
}

function bounded(t: number, lowest: number): number {
  return Math.min(1, Math.max(lowest, t));
}

/** The colour of t from -1 to 1. */
export function diverging(t: number, of: Palette): Rgb {
  const s = bounded(t, -1);
  return mix(of.zero, s < 0 ? of.negative : of.positive, Math.abs(s));
}

/** The colour of an amount t from 0 to 1. */
export function sequential(t: number): Rgb {
  const place = bounded(t, 0) * (CIVIDIS.length - 1);
  const below = Math.min(CIVIDIS.length - 2, Math.floor(place));
  return mix(CIVIDIS[below] as Rgb, CIVIDIS[below + 1] as Rgb, place - below);
}

/** The colour of class k; where there are more classes than colours, they begin again. */
export function classColour(k: number, of: Palette): Rgb {
  return of.classes[k % of.classes.length] ?? of.positive;
}

/** A class's colour, the paler the less sure; `confidence` runs from 1/classes to 1. */
export function confident(k: number, confidence: number, classes: number, of: Palette): Rgb {
  const part = bounded((confidence - 1 / classes) / (1 - 1 / classes), 0);
  return mix(of.zero, classColour(k, of), 0.12 + 0.6 * part);
}
