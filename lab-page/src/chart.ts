/** Lines over epochs, drawn as SVG so that a picture of them can be saved. */

import { extent } from "d3-array";
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { replace, svg } from "./dom";
import { count, number } from "./format";

export interface Series {
  class: string;
  x: number[];
  y: (number | null)[];
}

export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

type Scale = ScaleContinuousNumeric<number, number>;

/**
 * So many points that no pixel has more than its first, lowest, highest and last: a line of them looks the same. What is not finite
 * stays as a gap.
 */
export function thinned({ x, y }: Pick<Series, "x" | "y">, pixels: number): [number, number | null][] {
  if (x.length <= 4 * pixels) return x.map((at, k) => [at, y[k] ?? null]);
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 1];
  const kept = new Set<number>([0, x.length - 1]);
  let begin = 0;
  const pixel = (k: number): number => Math.floor((((x[k] ?? 0) - first) / (last - first)) * pixels);
  for (let k = 1; k <= x.length; k++) {
    if (k < x.length && pixel(k) === pixel(begin)) continue;
    let [low, high] = [begin, begin];
    for (let j = begin; j < k; j++) {
      if (y[j] === null) kept.add(j);
      if ((y[j] ?? Number.POSITIVE_INFINITY) < (y[low] ?? Number.POSITIVE_INFINITY)) low = j;
      if ((y[j] ?? Number.NEGATIVE_INFINITY) > (y[high] ?? Number.NEGATIVE_INFINITY)) high = j;
    }
    for (const j of [begin, low, high, k - 1]) kept.add(j);
    begin = k;
  }
  return [...kept].sort((a, b) => a - b).map((k) => [x[k] ?? 0, y[k] ?? null]);
}

/** The scale of costs: from zero where it is linear, around what there is where it is logarithmic. */
export function costScale(series: Series[], log: boolean, range: [number, number]): Scale {
  const shown = series.flatMap(({ y }) => y.filter((value): value is number => value !== null && (!log || value > 0)));
  const [low = log ? 0.1 : 0, high = 1] = extent(shown) as [number | undefined, number | undefined];
  if (log) return scaleLog().domain(low === high ? [low / 2, high * 2] : [low, high]).nice().range(range);
  return scaleLinear()
    .domain([Math.min(0, low), high > 0 ? high : 1])
    .nice(4)
    .range(range);
}

/** Epochs from 0 to the last one across a frame. */
export function epochScale(last: number, frame: Frame): Scale {
  return scaleLinear().domain([0, Math.max(1, last)]).range([frame.left, frame.width - frame.right]);
}

/** Room for the number of an epoch: d3 takes a wish for n ticks for one of up to 1.6 n. */
const LABEL = 50;

/** Ticks, grid and lines; returns what to put into an SVG element. */
export function drawChart(series: Series[], frame: Frame, x: Scale, y: Scale, ticks: { x: number; y: number }): SVGElement[] {
  const [left, right, bottom] = [frame.left, frame.width - frame.right, frame.height - frame.bottom];
  // powers of ten first: a log scale names more places than fit
  const places = y.ticks(ticks.y);
  const shown = places.length > 2 * ticks.y ? places.filter((value) => Number.isInteger(Math.log10(value))) : places;
  const rows = (shown.length >= 2 ? shown : places.filter((_, k) => k % Math.ceil(places.length / ticks.y) === 0)).map((value) =>
    svg(
      "g",
      { class: "tick" },
      svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      svg("text", { x: left - 5, y: y(value), dy: "0.32em", "text-anchor": "end", text: tick(value) }),
    ),
  );
  const columns = x
    .ticks(Math.max(2, Math.min(ticks.x, Math.floor((right - left) / LABEL))))
    .filter(Number.isInteger)
    .map((value) => svg("g", { class: "tick" }, svg("text", { x: x(value), y: bottom + 13, "text-anchor": "middle", text: count(value) })));
  const path = line<[number, number | null]>()
    .defined(([, cost]) => cost !== null && Number.isFinite(y(cost)))
    .x(([epoch]) => x(epoch))
    .y(([, cost]) => y(cost ?? 0));
  const lines = series.map((one) => svg("path", { class: `series ${one.class}`, d: path(thinned(one, Math.ceil(right - left))) ?? "" }));
  return [...rows, ...columns, svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }), ...lines];
}

const tick = (value: number): string => (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? number(value, 2) : String(Number(value.toPrecision(3))));

/** Fill an SVG element of a frame's size. */
export function put(element: SVGSVGElement, frame: Frame, ...children: SVGElement[]): void {
  element.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
  element.setAttribute("width", String(frame.width));
  element.setAttribute("height", String(frame.height));
  replace(element, ...children);
}

/** Call when an element's width changes; returns how to end it. */
export function watchWidth(element: HTMLElement, changed: (width: number) => void): () => void {
  let width = 0;
  const observer = new ResizeObserver((entries) => {
    const now = Math.floor(entries[0]?.contentRect.width ?? 0);
    if (now === width || now === 0) return;
    width = now;
    changed(now);
  });
  observer.observe(element);
  return () => observer.disconnect();
}
