/** Run controls over the cost of every epoch, with checkpoints, flags, and a cursor that takes the page back in time. */

import { costScale, drawChart, epochScale, type Frame, put, type Series, watchWidth } from "../chart";
import { attribute, eachFrame, el, replace, say, svg } from "../dom";
import { count, number } from "../format";
import { moved } from "../keyboard";
import type { Lab, Panel } from "../lab";
import { pace, play } from "../play";
import { PACES, preferredPace, remember } from "../preferences";
import "../styles/timeline.css";
import { filled } from "../texts/filled";
import { metricName } from "../texts/metrics";
import { timeline as texts } from "../texts/timeline";

/** With Shift or Page keys the cursor moves by so many epochs. */
const FAR = 10;

/** The width of a flag. */
const FLAG = 14;

type Text = keyof typeof texts.en;

/** The cost after the epoch that is shown; until its numbers are here, that of the curve, which is the mean over the epoch's steps. */
function costAt(lab: Lab, epoch: number): number | null {
  const { curve, cursor, snapshot } = lab.state;
  if (snapshot !== null && (cursor === null || snapshot.epoch === epoch)) return snapshot.cost;
  const k = curve.epoch.findLastIndex((at) => at <= epoch);
  return k < 0 ? null : (curve.cost[k] ?? null);
}

export const panel: Panel = (root, lab) => {
  const t = (name: Text): string => texts[lab.state.language][name];
  let frame: Frame = { width: 800, height: 66, left: 44, right: 14, top: 12, bottom: 16 };

  const playing = el("button", { type: "button", class: "primary play", onclick: () => void play(lab) });
  const one = el("button", { type: "button", onclick: () => void lab.run({ action: "epoch" }) });
  const reset = el("button", { type: "button", class: "reset", onclick: () => void lab.run({ action: "reset" }) });
  const paces = el("select", { class: "pace" });
  const follow = el("button", { type: "button", class: "follow", onclick: () => void lab.travel(null) });
  const facts = el("p", { class: "run-facts" });
  const divergence = el("p", { class: "divergence", role: "alert", hidden: true });
  const picture = svg("svg", { class: "chart", "aria-hidden": "true" });
  const flags = el("div", { class: "flags" });
  const slider = el("div", { class: "scrubber", role: "slider", tabindex: 0, "aria-valuemin": 0 }, picture);
  const plot = el("div", { class: "timeline-plot" }, slider, flags);

  paces.addEventListener("change", () => {
    remember("pace", paces.value);
    if (lab.state.status === "running") void lab.run({ action: "pace", pace: pace() });
  });

  /* ---------- the cursor ---------- */
  const last = (): number => Math.max(lab.state.epoch, Math.min(lab.state.epochs, 1));
  const scale = () => epochScale(span(), frame);
  const span = (): number => (lab.state.status === "running" || lab.state.epoch === 0 ? lab.state.epochs : lab.state.epoch);

  const point = (event: PointerEvent): void => {
    const x = event.clientX - slider.getBoundingClientRect().x;
    const epoch = Math.round(scale().invert(x));
    void lab.travel(epoch >= last() ? null : Math.max(0, epoch));
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    slider.setPointerCapture(event.pointerId);
    point(event);
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) point(event);
  });
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: FAR, PageDown: -FAR }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? null : by === undefined ? undefined : moved(lab, event.shiftKey ? by * FAR : by);
    if (to === undefined) return;
    event.preventDefault();
    void lab.travel(to);
  });

  /* ---------- drawing ---------- */
  let told = lab.state.status;
  const series = (): Series[] => {
    const { curve, other } = lab.state;
    return [
      ...(other === null ? [] : [{ class: "other-train", x: other.curve.epoch, y: other.curve.cost }]),
      ...(curve.validation_cost.length > 0 ? [{ class: "validation", x: curve.epoch, y: curve.validation_cost }] : []),
      { class: "train", x: curve.epoch, y: curve.cost },
    ];
  };

  const draw = (): void => {
    const { state } = lab;
    const x = scale();
    const lines = series();
    const bottom = frame.height - frame.bottom;
    const y = costScale(lines, false, [bottom, frame.top]);
    const at = state.cursor ?? state.epoch;
    const marks = state.checkpoints.map((epoch) => svg("line", { class: "checkpoint", x1: x(epoch), x2: x(epoch), y1: bottom, y2: bottom + 3 }));
    const cursor = svg(
      "g",
      { class: `cursor${state.cursor === null ? " following" : ""}`, transform: `translate(${x(at)},0)` },
      svg("line", { y1: frame.top - 4, y2: bottom }),
      svg("circle", { cy: frame.top - 4, r: 5 }),
    );
    put(picture, frame, ...drawChart(lines, frame, x, y, { x: 10, y: 2 }), ...marks, cursor);
    drawFlags(x);

    const running = state.status === "running";
    playing.textContent = `${running ? "❚❚" : "▶"} ${t(running ? "pause" : "play")}`;
    attribute(playing, "data-status", state.status);
    follow.hidden = state.cursor === null;
    attribute(slider, "aria-valuemax", state.epoch);
    attribute(slider, "aria-valuenow", at);
    const where = filled(t("at"), { epoch: count(at), cost: number(costAt(lab, at)) });
    attribute(slider, "aria-valuetext", where);
    if (state.status !== told) say(`${t(state.status)}, ${where}`);
    told = state.status;
    drawFacts(at);
  };

  const drawFacts = (at: number): void => {
    const { state } = lab;
    const snapshot = state.snapshot;
    const shown = snapshot !== null && snapshot.epoch === at ? snapshot : null;
    const metrics = Object.entries(shown?.metrics ?? {}).map(([name, value]) => `${metricName(state.language, name)} ${number(value)}`);
    const parts: [string, string][] = [
      ["status", t(state.status)],
      ["epoch", filled(t("epoch_of"), { epoch: count(state.epoch), epochs: count(state.epochs) })],
      ...(state.cursor === null ? [] : [["past", filled(t("past"), { epoch: count(state.cursor) })] as [string, string]]),
      ["cost", filled(t("cost"), { cost: number(costAt(lab, at)) })],
      ...(shown?.validation_cost == null ? [] : [["validation", filled(t("validation"), { cost: number(shown.validation_cost) })] as [string, string]]),
      ...metrics.map((text): [string, string] => ["metric", text]),
      ...(state.status === "running" ? [["speed", filled(t("speed"), { speed: count(state.epochsPerSecond) })] as [string, string]] : []),
    ];
    const helps: Record<string, string> = { cost: t("cost_help"), validation: t("validation_help") };
    replace(facts, ...parts.map(([name, text]) => el("span", { class: `fact-${name}`, title: helps[name], text })));
    const { divergence: stop } = state;
    const text = stop === null ? "" : filled(t("divergence"), { epoch: count(stop.epoch), step: count(stop.step), tensor: stop.tensor, last: count(stop.last_good) });
    divergence.hidden = stop === null;
    if (divergence.textContent !== text) divergence.textContent = text;
  };

  let drawnFlags = "";
  const drawFlags = (x: (epoch: number) => number): void => {
    const places: { code: string; epoch: number; x: number }[] = [];
    for (const { code, epoch } of lab.state.flags) {
      let left = Math.round(x(epoch));
      const by = left < frame.width / 2 ? FLAG : -FLAG;
      while (places.some((other) => Math.abs(other.x - left) < FLAG)) left += by; // side by side, so that each can be chosen
      places.push({ code, epoch, x: left });
    }
    const key = JSON.stringify([places, lab.state.language]);
    if (key === drawnFlags) return; // buttons that stay keep the focus
    drawnFlags = key;
    const had = flags.contains(document.activeElement) ? document.activeElement?.getAttribute("data-code") : null;
    replace(
      flags,
      ...places.map(({ code, epoch, x: left }) => {
        const text = filled(t("flag"), { what: flagName(code), epoch: count(epoch) });
        const button = el("button", { type: "button", class: `flag of-${code}`, "data-code": code, title: text, "aria-label": text, onclick: () => void lab.travel(epoch) });
        button.style.left = `${left}px`;
        return button;
      }),
    );
    if (had) flags.querySelector<HTMLElement>(`[data-code="${CSS.escape(had)}"]`)?.focus();
  };

  const flagName = (code: string): string => (`flag_${code}` in texts.en ? t(`flag_${code}` as Text) : code.replaceAll("_", " "));

  const label = (): void => {
    one.textContent = t("epoch");
    reset.textContent = t("reset");
    reset.title = t("reset_help");
    follow.textContent = `${t("follow")} ⇥`;
    follow.title = t("follow_help");
    attribute(slider, "aria-label", t("slider"));
    attribute(paces, "aria-label", t("pace"));
    replace(
      paces,
      ...PACES.map((value) => el("option", { value, text: value === "" ? t("pace_full") : filled(t("pace_some"), { pace: count(Number(value)) }) })),
    );
    paces.value = preferredPace();
    draw();
  };

  const soon = eachFrame(draw);

  replace(root, el("div", { class: "run" }, playing, one, reset, paces, facts, follow), divergence, plot);
  label();
  const ends = [
    lab.on("frame", soon),
    lab.on("snapshot", soon),
    lab.on("description", soon),
    lab.on("other", soon),
    lab.on("language", label),
    watchWidth(plot, (width) => {
      frame = { ...frame, width };
      soon();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};
