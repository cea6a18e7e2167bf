/** Bytes of the server as pictures. */

import { diverging, type Palette, type Rgb } from "./colours";

/** Base64 as bytes. */
export function decode(base64: string): Uint8Array {
  const text = atob(base64);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** Four numbers a pixel: what `colour` says of each byte and its place. */
export function pixels(bytes: Uint8Array, colour: (byte: number, at: number) => Rgb): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * bytes.length);
  bytes.forEach((byte, at) => {
    out.set(colour(byte, at), 4 * at);
    out[4 * at + 3] = 255;
  });
  return out;
}

/** Puts a square picture on a canvas of its own size; CSS stretches it. */
export function paint(canvas: HTMLCanvasElement, rgba: Uint8ClampedArray<ArrayBuffer>): void {
  const side = Math.round(Math.sqrt(rgba.length / 4));
  if (side === 0) return;
  if (canvas.width !== side) {
    canvas.width = side;
    canvas.height = side;
  }
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, side, side), 0, 0);
}

/** Colours of a response map: those of sigmoid around one half, all else around 0; softmax's probabilities up to 1. */
export function responseColours(activation: string, minimum: number, maximum: number, of: Palette): (byte: number) => Rgb {
  const reach = Math.max(Math.abs(minimum), Math.abs(maximum)) || 1;
  const table = Array.from({ length: 256 }, (_, byte) => {
    const value = minimum + ((maximum - minimum) * byte) / 255;
    return diverging(activation === "sigmoid" ? 2 * value - 1 : activation === "softmax" ? value : value / reach, of);
  });
  return (byte) => table[byte] ?? of.zero;
}

/** Where the bytes cross a level: pieces of a line in units of grid cells, from the top left (marching squares). */
export function contour(bytes: Uint8Array, side: number, level: number): [number, number, number, number][] {
  const lines: [number, number, number, number][] = [];
  const at = (row: number, column: number) => (bytes[row * side + column] ?? 0) - level;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const [a, b, c, d] = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)];
      const crossings: [number, number][] = [];
      if (a > 0 !== b > 0) crossings.push([column + a / (a - b), row]);
      if (b > 0 !== c > 0) crossings.push([column + 1, row + b / (b - c)]);
      if (d > 0 !== c > 0) crossings.push([column + d / (d - c), row + 1]);
      if (a > 0 !== d > 0) crossings.push([column, row + a / (a - d)]);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const [p, q] = [crossings[k], crossings[k + 1]];
        if (p && q) lines.push([p[0], p[1], q[0], q[1]]);
      }
    }
  }
  return lines;
}
