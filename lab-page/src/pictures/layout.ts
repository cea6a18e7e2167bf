/** Where things stand: the network's layers of nodes, a unit's computation graph, the ticks of an axis. */

export const SHOWN = 12; // units of a layer that are drawn; the rest is folded

export interface Column {
  layer: number;
  units: number;
  folded: number;
  /** In percent of the drawing. */
  x: number;
  nodes: { unit: number; y: number }[];
}

/** Layers from left to right, each layer's units centred. */
export function columns(sizes: number[]): Column[] {
  const most = Math.max(...sizes.map((n) => Math.min(n, SHOWN) + (n > SHOWN ? 1 : 0)));
  return sizes.map((units, layer) => {
    const shown = Math.min(units, SHOWN);
    const places = shown + (units > SHOWN ? 1 : 0); // the last place says how many are folded
    return {
      layer,
      units,
      folded: units - shown,
      x: (100 * (layer + 0.5)) / sizes.length,
      nodes: Array.from({ length: shown }, (_, unit) => ({ unit, y: (100 * (unit + 0.5 + (most - places) / 2)) / most })),
    };
  });
}

/** The most places that a layer takes. */
export function tallest(sizes: number[]): number {
  return Math.max(...sizes.map((n) => Math.min(n, SHOWN + 1)));
}

export interface Placed {
  id: number;
  column: number;
  row: number;
}

/** A computation graph from left to right: a node one column right of its last input, a leaf just left of what uses it. */
export function placeGraph(nodes: { id: number; inputs: number[] }[]): Placed[] {
  const users = new Map<number, number[]>();
  for (const node of nodes) for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node.id]);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = new Map<number, number>();
  const depth = (id: number): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const inputs = byId.get(id)?.inputs ?? [];
    const found = inputs.length === 0 ? 0 : 1 + Math.max(...inputs.map(depth));
    depths.set(id, found);
    return found;
  };
  for (const node of nodes) depth(node.id);
  for (const node of nodes) {
    const of = users.get(node.id);
    if (node.inputs.length === 0 && of) depths.set(node.id, Math.min(...of.map(depth)) - 1);
  }
  const first = Math.min(...depths.values());
  const rows = new Map<number, number>();
  const taken = new Map<number, number>();
  for (const node of [...nodes].sort((a, b) => depth(a.id) - depth(b.id))) {
    const column = depth(node.id);
    const above = node.inputs.map((input) => rows.get(input)).filter((row) => row !== undefined);
    const wanted = above.length === 0 ? 0 : above.reduce((a, b) => a + b, 0) / above.length;
    const row = Math.max(wanted, taken.get(column) ?? 0);
    rows.set(node.id, row);
    taken.set(column, row + 1);
  }
  return nodes.map((node) => ({ id: node.id, column: depth(node.id) - first, row: rows.get(node.id) ?? 0 }));
}

/** Round numbers in [low, high], about `wanted` of them. */
export function ticks(low: number, high: number, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const from = Math.ceil(low / step - 1e-9);
  const to = Math.floor(high / step + 1e-9);
  return Array.from({ length: to - from + 1 }, (_, k) => Number(((from + k) * step).toPrecision(12)));
}
