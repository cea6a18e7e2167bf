/** What the page remembers on this computer: language, theme and pace, once they are chosen. */

import type { State } from "./lab";
import type { Language } from "./protocol";

const key = (name: string): string => `layerwise-lab-${name}`;

/** In a browser that keeps nothing, what is chosen holds for this page alone. */
const here = new Map<string, string>();

function remembered(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return here.get(name) ?? null;
  }
}

/** Keep what was chosen. */
export function remember(name: "language" | "theme" | "pace", value: string): void {
  try {
    localStorage.setItem(key(name), value);
  } catch {
    here.set(name, value);
  }
}

/** Epochs a second at most, "" as fast as the engine goes. */
export const PACES = ["1", "5", "25", "100", "200", "1000", ""];
/** Slow enough to be watched: the examples are learnt in some seconds. */
const PACE = "200";

/** The one that the page is not in. */
export const otherLanguage = ({ language }: Pick<State, "language">): Language => (language === "en" ? "zh" : "en");
export const otherTheme = ({ theme }: Pick<State, "theme">): State["theme"] => (theme === "light" ? "dark" : "light");

/** The pace that was chosen, else a slow one. */
export function preferredPace(): string {
  const chosen = remembered("pace");
  return chosen !== null && PACES.includes(chosen) ? chosen : PACE;
}

/** The language that was chosen, else the browser's. */
export function preferredLanguage(): Language {
  const chosen = remembered("language");
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The theme that was chosen, or the system's; the system's changes are told until one is chosen. */
export function preferredTheme(changed: (theme: State["theme"]) => void): State["theme"] {
  const chosen = remembered("theme");
  if (chosen === "light" || chosen === "dark") return chosen;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => {
    if (remembered("theme") === null) changed(dark.matches ? "dark" : "light");
  });
  return dark.matches ? "dark" : "light";
}
