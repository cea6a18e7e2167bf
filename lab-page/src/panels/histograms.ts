/** One row a layer: how its activations and derivatives are spread, on axes that all layers share. */

import { attribute, el, picturing, replace, svg } from "../dom";
import { number as format, percent } from "../format";
import type { Panel } from "../lab";
import { outline, quantile, type Range, recentRange } from "../pictures/recent";
import type { Histogram, LayerLook } from "../protocol";
import { filled } from "../texts/filled";
import { histograms as texts } from "../texts/histograms";
import { choiceName } from "../texts/setting";
import "../styles/histograms.css";

const [WIDTH, HEIGHT] = [120, 34];
const RATIO = { low: 1e-5, high: 1e-1 }; // further from 1e-3 than this is marked

type Kind = "activations" | "gradients";

interface Chart {
  kind: Kind;
  layer: number;
  picture: SVGSVGElement;
  bars: SVGPathElement;
  zero: SVGLineElement;
}

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  let charts: Chart[] = [];
  let numbers: HTMLElement[] = [];
  let axes: Record<Kind, HTMLElement[]> = { activations: [], gradients: [] };
  let ranges: Record<Kind, Range | null> = { activations: null, gradients: null };

  function build(): void {
    charts = [];
    axes = { activations: [el("span"), el("span")], gradients: [el("span"), el("span")] };
    ranges = { activations: null, gradients: null };
    numbers = lab.state.description.activations.map(() => el("dl", { class: "layer-numbers" }));
    const rows = lab.state.description.activations.map((activation, at) => {
      const name = el("h3", { class: "layer-row-name", text: filled(t().layer, { layer: at + 1, activation: choiceName(lab.state.language, activation) }) });
      return el("li", {}, name, el("div", { class: "pair" }, chart("activations", at + 1), chart("gradients", at + 1)), numbers[at]);
    });
    const head = (kind: Kind) => el("div", {}, el("b", { text: t()[kind] }), el("div", { class: "range" }, ...axes[kind]));
    replace(root, el("div", { class: "pair histogram-heads" }, head("activations"), head("gradients")), el("ul", { class: "layer-rows" }, ...rows));
    update();
  }

  function chart(kind: Kind, layer: number): SVGSVGElement {
    const bars = svg("path", { class: "bars" });
    const zero = svg("line", { class: "zero", y1: 0, y2: HEIGHT });
    const picture = svg("svg", { class: `histogram ${kind}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" }, bars, zero);
    charts.push({ kind, layer, picture, bars, zero });
    return picture;
  }

  function update(): void {
    const layers = lab.state.snapshot?.layers;
    if (!layers || layers.length !== numbers.length) return;
    for (const kind of ["activations", "gradients"] as const) {
      ranges[kind] = recentRange(ranges[kind], layers.map((look) => histogramOf(look, kind)));
      ranges[kind].forEach((end, at) => {
        const place = axes[kind][at];
        if (place) place.textContent = format(end, 2);
      });
    }
    for (const { kind, layer, picture, bars, zero } of charts) {
      const [look, range] = [layers[layer - 1], ranges[kind]];
      if (!look || !range) continue;
      const histogram = histogramOf(look, kind);
      bars.setAttribute("d", outline(histogram, range, WIDTH, HEIGHT));
      const middle = String(((0 - range[0]) / (range[1] - range[0])) * WIDTH);
      attribute(zero, "x1", middle);
      attribute(zero, "x2", middle);
      picturing(picture, describe(histogram, kind, layer));
    }
    for (const [at, look] of layers.entries()) writeNumbers(look, numbers[at]);
  }

  function describe(histogram: Histogram, kind: Kind, layer: number): string {
    const facts = { name: t()[kind], layer, minimum: format(histogram.minimum), maximum: format(histogram.maximum) };
    if (histogram.minimum === histogram.maximum) return filled(t().constant, facts);
    return filled(t().seen, { ...facts, low: format(quantile(histogram, 0.25)), high: format(quantile(histogram, 0.75)) });
  }

  function writeNumbers(look: LayerLook, list: HTMLElement | undefined): void {
    const far = look.update_ratio !== null && (look.update_ratio < RATIO.low || look.update_ratio > RATIO.high);
    const pair = (name: string, value: string, marked = false, help = "") => el("div", { class: marked ? "marked" : "", title: help }, el("dt", { text: name }), el("dd", { text: value }));
    if (!list) return;
    replace(
      list,
      look.dead > 0 && pair(t().dead, percent(look.dead), look.dead > 0.5),
      look.saturated > 0 && pair(t().saturated, percent(look.saturated), look.saturated > 0.5),
      pair(t().ratio, format(look.update_ratio, 2), far, t().ratio_help),
      pair(t().norm, format(look.norm, 3)),
      pair(t().gradient_norm, format(look.gradient_norm, 3)),
    );
  }

  build();
  const ends = [lab.on("description", build), lab.on("language", build), lab.on("snapshot", update)];
  return () => {
    for (const end of ends) end();
  };
};

function histogramOf(look: LayerLook, kind: Kind): Histogram {
  return kind === "activations" ? look.activation_histogram : look.gradient_histogram;
}
