/** Ten markers, one a class, so that no one needs the colours to tell classes apart. */

/** Corners in units of the radius; the circle is null. */
const SHAPES: (readonly (readonly [number, number])[] | null)[] = [
  null,
  corners(3, -90, 1.25),
  corners(4, 45, 1.2),
  corners(4, 0, 1.3),
  plus(0),
  corners(3, 90, 1.25),
  plus(45),
  star(),
  corners(6, 0, 1.15),
  corners(5, -90, 1.2),
];

/** A closed path of class k's marker around (x, y). */
export function trace(pen: Pick<CanvasRenderingContext2D, "beginPath" | "arc" | "moveTo" | "lineTo" | "closePath">, k: number, x: number, y: number, radius: number): void {
  const shape = SHAPES[k % SHAPES.length] ?? null;
  pen.beginPath();
  if (shape === null) pen.arc(x, y, radius, 0, 2 * Math.PI);
  for (const [i, [u, v]] of (shape ?? []).entries()) {
    if (i === 0) pen.moveTo(x + u * radius, y + v * radius);
    else pen.lineTo(x + u * radius, y + v * radius);
  }
  pen.closePath();
}

/** The same as the `d` of an SVG path. */
export function markerPath(k: number, x: number, y: number, radius: number): string {
  const parts: string[] = [];
  trace(
    {
      beginPath: () => undefined,
      arc: (cx, cy, r) => parts.push(`M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`),
      moveTo: (u, v) => parts.push(`M${u.toFixed(2)} ${v.toFixed(2)}`),
      lineTo: (u, v) => parts.push(`L${u.toFixed(2)} ${v.toFixed(2)}`),
      closePath: () => parts.push("Z"),
    },
    k, x, y, radius,
  );
  return parts.join("");
}

function corners(n: number, turn: number, size: number): [number, number][] {
  return Array.from({ length: n }, (_, i) => polar(turn + (360 * i) / n, size));
}

function star(): [number, number][] {
  return Array.from({ length: 10 }, (_, i) => polar(-90 + 36 * i, i % 2 === 0 ? 1.4 : 0.6));
}

function plus(turn: number): [number, number][] {
  const arm = 18;
  return [0, 90, 180, 270].flatMap((at) => [polar(at + turn - arm, 1.3), polar(at + turn + arm, 1.3), polar(at + turn + 45, 0.57)]);
}

function polar(degrees: number, size: number): [number, number] {
  return [size * Math.cos((degrees * Math.PI) / 180), size * Math.sin((degrees * Math.PI) / 180)];
}
