/** A second run beside this one, with one thing changed. */

import { eachFrame, el, replace, unique } from "../dom";
import { count, number, typed } from "../format";
import type { Lab, Panel } from "../lab";
import type { Settings } from "../protocol";
import "../styles/compare.css";
import { compare as texts } from "../texts/compare";
import { filled } from "../texts/filled";
import { metricName } from "../texts/metrics";
import { choiceName, wordsOf } from "../texts/setting";

type Choice = { text: string; change: Partial<Settings> };
type Text = keyof typeof texts.en;

/** The standard deviation of "large" initial weights: that of the course's W = randn * 10. */
const LARGE = 10;
const FACTORS = [0.01, 0.1, 0.3, 3, 10, 100];

/** What may be changed, and to which values; those the run already has are left out. */
function choicesOf(lab: Lab): Record<string, Choice[]> {
  const { settings, about, language } = lab.state;
  const named = (name: string): string[] => about.settings.find((one) => one.name === name)?.choices ?? [];
  const initializations = named("initialization").map((value): Choice => ({ text: choiceName(language, value), change: { initialization: value } }));
  initializations.splice(2, 0, { text: filled(texts[language].large, { scale: LARGE }), change: { initialization: "normal", scale: LARGE } });
  const all: Record<string, Choice[]> = {
    initialization: initializations,
    learning_rate: FACTORS.map((factor) => Number((settings.learning_rate * factor).toPrecision(3))).map((value) => ({ text: typed(value), change: { learning_rate: value } })),
    activations: settings.hidden.length === 0 ? [] : named("activations").map((value) => ({ text: choiceName(language, value), change: { activations: settings.hidden.map(() => value) } })),
    optimizer: named("optimizer").map((value) => ({ text: choiceName(language, value), change: { optimizer: value } })),
  };
  const differs = ({ change }: Choice): boolean => Object.entries(change).some(([name, value]) => JSON.stringify(settings[name as keyof Settings]) !== JSON.stringify(value));
  return Object.fromEntries(Object.entries(all).map(([name, choices]) => [name, choices.filter(differs)]));
}

export const panel: Panel = (root, lab) => {
  const t = (name: Text): string => texts[lab.state.language][name];
  const [whatId, toId] = [unique("what"), unique("to")];
  const what = el("select", { id: whatId });
  const to = el("select", { id: toId });
  const [whatLabel, toLabel] = [el("label", { for: whatId }), el("label", { for: toId })];
  const begin = el("button", { type: "button", class: "primary" });
  const end = el("button", { type: "button", onclick: () => void lab.compare(null) });
  const adopt = el("button", { type: "button" });
  const hint = el("p", { class: "hint" });
  const table = el("div", { class: "two-runs" });
  let choices = choicesOf(lab);
  let difference: Partial<Settings> | null = null;

  begin.addEventListener("click", () => {
    const chosen = choices[what.value]?.[Number(to.value)];
    if (chosen !== undefined) void lab.compare(chosen.change);
  });
  adopt.addEventListener("click", () => {
    const { other, settings } = lab.state;
    if (other === null) return;
    const theirs = other.description.settings;
    const names = (Object.keys(theirs) as (keyof Settings)[]).filter((name) => JSON.stringify(theirs[name]) !== JSON.stringify(settings[name]));
    difference = Object.fromEntries(names.map((name) => [name, theirs[name]]));
    void lab.compare(null).then(() => lab.change(difference ?? {}));
  });
  what.addEventListener("change", () => drawValues());

  const drawChoices = (): void => {
    choices = choicesOf(lab);
    const chosen = what.value;
    const names = Object.keys(choices).filter((name) => (choices[name]?.length ?? 0) > 0);
    replace(what, ...names.map((name) => el("option", { value: name, text: wordsOf(lab.state.language, name).label })));
    if (names.includes(chosen)) what.value = chosen;
    drawValues();
  };
  const drawValues = (): void => {
    const before = to.selectedOptions[0]?.textContent;
    const values = choices[what.value] ?? [];
    replace(to, ...values.map(({ text }, k) => el("option", { value: k, text })));
    const same = values.findIndex(({ text }) => text === before);
    if (same >= 0) to.value = String(same);
  };

  const label = (): void => {
    whatLabel.textContent = t("what");
    toLabel.textContent = t("to");
    begin.textContent = t("begin");
    end.textContent = t("end");
    adopt.textContent = t("adopt");
    adopt.title = t("adopt_help");
    hint.textContent = t("hint");
    drawChoices();
    draw();
  };

  const draw = (): void => {
    const { state } = lab;
    const { other } = state;
    end.hidden = adopt.hidden = table.hidden = other === null;
    if (other === null) return;
    const rows: [string, string, string][] = [];
    for (const name of Object.keys(other.description.settings) as (keyof Settings)[]) {
      const [ours, theirs] = [state.description.settings[name], other.description.settings[name]];
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) rows.push([wordsOf(state.language, name).label, shown(lab, ours), shown(lab, theirs)]);
    }
    rows.push([t("epoch"), count(state.snapshot?.epoch ?? state.epoch), count(other.snapshot?.epoch ?? other.epoch)]);
    rows.push([t("cost"), number(state.snapshot?.cost), number(other.snapshot?.cost)]);
    if (state.description.m_validation > 0) rows.push([t("validation_cost"), number(state.snapshot?.validation_cost), number(other.snapshot?.validation_cost)]);
    for (const [name, value] of Object.entries(state.snapshot?.metrics ?? {})) {
      rows.push([metricName(state.language, name), number(value), number(other.snapshot?.metrics[name])]);
    }
    replace(
      table,
      el(
        "table",
        {},
        el("caption", { class: "unseen", text: t("table") }),
        el("thead", {}, el("tr", {}, el("td"), el("th", { scope: "col", class: "ours", text: t("this") }), el("th", { scope: "col", class: "theirs", text: t("other") }))),
        el("tbody", {}, ...rows.map(([name, ours, theirs]) => el("tr", {}, el("th", { scope: "row", text: name }), el("td", { text: ours }), el("td", { text: theirs })))),
      ),
    );
  };

  const soon = eachFrame(draw);
  replace(root, hint, el("div", { class: "compare-form" }, whatLabel, what, toLabel, to, begin, end, adopt), table);
  label();
  const ends = [lab.on("settings", drawChoices), lab.on("other", soon), lab.on("snapshot", soon), lab.on("language", label)];
  return () => {
    for (const stop of ends) stop();
  };
};

function shown(lab: Lab, value: unknown): string {
  if (typeof value === "number") return typed(value);
  if (Array.isArray(value)) return [...new Set(value.map((one) => choiceName(lab.state.language, String(one))))].join(", ");
  return choiceName(lab.state.language, String(value));
}
