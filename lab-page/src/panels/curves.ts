/** Cost curves: training and validation, and those of the run that is compared with. */

import { costScale, drawChart, epochScale, type Frame, put, type Series, watchWidth } from "../chart";
import { attribute, eachFrame, el, replace, svg, unique } from "../dom";
import { count, number } from "../format";
import type { Panel } from "../lab";
import "../styles/curves.css";
import { curves as texts } from "../texts/curves";
import { filled } from "../texts/filled";

interface Named extends Series {
  name: string;
  help: string;
}

export const panel: Panel = (root, lab) => {
  let frame: Frame = { width: 340, height: 168, left: 44, right: 10, top: 8, bottom: 20 };
  let hovered: number | null = null;
  const picture = svg("svg", { class: "chart", role: "img" });
  const legend = el("p", { class: "legend" });
  const id = unique("log");
  const log = el("input", { type: "checkbox", id, onchange: () => draw() });
  const logLabel = el("label", { for: id });
  const place = el("div", { class: "curves-plot" }, picture);

  const series = (): Named[] => {
    const t = texts[lab.state.language];
    const { curve, other } = lab.state;
    const all: Named[] = [
      { name: t.train, help: t.train_help, class: "train", x: curve.epoch, y: curve.cost },
      { name: t.validation, help: t.validation_help, class: "validation", x: curve.epoch, y: curve.validation_cost },
      { name: t.other, help: t.train_help, class: "other-train", x: other?.curve.epoch ?? [], y: other?.curve.cost ?? [] },
      { name: t.other_validation, help: t.validation_help, class: "other-validation", x: other?.curve.epoch ?? [], y: other?.curve.validation_cost ?? [] },
    ];
    return all.filter(({ y }) => y.length > 0);
  };

  const valueAt = ({ x, y }: Series, epoch: number | null): number | null => {
    const k = epoch === null ? x.length - 1 : x.findLastIndex((at) => at <= epoch);
    return y[k] ?? null;
  };

  const draw = (): void => {
    const t = texts[lab.state.language];
    const shown = series();
    const last = Math.max(1, ...shown.map(({ x }) => x.at(-1) ?? 0));
    const x = epochScale(last, frame);
    const bottom = frame.height - frame.bottom;
    const y = costScale(shown, log.checked, [bottom, frame.top]);
    const at = hovered === null ? lab.state.cursor : Math.min(Math.max(Math.round(x.invert(hovered)), 0), last);
    const cursor = at !== null && svg("line", { class: "reading", x1: x(at), x2: x(at), y1: frame.top, y2: bottom });
    put(picture, frame, ...drawChart(shown, frame, x, y, { x: 4, y: 4 }), ...(cursor ? [cursor] : []));
    const words = shown.map((one) => ({ ...one, text: filled(t.cost, { name: one.name, cost: number(valueAt(one, at)) }) }));
    replace(
      legend,
      ...(shown.length === 0 ? [t.waiting] : []),
      ...words.map((one) => el("span", { class: "legend-entry", title: one.help }, sample(one.class), one.text)),
      at !== null && shown.length > 0 && el("span", { class: "legend-epoch", text: filled(t.at, { epoch: count(at) }) }),
    );
    attribute(picture, "aria-label", shown.length === 0 ? t.waiting : filled(t.picture, { text: words.map(({ text }) => text).join(", ") }));
    logLabel.textContent = t.log;
  };

  const soon = eachFrame(draw);
  place.addEventListener("pointermove", (event) => {
    hovered = event.clientX - place.getBoundingClientRect().x;
    soon();
  });
  place.addEventListener("pointerleave", () => {
    hovered = null;
    soon();
  });

  replace(root, place, el("div", { class: "curves-foot" }, legend, el("span", { class: "switch" }, log, logLabel)));
  draw();
  const ends = [
    lab.on("frame", soon),
    lab.on("other", soon),
    lab.on("language", draw),
    watchWidth(place, (width) => {
      frame = { ...frame, width };
      soon();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};

/** A piece of a line, as it is in the chart. */
function sample(name: string): SVGSVGElement {
  return svg("svg", { class: "chart sample", width: 20, height: 8, "aria-hidden": "true" }, svg("path", { class: `series ${name}`, d: "M0 4H20" }));
}
