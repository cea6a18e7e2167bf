/** Carries a card out with the page's own methods: what a learner could do by hand, in order. */

import { equal, starting } from "../address";
import type { Events, Lab } from "../lab";
import type { Action, Card, Lesson } from "../lesson";
import type { Settings } from "../protocol";

/** How long a card waits for what it started before it goes on. */
const PATIENCE_MS = 60_000;

/** The settings a card stands on: the defaults, and on top what its lesson's cards set up to it. */
export function scene(lab: Lab, lesson: Lesson, card: number): Settings {
  const set = lesson.cards.slice(0, card + 1).map((one) => one.settings ?? {});
  return Object.assign({}, starting(lab.state.about.settings, {}), ...set) as Settings;
}

/** What the cards since the last one with settings did: their settings, and how many epochs they ran. */
export function prelude(lesson: Lesson, card: number): { settings: Partial<Settings>; epochs: number } {
  let first = card;
  while (first > 0 && lesson.cards[first]?.settings === undefined) first -= 1;
  const cards = lesson.cards.slice(first, card);
  const actions = cards.flatMap((one) => [...(one.actions ?? []), ...(one.solution?.actions ?? [])]);
  return {
    settings: Object.assign({}, ...cards.map((one) => one.solution?.settings ?? {})) as Partial<Settings>,
    epochs: Math.max(0, ...actions.map((action) => (action.do === "start" ? (action.epochs ?? 0) : 0)), actions.filter(({ do: what }) => what === "epoch").length),
  };
}

export class Performance {
  private over = false;

  constructor(
    private readonly lab: Lab,
    private readonly lesson: Lesson,
    private readonly card: number,
    /** The one action that the card shows itself. */
    private readonly vectorization: () => void,
    /** The scene is set: what the page shows from now on is this card's. */
    private readonly ready: () => void,
  ) {}

  /** Another card was opened: nothing more is done for this one. */
  end(): void {
    this.over = true;
  }

  /** Set the scene, then act. `continued`: the page stands as the card before left it. */
  async begin(continued: boolean): Promise<void> {
    const card = this.lesson.cards[this.card] as Card;
    if (this.lab.state.opened !== null) this.lab.open(null); // what an earlier card opened
    if (card.settings !== undefined) await this.set(scene(this.lab, this.lesson, this.card), true);
    else if (!continued) await this.catchUp();
    this.ready();
    await this.act(card.actions);
  }

  /** Bring the goal about, from the card's beginning. */
  async show(): Promise<void> {
    const solution = this.lesson.cards[this.card]?.solution;
    const { settings } = prelude(this.lesson, this.card);
    await this.set({ ...scene(this.lab, this.lesson, this.card), ...settings, ...solution?.settings });
    this.ready();
    await this.act(solution?.actions);
  }

  /** A card that was jumped to finds the page as if the cards before it had been done. */
  private async catchUp(): Promise<void> {
    const { settings, epochs } = prelude(this.lesson, this.card);
    await this.set({ ...scene(this.lab, this.lesson, this.card), ...settings }, true);
    if (epochs === 0 || this.over) return;
    await this.lab.run({ action: "start", epochs });
    await this.until(["frame"], () => this.lab.state.status !== "running");
  }

  /** `opening`: part of the card's being opened, and so of the same step in the browser's history. */
  private async set(settings: Settings, opening = false): Promise<void> {
    const { lab } = this;
    if (this.over) return;
    await lab.compare(null);
    if (this.over) return;
    if (!equal(scenery(settings), scenery(lab.state.settings))) await lab.change(settings, opening);
    else if (lab.state.epoch > 0 || lab.state.status !== "ready") await lab.run({ action: "reset" });
    await this.until(["frame", "snapshot"], () => lab.state.epoch === 0 && lab.state.snapshot?.epoch === 0);
  }

  private async act(actions: Action[] = []): Promise<void> {
    for (const action of actions) {
      if (this.over) return;
      await this.do(action);
    }
  }

  private async do(action: Action): Promise<void> {
    const { lab } = this;
    switch (action.do) {
      case "start":
        return lab.run({ action: "start", epochs: action.epochs, pace: action.pace ?? null });
      case "epoch": {
        const next = lab.state.epoch + 1;
        await lab.run({ action: "epoch" });
        return this.until(["frame", "snapshot"], () => lab.state.status !== "running" && lab.state.epoch >= next);
      }
      case "pause":
      case "reset":
        return lab.run({ action: action.do });
      case "travel":
        return lab.travel(action.epoch);
      case "strip":
        await this.until(["snapshot"], () => lab.state.snapshot !== null);
        return lab.stripAt(action.phase, action.layer);
      case "open_layer":
        return lab.open({ kind: "layer", layer: action.layer });
      case "open_unit":
        return lab.open({ kind: "unit", layer: action.layer, unit: action.unit });
      case "check_gradients":
      case "open_homework":
        return lab.wish(action.do);
      case "vectorization":
        return this.vectorization();
      case "compare":
        return lab.compare(action.settings);
    }
  }

  /** Wait for what the page is told; go on at last when another card is opened, or patience ends. */
  private until(events: (keyof Events)[], so: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const ends: (() => void)[] = [];
      const look = (): void => {
        if (!so() && !this.over) return;
        clearTimeout(timer);
        for (const end of ends) end();
        resolve();
      };
      const timer = setTimeout(() => {
        for (const end of ends) end();
        resolve();
      }, PATIENCE_MS);
      for (const event of [...events, "lesson" as const]) ends.push(this.lab.on(event, look));
      look();
    });
  }
}

/** Settings without what the server fills in: activations of layers that are not there. */
function scenery(settings: Settings): unknown {
  const { activations, hidden, ...rest } = settings;
  const filled = hidden.map((_, at) => activations[Math.min(at, activations.length - 1)]);
  return Object.entries({ ...rest, hidden, activations: filled }).sort(([one], [other]) => (one < other ? -1 : 1));
}
