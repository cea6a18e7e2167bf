/** A layer's matrices, or a unit's computation graph, in a dialog that leaves the page usable: what lights here lights there. */

import { el, replace, svg, unique } from "../dom";
import { number as format } from "../format";
import type { Lab, Panel } from "../lab";
import { equation } from "../pictures/equation";
import { placeGraph } from "../pictures/layout";
import { lights } from "../pictures/references";
import { shapeText, tensorTable, update } from "../pictures/tensor";
import type { LayerTensors, UnitGraph } from "../protocol";
import { filled } from "../texts/filled";
import { messageOf } from "../texts/message";
import { opened as texts } from "../texts/opened";
import { choiceName } from "../texts/setting";
import "../styles/opened.css";

const AGAIN = 1000; // milliseconds between two looks while the run goes on
const CELL = { width: 130, height: 74, box: 104, tall: 56 };

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  const title = el("h2", { id: unique("opened") });
  const body = el("div", { class: "opened-body", tabindex: 0 });
  const close = el("button", { type: "button", class: "quiet", onclick: () => lab.open(null) });
  const dialog = el("dialog", { class: "opened-dialog", "aria-labelledby": title.id }, el("div", { class: "opened-head" }, title, close), body);
  let before: Element | null = null;
  let drawn = "";
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  replace(root, dialog);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    lab.open(null);
  });

  function open(): void {
    const { opened } = lab.state;
    if (!opened) {
      if (!dialog.open) return;
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      return;
    }
    const { activations, sizes } = lab.state.description;
    close.textContent = t().close;
    const facts = { layer: opened.layer, activation: choiceName(lab.state.language, activations[opened.layer - 1] ?? ""), units: sizes[opened.layer] ?? 0 };
    title.textContent = filled(opened.kind === "layer" ? t().layer : t().unit, opened.kind === "layer" ? facts : { ...facts, unit: opened.unit + 1, example: lab.state.strip.example + 1 });
    drawn = "";
    replace(body, el("p", { class: "muted", text: t().waiting }));
    if (!dialog.open) {
      before = document.activeElement;
      dialog.show();
      close.focus();
    }
    void ask();
  }

  async function ask(): Promise<void> {
    const { opened } = lab.state;
    if (!opened || !dialog.open) return;
    asked += 1;
    const mine = asked;
    try {
      if (opened.kind === "layer") {
        const layer = await lab.layer(opened.layer);
        if (mine === asked) drawLayer(layer);
      } else {
        const graph = await lab.unit(opened.layer, opened.unit);
        if (mine === asked) drawn = drawUnit(graph, drawn);
      }
    } catch (failure) {
      if (mine === asked) replace(body, el("p", { role: "alert", text: messageOf(failure, lab.state.language) }));
    }
  }

  /** Other numbers are shown: look again, not more often than one can read. */
  function follow(): void {
    if (timer !== null || !lab.state.opened) return;
    timer = setTimeout(() => {
      timer = null;
      void ask();
    }, lab.state.status === "running" && lab.state.cursor === null ? AGAIN : 0);
  }

  function drawLayer({ tensors }: LayerTensors): void {
    const structure = JSON.stringify(tensors.map(({ name, shape }) => [name, shape]));
    if (structure === drawn) {
      const tables = [...body.querySelectorAll<HTMLTableElement>("table.tensor")];
      for (const [at, table] of tables.entries()) update(table, tensors[at]?.values ?? [], true);
      return;
    }
    drawn = structure;
    const sections = tensors.map(({ name, latex, shape, values }) => {
      const label = filled(t().shape, { name, rows: shape[0], columns: shape[1] });
      const table = tensorTable({ name, shape, values, row: 0, column: 0 }, { label, heat: true, heads: true });
      const columns = values[0]?.length ?? 0;
      const cut = values.length < shape[0] || columns < shape[1];
      const note = cut && el("span", { class: "muted", text: ` ${filled(t().cut, { rows: values.length, columns })}` });
      return el("section", { class: "opened-tensor" }, el("h3", {}, equation(latex), " ", shapeText(shape), note), el("div", { class: "scroll" }, table));
    });
    replace(body, el("div", { class: "opened-tensors" }, ...sections));
  }

  function drawUnit(graph: UnitGraph, before: string): string {
    const structure = JSON.stringify(graph.nodes.map(({ id, inputs }) => [id, inputs]));
    const old = before === structure ? { left: body.scrollLeft, top: body.scrollTop } : null;
    replace(body, el("p", { class: "muted", text: t().legend }), graphPicture(graph, lab), graph.cut > 0 && el("p", { class: "muted", text: filled(t().cut_inputs, { count: graph.cut }) }));
    if (old) body.scrollTo(old);
    return structure;
  }

  const ends = [
    lab.on("opened", open),
    lab.on("language", () => lab.state.opened && open()),
    lab.on("snapshot", follow),
    lab.on("strip", follow),
    lights(root, lab),
  ];
  if (lab.state.opened) open();
  return () => {
    if (timer !== null) clearTimeout(timer);
    for (const end of ends) end();
  };
};

/** The graph from left to right: boxes that are a list for screen readers, and arrows between them. */
function graphPicture({ nodes }: UnitGraph, lab: Lab): HTMLElement {
  const t = texts[lab.state.language];
  const places = new Map(placeGraph(nodes).map((placed) => [placed.id, placed]));
  const columns = 1 + Math.max(...[...places.values()].map((placed) => placed.column));
  const rows = 1 + Math.max(...[...places.values()].map((placed) => placed.row));
  const [width, height] = [columns * CELL.width, rows * CELL.height];
  const left = (id: number) => (places.get(id)?.column ?? 0) * CELL.width + (CELL.width - CELL.box) / 2;
  const middle = (id: number) => (places.get(id)?.row ?? 0) * CELL.height + CELL.height / 2;
  const words: Record<string, string> = t;
  const names = new Map(nodes.map(({ id, name, operation }) => [id, name || (words[`unnamed_${operation}`] ?? operation)]));
  const arrows = nodes.flatMap((node) =>
    node.inputs.map((input) => {
      const [x, y, u, v] = [left(input) + CELL.box, middle(input), left(node.id) - 5, middle(node.id)];
      return svg("path", { d: `M${x} ${y}C${x + 20} ${y} ${u - 20} ${v} ${u} ${v}m-5 -3.5l5 3.5l-5 3.5` });
    }),
  );
  const boxes = nodes.map((node) => {
    const from = node.inputs.length > 0 ? filled(t.from, { inputs: node.inputs.map((input) => names.get(input) ?? "").join(", "), operation: words[node.operation] ?? node.operation }) : "";
    const label = filled(t.node, { name: names.get(node.id) ?? "", value: format(node.value), grad: format(node.grad), from });
    const box = el("li", { class: `graph-node${node.inputs.length === 0 ? " leaf" : ""}`, tabindex: 0, "aria-label": label, "data-ref": node.name.includes("[") ? node.name : null, title: `${node.value}\n${node.grad}` });
    box.append(equation(node.latex), el("span", { class: "value", text: format(node.value) }), el("span", { class: "grad", text: format(node.grad) }));
    box.style.left = `${left(node.id)}px`;
    box.style.top = `${middle(node.id) - CELL.tall / 2}px`;
    return box;
  });
  const picture = el("div", { class: "graph" }, svg("svg", { width, height, "aria-hidden": "true" }, ...arrows), el("ul", {}, ...boxes));
  picture.style.width = `${width}px`;
  picture.style.height = `${height}px`;
  return picture;
}
