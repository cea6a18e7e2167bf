/** What the ready examples look like, in a few points of the same formulas: one small picture a preset. */

import { svg } from "./dom";

type Dot = [x: number, y: number, label: number];

/** Dots in [-1, 1] by [-1, 1], y upwards. */
const PLANES: Record<string, () => Dot[]> = {
  flower: () => around(36, (t) => [0.98 * Math.abs(Math.sin(2 * t)) * Math.cos(t), 0.98 * Math.abs(Math.sin(2 * t)) * Math.sin(t), Math.sin(2 * t) > 0 ? 0 : 1]),
  moons: () => [
    ...half(9, (t) => [-0.3 + 0.65 * Math.cos(t), -0.1 + 0.75 * Math.sin(t), 0] as Dot),
    ...half(9, (t) => [0.3 - 0.65 * Math.cos(t), 0.1 - 0.75 * Math.sin(t), 1] as Dot),
  ],
  circles: () => [...around(14, (t) => [0.9 * Math.cos(t), 0.9 * Math.sin(t), 0]), ...around(8, (t) => [0.42 * Math.cos(t), 0.42 * Math.sin(t), 1])],
  spiral: () =>
    [0, 1].flatMap((label) =>
      half(12, (t) => [(0.1 + 0.27 * t) * Math.cos(1.6 * t + label * Math.PI), (0.1 + 0.27 * t) * Math.sin(1.6 * t + label * Math.PI), label] as Dot),
    ),
  xor: () => grid([-0.8, -0.35, 0.35, 0.8], (x, y) => (x * y < 0 ? 1 : 0)),
  parity: () => grid([-0.8, -0.27, 0.27, 0.8], (x, y) => Math.abs(Math.round((x + y) / 0.53)) % 2),
  waves: () => grid([-0.8, -0.4, 0, 0.4, 0.8], (x, y) => (Math.sin(2.2 * x) + Math.cos(2.2 * y) > 0.6 ? 1 : 0)),
  breast_cancer: () => around(22, (t, k) => [(k % 2 ? 0.45 : -0.4) + 0.45 * Math.cos(2.4 * t + k), 0.6 * Math.sin(3.1 * t + k), k % 2]),
};

const around = (n: number, dot: (t: number, k: number) => Dot): Dot[] => Array.from({ length: n }, (_, k) => dot((2 * Math.PI * k) / n, k));
const half = (n: number, dot: (t: number) => Dot): Dot[] => Array.from({ length: n }, (_, k) => dot((Math.PI * k) / (n - 1)));
const grid = (places: number[], label: (x: number, y: number) => number): Dot[] => places.flatMap((x) => places.map((y): Dot => [x, y, label(x, y)]));

/** Shapes for what is no plane of points. */
const SIGNS: Record<string, string> = {
  digits: "M-.55-.6h.5a.28.28 0 0 1 .1.55a.32.32 0 0 1-.1.62h-.5M.45-.6h.02v1.2M.2-.35L.46-.6",
  points: "M-.7.6l.15-.5L.35-.8l.4.4L-.2.45zM.15-.6l.4.4",
  table: "M-.8-.65h1.6v1.3h-1.6zM-.8-.25h1.6M-.8.2h1.6M-.25-.65v1.3M.3-.65v1.3",
};

export function thumbnail(preset: string): SVGSVGElement {
  const dots = PLANES[preset]?.() ?? [];
  const picture = svg("svg", { class: "thumbnail", viewBox: "-1.1 -1.1 2.2 2.2", "aria-hidden": "true" });
  for (const [x, y, label] of dots) picture.append(svg("circle", { cx: x.toFixed(3), cy: (-y).toFixed(3), r: 0.1, class: `dot-${label}` }));
  if (preset in SIGNS) picture.append(svg("path", { d: SIGNS[preset] }));
  return picture;
}
