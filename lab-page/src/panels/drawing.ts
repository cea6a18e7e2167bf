/** The network as layers of nodes: weights or gradients on the edges, each unit's response on the plane in its node. */

import { attribute, el, picturing, replace, svg } from "../dom";
import { number as format } from "../format";
import type { Lab, Panel } from "../lab";
import { decode, paint, pixels, responseColours } from "../pictures/bytes";
import { palette } from "../pictures/colours";
import { equation } from "../pictures/equation";
import { type Column, columns, tallest } from "../pictures/layout";
import { lights, place, reference } from "../pictures/references";
import type { LayerLook, LayerTensors, Matrix } from "../protocol";
import { drawing as texts } from "../texts/drawing";
import { filled } from "../texts/filled";
import { choiceName } from "../texts/setting";
import "../styles/drawing.css";

const WIDEST = 5; // pixels of the heaviest edge
const WIDEST_NAME = 64; // pixels of an output's name, as in drawing.css
const NAME_PER_LETTER = 7;
const ASK_AGAIN = 700; // milliseconds between two questions for matrices that a frame leaves out

interface Edge {
  group: SVGGElement;
  line: SVGPathElement;
  layer: number;
  i: number;
  j: number;
}

export const panel: Panel = (root, lab) => {
  let edges: Edge[] = [];
  let canvases: { canvas: HTMLCanvasElement; button: HTMLButtonElement; layer: number; unit: number }[] = [];
  let picture: SVGSVGElement | null = null;
  const large = new LargeLayers(lab, () => update());
  const readout = el("p", { class: "drawing-readout" });
  const t = () => texts[lab.state.language];

  function build(): void {
    const { sizes, activations, task, inputs, outputs } = lab.state.description;
    const layers = columns(sizes);
    edges = [];
    canvases = [];
    picture = svg("svg", { class: "edges", viewBox: "0 0 100 100", preserveAspectRatio: "none" });
    for (const [at, column] of layers.entries()) {
      const before = layers[at - 1];
      if (before) edges.push(...buildEdges(before, column, picture));
    }
    const nodes = layers.flatMap((column) => buildNodes(column, column.layer === 0 ? inputs : column.layer === sizes.length - 1 ? outputs : []));
    const stage = el("div", { class: "stage" }, picture, ...nodes);
    stage.style.setProperty("--places", String(tallest(sizes)));
    const heads = el("div", { class: "heads" }, ...layers.map((column) => head(column, activations, sizes.length - 1)));
    const feet = el("div", { class: "feet" }, ...layers.map((column) => foot(column, sizes)));
    const network = el("div", { class: "network" }, heads, stage, feet);
    network.style.setProperty("--layers", String(sizes.length));
    network.style.setProperty("--label", `${Math.min(WIDEST_NAME, NAME_PER_LETTER * Math.max(0, ...outputs.map(({ length }) => length)))}px`);
    const name = sizes.length === 2 && el("p", { class: "regression" }, `${t()[task]}: `, equation(regressionEquation(task)));
    replace(root, controls(), name, network, readout);
    update();
  }

  function controls(): HTMLElement {
    const choice = (value: "weights" | "gradients") =>
      el("label", {}, el("input", { type: "radio", name: "edges", value, checked: lab.state.edges === value, onchange: () => lab.setEdges(value) }), t()[value]);
    return el(
      "div",
      { class: "drawing-controls" },
      el("fieldset", { class: "switch" }, el("legend", { text: t().edges }), choice("weights"), choice("gradients")),
      el("span", { class: "key" }, el("i", { class: "key-line below" }), t().negative, el("i", { class: "key-line" }), t().positive),
    );
  }

  function head(column: Column, activations: string[], last: number): HTMLElement {
    const facts = { layer: column.layer, activation: choiceName(lab.state.language, activations[column.layer - 1] ?? ""), units: column.units };
    if (column.layer === 0) return el("div", {}, el("span", { class: "layer-name", text: t().inputs }));
    const name = column.layer === last ? t().output : filled(t().layer, facts);
    const open = () => lab.open({ kind: "layer", layer: column.layer });
    const button = el("button", { type: "button", class: "layer-name", "aria-label": filled(t().open_layer, { ...facts, name }), onclick: open });
    button.append(el("b", { text: name }), " ", el("span", { text: facts.activation }));
    return el("div", {}, button);
  }

  function foot(column: Column, sizes: number[]): HTMLElement {
    const before = sizes[column.layer - 1];
    const narrow = sizes.length > 5; // then the symbols stand in the layers' names, and in what opens
    const size = el("span", { class: "shape", text: narrow ? String(column.units) : `n[${column.layer}] =\u00a0${column.units}` });
    return el("div", {}, size, before !== undefined && el("span", { class: "shape", text: `${narrow ? "" : `W[${column.layer}]: `}${column.units}×${before}` }));
  }

  function buildEdges(before: Column, column: Column, into: SVGSVGElement): Edge[] {
    return column.nodes.flatMap(({ unit: i, y }) =>
      before.nodes.map(({ unit: j, y: from }) => {
        const middle = (before.x + column.x) / 2;
        const d = `M${before.x} ${from}C${middle} ${from} ${middle} ${y} ${column.x} ${y}`;
        const line = svg("path", { class: "line", d });
        const group = svg("g", { "data-edge": `${column.layer}:${i},${j}` }, svg("path", { class: "reach", d }), line);
        into.append(group);
        return { group, line, layer: column.layer, i, j };
      }),
    );
  }

  function buildNodes(column: Column, names: string[]): HTMLElement[] {
    const nodes = column.nodes.map(({ unit, y }) => {
      const place = { class: "node", "data-unit": `${column.layer}:${unit}`, title: names[unit] };
      const label = names[unit] !== undefined && el("span", { class: `node-name ${column.layer === 0 ? "of-input" : ""}`, text: names[unit] });
      const node = column.layer === 0 ? el("div", { ...place, class: "node input" }, label) : unitNode(column.layer, unit, place, label);
      return at(node, column.x, y);
    });
    const last = column.nodes.at(-1);
    const step = 100 / tallest(lab.state.description.sizes);
    if (column.folded > 0 && last) nodes.push(at(el("div", { class: "folded", text: lab.state.description.sizes.length > 5 ? `+${column.folded}` : filled(t().more, { count: column.folded }) }), column.x, last.y + step));
    return nodes;
  }

  function unitNode(layer: number, unit: number, place: Record<string, unknown>, label: HTMLElement | false): HTMLElement {
    const canvas = el("canvas", { width: 1, height: 1 });
    const button = el("button", { type: "button", ...place, onclick: () => lab.open({ kind: "unit", layer, unit }) }, canvas, label);
    canvases.push({ canvas, button, layer, unit });
    return button;
  }

  function update(): void {
    const { snapshot, edges: shown } = lab.state;
    if (!snapshot || !picture) return;
    large.want(snapshot.layers, snapshot.epoch);
    const matrices = snapshot.layers.map((look) => large.matrix(look, shown));
    const heaviest = matrices.map((matrix) => largest(matrix));
    for (const edge of edges) {
      const value = matrices[edge.layer - 1]?.[edge.i]?.[edge.j] ?? null;
      const part = Math.abs(value ?? 0) / (heaviest[edge.layer - 1]?.value || 1);
      attribute(edge.group, "data-ref", reference(`${shown === "weights" ? "W" : "dW"}[${edge.layer}]`, edge.i, edge.j));
      edge.line.style.strokeWidth = `${(0.4 + (WIDEST - 0.4) * part).toFixed(2)}px`;
      edge.line.style.opacity = (0.25 + 0.75 * part).toFixed(2);
      edge.line.classList.toggle("below", (value ?? 0) < 0);
    }
    paintNodes(snapshot.layers);
    picturing(picture, described(heaviest));
    read();
  }

  function paintNodes(layers: LayerLook[]): void {
    const colours = palette();
    for (const { canvas, button, layer, unit } of canvases) {
      const look = layers[layer - 1];
      const map = look?.maps[unit];
      const facts = { unit: unit + 1, layer, minimum: map?.minimum ?? "", maximum: map?.maximum ?? "" };
      const what = filled(map ? t().open_unit : t().open_unit_plain, facts);
      attribute(button, "aria-label", button.textContent ? `${button.textContent}: ${what}` : what); // what is seen is part of the name
      canvas.hidden = !map;
      if (map && look) paint(canvas, pixels(decode(map.bytes), responseColours(look.activation, map.minimum, map.maximum, colours)));
    }
  }

  function described(heaviest: (Extreme | null)[]): string {
    const layers = heaviest.map((found, at) =>
      found ? filled(t().seen_layer, { layer: at + 1, value: found.signed, from: found.j + 1, to: found.i + 1 }) : "",
    );
    return filled(t().seen, { sizes: lab.state.description.sizes.join("-"), edges: t()[lab.state.edges], layers: layers.join(" ") });
  }

  /** The number of what is lit, if the drawing has it. */
  function read(): void {
    const { lit, snapshot } = lab.state;
    const where = lit === null ? null : place(lit);
    const look = where && snapshot?.layers[where.layer - 1];
    let value: number | null | undefined;
    if (where && look && where.row !== null && where.column !== null) {
      if (where.symbol === "W" || where.symbol === "dW") value = large.matrix(look, where.symbol === "W" ? "weights" : "gradients")?.[where.row]?.[where.column];
      else if (where.symbol === "b" || where.symbol === "db") value = look[where.symbol]?.[where.row];
    }
    if (value === undefined || !where) {
      replace(readout, t().hint);
      return;
    }
    const name = `${where.symbol}^{[${where.layer}]}_{${(where.row ?? 0) + 1}${where.symbol.endsWith("W") ? `,${(where.column ?? 0) + 1}` : ""}}`;
    replace(readout, equation(`${name} =`), el("span", { class: "number", text: ` ${format(value)}`, title: String(value) }));
  }

  build();
  const ends = [
    lab.on("description", build),
    lab.on("language", build),
    lab.on("snapshot", update),
    lab.on("view", () => {
      for (const radio of root.querySelectorAll<HTMLInputElement>("input[name=edges]")) radio.checked = radio.value === lab.state.edges;
      update();
    }),
    lab.on("theme", update),
    lab.on("lit", read),
    lights(root, lab),
  ];
  return () => {
    for (const end of ends) end();
  };
};

/** Matrices that are too large for frames, asked for now and then. */
class LargeLayers {
  private readonly known = new Map<number, LayerTensors>();
  private asking = false;
  private shown = -1;

  constructor(private readonly lab: Lab, private readonly told: () => void) {
    lab.on("description", () => {
      this.known.clear();
      this.shown = -1;
    });
  }

  want(layers: LayerLook[], epoch: number): void {
    const missing = layers.filter((look) => look.W === null);
    if (missing.length === 0 || this.asking || this.shown === epoch) return;
    this.asking = true;
    this.shown = epoch;
    this.ask(missing)
      .catch(() => undefined) // another epoch asks again
      .finally(() =>
        setTimeout(() => {
          this.asking = false;
          this.told();
        }, ASK_AGAIN),
      );
  }

  /** One after the other: all at once would take every connection that the browser opens to the lab. */
  private async ask(missing: LayerLook[]): Promise<void> {
    const { description } = this.lab.state;
    for (const { layer } of missing) {
      const answer = await this.lab.layer(layer);
      if (description !== this.lab.state.description) return;
      this.known.set(layer, answer);
    }
  }

  matrix(look: LayerLook, shown: "weights" | "gradients"): Matrix | null {
    const own = shown === "weights" ? look.W : look.dW;
    const name = `${shown === "weights" ? "W" : "dW"}[${look.layer}]`;
    return own ?? this.known.get(look.layer)?.tensors.find((tensor) => tensor.name === name)?.values ?? null;
  }
}

interface Extreme {
  value: number;
  signed: number;
  i: number;
  j: number;
}

function largest(matrix: Matrix | null): Extreme | null {
  let found: Extreme | null = null;
  for (const [i, row] of (matrix ?? []).entries())
    for (const [j, x] of row.entries()) if (x !== null && (found === null || Math.abs(x) > found.value)) found = { value: Math.abs(x), signed: x, i, j };
  return found;
}

function at<E extends HTMLElement>(element: E, x: number, y: number): E {
  element.style.left = `${x}%`;
  element.style.top = `${y}%`;
  return element;
}

function regressionEquation(task: string): string {
  if (task === "classes") return "\\hat{y} = \\operatorname{softmax}(W x + b)";
  return task === "binary" ? "\\hat{y} = \\sigma(w^T x + b)" : "\\hat{y} = w^T x + b";
}
