/** The network's output on a plane, painted on one canvas: surface, boundary, axes with ticks, points, and a cross where one reads. */

import { token } from "../dom";
import { typed } from "../format";
import type { Points, Surface, Task } from "../protocol";
import { contour, decode, paint, pixels } from "./bytes";
import { classColour, confident, css, diverging, type Palette, palette, type Rgb, sequential } from "./colours";
import { ticks } from "./layout";
import { trace } from "./markers";

export interface Picture {
  surface: Surface;
  points: Points | null;
  task: Task;
  classes: number;
  cross: { x: number; y: number } | null;
}

/** Space for ticks and names, in CSS pixels. */
const MARGIN = { left: 46, right: 8, top: 8, bottom: 36 };

/** Numbers of the plane to pixels of the canvas, and back. */
export function scales({ x, y }: Pick<Surface, "x" | "y">, width: number, height: number) {
  const [inner, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    inner,
    tall,
    left: (u: number) => MARGIN.left + ((u - x[0]) / (x[1] - x[0])) * inner,
    top: (v: number) => MARGIN.top + ((y[1] - v) / (y[1] - y[0])) * tall,
    x: (left: number) => x[0] + ((left - MARGIN.left) / inner) * (x[1] - x[0]),
    y: (top: number) => y[1] - ((top - MARGIN.top) / tall) * (y[1] - y[0]),
  };
}

/** The value at a place: of the nearest point of the grid; null outside. */
export function valueAt(surface: Surface, x: number, y: number): { value: number; class: number | null } | null {
  const last = surface.side - 1;
  const column = Math.round(((x - surface.x[0]) / (surface.x[1] - surface.x[0])) * last);
  const row = Math.round(((surface.y[1] - y) / (surface.y[1] - surface.y[0])) * last);
  if (!(column >= 0 && row >= 0 && column <= last && row <= last)) return null;
  const byte = decode(surface.bytes)[row * surface.side + column] ?? 0;
  const value = surface.minimum + ((surface.maximum - surface.minimum) * byte) / 255;
  return { value, class: surface.classes === null ? null : (decode(surface.classes)[row * surface.side + column] ?? null) };
}

function surfaceColours(of: Picture, colours: Palette): (byte: number, at: number) => Rgb {
  const likeliest = of.surface.classes === null ? null : decode(of.surface.classes);
  if (likeliest) return (byte, at) => confident(likeliest[at] ?? 0, byte / 255, of.classes, colours);
  if (of.task === "regression") return (byte) => sequential(byte / 255);
  return (byte) => diverging(0.75 * ((2 * byte) / 255 - 1), colours);
}

/** Paint all of it; the canvas keeps its size on the page. */
export function paintPlane(canvas: HTMLCanvasElement, of: Picture): void {
  const pen = canvas.getContext("2d");
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!pen || width === 0) return;
  const dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
  if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, width, height);
  const to = scales(of.surface, width, height);
  const colours = palette();
  pen.save();
  pen.beginPath();
  pen.rect(MARGIN.left, MARGIN.top, to.inner, to.tall);
  pen.clip();
  paintSurface(pen, of, to, colours);
  if (of.points) paintPoints(pen, of, to, colours);
  if (of.cross) paintCross(pen, to.left(of.cross.x), to.top(of.cross.y));
  pen.restore();
  paintAxes(pen, of.surface, to, height);
}

type Scales = ReturnType<typeof scales>;

function paintSurface(pen: CanvasRenderingContext2D, of: Picture, to: Scales, colours: Palette): void {
  const { surface } = of;
  const bytes = decode(surface.bytes);
  const image = document.createElement("canvas");
  paint(image, pixels(bytes, surfaceColours(of, colours)));
  // the first and the last points of the grid lie on the frame, half a pixel of the image outside of it
  const [wide, high] = [to.inner / (surface.side - 1), to.tall / (surface.side - 1)];
  pen.imageSmoothingEnabled = surface.classes === null;
  pen.drawImage(image, MARGIN.left - wide / 2, MARGIN.top - high / 2, to.inner + wide, to.tall + high);
  if (of.task !== "binary") return;
  pen.beginPath();
  for (const [a, b, c, d] of contour(bytes, surface.side, 127.5)) {
    pen.moveTo(MARGIN.left + a * wide, MARGIN.top + b * high);
    pen.lineTo(MARGIN.left + c * wide, MARGIN.top + d * high);
  }
  pen.strokeStyle = token("--ink");
  pen.lineWidth = 1.6;
  pen.stroke();
}

function paintPoints(pen: CanvasRenderingContext2D, of: Picture, to: Scales, colours: Palette): void {
  const { points, surface } = of;
  if (!points) return;
  const radius = (points.x.length > 800 ? 2.4 : points.x.length > 300 ? 3 : 3.8) * Math.min(1, Math.max(0.5, to.inner / 240));
  const [ink, panel] = [token("--ink"), token("--panel")];
  const span = surface.maximum - surface.minimum || 1;
  const colour = (label: number) => (of.task === "regression" ? sequential((label - surface.minimum) / span) : classColour(label, colours));
  points.x.forEach((x, i) => {
    const label = points.label[i] ?? 0;
    trace(pen, of.task === "regression" ? 0 : label, to.left(x), to.top(points.y[i] ?? 0), radius);
    const own = css(colour(label));
    pen.fillStyle = points.validation[i] ? panel : own;
    pen.strokeStyle = points.validation[i] ? own : ink;
    pen.lineWidth = points.validation[i] ? 1.8 : 0.7;
    pen.fill();
    pen.stroke();
  });
}

function paintCross(pen: CanvasRenderingContext2D, left: number, top: number): void {
  for (const [colour, width] of [[token("--panel"), 4], [token("--ink"), 1.6]] as const) {
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      pen.moveTo(left + 3 * dx, top + 3 * dy);
      pen.lineTo(left + 11 * dx, top + 11 * dy);
    }
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

function paintAxes(pen: CanvasRenderingContext2D, surface: Surface, to: Scales, height: number): void {
  pen.strokeStyle = token("--line-strong");
  pen.fillStyle = token("--ink-soft");
  pen.lineWidth = 1;
  pen.strokeRect(MARGIN.left - 0.5, MARGIN.top - 0.5, to.inner + 1, to.tall + 1);
  pen.font = `11px ${token("--font")}`;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const bottom = MARGIN.top + to.tall;
  for (const u of ticks(surface.x[0], surface.x[1], 5)) {
    pen.fillRect(to.left(u), bottom, 1, 4);
    pen.fillText(typed(u), to.left(u), bottom + 6);
  }
  pen.fillText(surface.x_name, MARGIN.left + to.inner / 2, height - 14, to.inner);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const v of ticks(surface.y[0], surface.y[1], 5)) {
    pen.fillRect(MARGIN.left - 4, to.top(v), 4, 1);
    pen.fillText(typed(v), MARGIN.left - 6, to.top(v), MARGIN.left - 18);
  }
  pen.save();
  pen.translate(9, MARGIN.top + to.tall / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "center";
  pen.fillText(surface.y_name, 0, 0, to.tall);
  pen.restore();
}
