/** What the page remembers on this computer: language and theme, once they are chosen. */

import type { State } from "./lab";
import type { Language } from "./protocol";

const key = (name: string): string => `layerwise-lab-${name}`;

function remembered(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function remember(name: "language" | "theme", value: string): void {
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // then it is chosen for this page alone
  }
}

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
