/** How far somebody came in each lesson, kept on this computer. */

const KEY = "layerwise-lab-lessons";

export interface Progress {
  /** The card to go on with. */
  card: number;
  /** The cards that are done, without gaps or with. */
  done: number[];
}

function all(): Record<string, Progress> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, Progress>) : {};
  } catch {
    return {}; // a browser that keeps nothing, or something else under this name
  }
}

/** What is kept of a lesson; of one that was never opened, its beginning. */
export function progressOf(lesson: string): Progress {
  const kept = all()[lesson];
  const done = Array.isArray(kept?.done) ? kept.done.filter(Number.isInteger) : [];
  return { card: Number.isInteger(kept?.card) ? (kept?.card ?? 0) : 0, done };
}

/** Note that a card was opened, or that it is done. */
export function note(lesson: string, card: number, done: boolean): void {
  const before = progressOf(lesson);
  const progress = { card, done: done ? [...new Set([...before.done, card])].sort((one, other) => one - other) : before.done };
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...all(), [lesson]: progress }));
  } catch {
    // then it is known on this page alone
  }
}
