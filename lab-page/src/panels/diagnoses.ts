/** Why the network does not learn: cards with the evidence, the cause, and a button that tries the cure. */

import { el, replace } from "../dom";
import { percent, typed } from "../format";
import type { Panel } from "../lab";
import { play } from "../play";
import type { Diagnosis, Settings } from "../protocol";
import { diagnoses as texts, findings } from "../texts/diagnoses";
import { filled } from "../texts/filled";
import { settings as labels } from "../texts/setting";
import "../styles/diagnoses.css";

export const panel: Panel = (root, lab) => {
  const t = () => texts[lab.state.language];
  const divergence = el("div", { class: "divergence", role: "alert" });
  const cards = el("div", { class: "diagnosis-cards", "aria-live": "polite" });
  let drawn = "";
  replace(root, divergence, cards);

  function show(): void {
    const found = lab.state.snapshot?.diagnoses;
    if (!found) return;
    // numbers of the same findings change ten times a second: screen readers hear of new findings only
    const kinds = JSON.stringify([lab.state.language, lab.state.description.id, found.map(({ code, layer, severe, change }) => [code, layer, severe, change])]);
    if (kinds !== drawn) replace(cards, ...(found.length > 0 ? found.map(card) : [el("p", { class: "muted", text: t().none })]));
    else for (const [at, place] of cards.querySelectorAll(".evidence").entries()) if (found[at]) renew(place, sentence(found[at], "evidence"));
    drawn = kinds;
  }

  function renew(place: Element, text: string): void {
    if (place.textContent !== text) place.textContent = text;
  }

  function card(found: Diagnosis): HTMLElement {
    const part = (name: "evidence" | "cause" | "cure") => el("div", {}, el("dt", { text: t()[name] }), el("dd", { class: name, text: sentence(found, name), "aria-live": name === "evidence" ? "off" : null }));
    const open = el("button", { type: "button", class: "tiny", text: filled(t().show, { layer: found.layer }), onclick: () => lab.open({ kind: "layer", layer: found.layer }) });
    const { change } = found;
    const cure = change && el("button", { type: "button", class: "try", text: filled(t().try, { change: told(change) }), onclick: () => void lab.change(change) });
    return el(
      "article",
      { class: `diagnosis${found.severe ? " severe" : ""}`, "data-code": found.code },
      el("h3", {}, findings[found.code]?.title[lab.state.language] ?? found.code, el("span", { class: "where", text: ` · ${filled(t().layer, { layer: found.layer })} · ${found.severe ? t().severe : t().mild}` })),
      el("dl", {}, part("evidence"), part("cause"), part("cure")),
      el("div", { class: "diagnosis-buttons" }, cure, open),
    );
  }

  /** The server's own English, or the Chinese sentence with its facts. */
  function sentence(found: Diagnosis, part: "evidence" | "cause" | "cure"): string {
    const chinese = findings[found.code];
    if (lab.state.language === "en" || !chinese) return found[part];
    const parts = ["outside", "examples"].filter((name) => typeof found.facts[name] === "number").map((name) => [name, percent(found.facts[name] as number)]);
    return filled(chinese[part], { ...found.facts, ...Object.fromEntries(parts), layer: found.layer });
  }

  function told(change: Partial<Settings>): string {
    const names = labels[lab.state.language];
    const value = (x: unknown) => (typeof x === "number" ? typed(x) : Array.isArray(x) ? x.join(", ") : String(x));
    return Object.entries(change).map(([name, to]) => `${names[name]?.label ?? name} → ${value(to)}`).join("; ");
  }

  function showDivergence(): void {
    const { divergence: where, settings } = lab.state;
    if (!where) {
      divergence.hidden = true;
      replace(divergence);
      return;
    }
    const facts = { epoch: where.epoch, step: where.step, tensor: where.tensor, good: where.last_good, where: where.layer === null ? "" : filled(t().in_layer, { layer: where.layer }) };
    const text = filled(t().diverged, facts);
    if (!divergence.hidden && divergence.querySelector("p")?.textContent === text) return;
    const rate = Number((settings.learning_rate / 10).toPrecision(3));
    const again = el("button", { type: "button", class: "try", text: filled(t().smaller, { rate }), onclick: () => void lab.change({ learning_rate: rate }).then(() => play(lab)) });
    divergence.hidden = false;
    replace(divergence, el("p", { text }), again);
  }

  const all = () => {
    show();
    showDivergence();
  };
  all();
  const ends = [lab.on("snapshot", show), lab.on("frame", showDivergence), lab.on("description", all), lab.on("language", all)];
  return () => {
    for (const end of ends) end();
  };
};
