/** The page's keys; where somebody types, and on controls that use a key themselves, it stays theirs. */

import type { Lab } from "./lab";
import { play } from "./play";
import { otherLanguage, otherTheme } from "./preferences";

/** The epoch so many epochs from what is shown; null (follow the run) at its end. */
export function moved(lab: Lab, by: number): number | null {
  const { cursor, epoch } = lab.state;
  const next = Math.max(0, (cursor ?? epoch) + by);
  return next >= epoch ? null : next;
}

const KEYS: Record<string, (lab: Lab) => void> = {
  " ": (lab) => void play(lab),
  e: (lab) => void lab.run({ action: "epoch" }),
  r: (lab) => void lab.run({ action: "reset" }),
  f: (lab) => void lab.travel(null),
  g: (lab) => lab.setEdges(lab.state.edges === "weights" ? "gradients" : "weights"),
  c: (lab) => lab.setLanguage(otherLanguage(lab.state)),
  d: (lab) => lab.setTheme(otherTheme(lab.state)),
  l: () => {
    document.getElementById("lessons-button")?.click();
  },
  "?": () => {
    document.getElementById("help")?.click();
  },
  ArrowLeft: (lab) => void lab.travel(moved(lab, -1)),
  ArrowRight: (lab) => void lab.travel(moved(lab, 1)),
  PageUp: (lab) => void lab.travel(moved(lab, 10)),
  PageDown: (lab) => void lab.travel(moved(lab, -10)),
  Home: (lab) => void lab.travel(0),
  End: (lab) => void lab.travel(null),
};

/** Keys that move: they act on the page only where nothing else could be meant. */
const MOVING = new Set(["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]);

/** Whether a key is not the page's: it is that of a dialog, of the control that has the focus, or of the browser. */
export function taken(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null) return true;
  if (target === null || target === document.body || target.id === "page") return false;
  if (target.closest("input, textarea, select, [contenteditable], [role='listbox'], [role='grid'], [role='menu'], [role='radiogroup']"))
    return target.closest("input[type='checkbox'], input[type='radio'], input[type='range']") === null || event.key === " " || MOVING.has(event.key);
  if (event.key === " ") return target.closest("button, a, summary, label, [role='button'], [tabindex='0']:not(.column, .scrubber)") !== null;
  return MOVING.has(event.key); // elsewhere they scroll
}

/** Listen to the page's keys; returns how to end it. */
export function listenToKeys(lab: Lab): () => void {
  const listen = (event: KeyboardEvent): void => {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined || taken(event)) return;
    event.preventDefault();
    act(lab);
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}
