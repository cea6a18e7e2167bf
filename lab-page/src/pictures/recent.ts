/** Axes that every layer shares and that do not jump: they widen at once and narrow slowly. */

import type { Histogram } from "../protocol";

export type Range = [number, number];

const FORGET = 0.08; // how much of the way to a narrower range each picture goes

/** The range of an axis for these histograms, after what it was before. */
export function recentRange(before: Range | null, now: Histogram[]): Range {
  const low = Math.min(0, ...now.map((histogram) => histogram.minimum));
  const high = Math.max(0, ...now.map((histogram) => histogram.maximum));
  const range: Range = low === high ? [low - 1, high + 1] : [low, high];
  if (!before) return range;
  return [range[0] <= before[0] ? range[0] : before[0] + FORGET * (range[0] - before[0]), range[1] >= before[1] ? range[1] : before[1] + FORGET * (range[1] - before[1])];
}

/** The value below which a part of the counted ones lie. */
export function quantile({ minimum, maximum, counts }: Histogram, part: number): number {
  const wanted = part * counts.reduce((a, b) => a + b, 0);
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (below + count >= wanted && count > 0) return minimum + ((at + (wanted - below) / count) * (maximum - minimum)) / counts.length;
    below += count;
  }
  return maximum;
}

/** The outline of a histogram as an SVG path, in a box of so many units; what is outside the range is left out. */
export function outline({ minimum, maximum, counts }: Histogram, [low, high]: Range, width: number, height: number): string {
  const most = Math.max(...counts, 1);
  const x = (value: number) => Math.min(width, Math.max(0, ((value - low) / (high - low)) * width));
  const bin = (maximum - minimum) / counts.length;
  const thin = x(maximum) - x(minimum) < 1.5; // all in one place: a line that can be seen
  if (thin) return `M${(x(minimum) - 0.75).toFixed(2)} ${height}v${-height}h1.5v${height}Z`;
  const steps = counts.map((count, at) => `L${x(minimum + at * bin).toFixed(2)} ${(height - (count / most) * height).toFixed(2)}H${x(minimum + (at + 1) * bin).toFixed(2)}`);
  return `M${x(minimum).toFixed(2)} ${height}${steps.join("")}V${height}Z`;
}
