/** The lessons: a list by week, and one card at a time beside the page it speaks of. */

import { attribute, el, replace, reveal, say, unique } from "../dom";
import type { Events, Lab, Panel } from "../lab";
import type { Card, Lesson } from "../lesson";
import { figure } from "../lessons/figures";
import { described, reached } from "../lessons/goal";
import { panelOf } from "../lessons/looks";
import { inline, markup } from "../lessons/markup";
import { Performance } from "../lessons/perform";
import { note, progressOf } from "../lessons/progress";
import { timing } from "../lessons/timing";
import { filled } from "../texts/filled";
import { lessons as texts } from "../texts/lessons";
import { messageOf } from "../texts/message";
import { settings as settingTexts } from "../texts/setting";
import { shell as shellTexts } from "../texts/shell";
import "../styles/lessons.css";

export const panel: Panel = (root, lab) => {
  const player = new Player(root, lab);
  const ends = player.listen();
  if (lab.state.lesson !== null) root.dispatchEvent(new CustomEvent("reveal")); // the address asked for it before the page was drawn
  player.opened();
  return () => {
    for (const end of ends) end();
  };
};

/** Where columns scroll by themselves, what a card speaks of is brought into view beside it. */
const BESIDE = "(min-width: 1100px) and (min-height: 600px)";

function bringIntoView(look: string[]): void {
  if (!matchMedia(BESIDE).matches) return;
  for (const name of [...look].reverse()) reveal(panelOf(name), false);
}

/** Whether a key is somebody else's. An opened layer leaves the page usable, and the lesson with it. */
function typing(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal") !== null) return true;
  return event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]") !== null;
}

const CHANGES: (keyof Events)[] = ["frame", "snapshot", "settings", "checked"];

class Player {
  private performance: Performance | null = null;
  /** The card that is shown, and whether its goal was reached (or it has none). */
  private shown: { lesson: Lesson; card: number; done: boolean } | null = null;
  /** The scene is set: what the page shows now is the card's. */
  private live = false;
  /** The answer that was chosen, if one was. */
  private chosen: number | null = null;
  private drawGoal: () => void = () => undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly lab: Lab,
  ) {}

  listen(): (() => void)[] {
    const keys = (event: KeyboardEvent): void => {
      const move = { n: 1, b: -1 }[event.key.toLowerCase()];
      if (this.shown === null || move === undefined || this.root.hidden || typing(event)) return;
      event.preventDefault();
      void this.go(move);
    };
    addEventListener("keydown", keys);
    return [
      this.lab.on("lesson", () => this.opened()),
      this.lab.on("language", () => this.draw(false)()), // what was timed is timed again
      ...CHANGES.map((event) => this.lab.on(event, () => this.look())),
      () => removeEventListener("keydown", keys),
      () => this.performance?.end(),
    ];
  }

  private get t() {
    return texts[this.lab.state.language];
  }

  /** The store has another card, or none. */
  opened(): void {
    const { lesson } = this.lab.state;
    this.performance?.end();
    const before = this.shown;
    this.shown = lesson === null ? null : { ...lesson, done: this.cardOf(lesson).until === undefined };
    this.chosen = null;
    this.live = false;
    if (this.shown !== null) note(this.shown.lesson.id, this.shown.card, this.shown.done);
    const timed = this.draw(true);
    if (lesson === null) return;
    bringIntoView(this.lab.state.look);
    const continued = before?.done === true && before.lesson.id === lesson.lesson.id && before.card === lesson.card - 1;
    this.begin((performance) => performance.begin(continued), timed);
  }

  private begin(act: (performance: Performance) => Promise<void>, timed: () => void): void {
    if (this.shown === null) return;
    const { lesson, card } = this.shown;
    this.performance?.end();
    const performance = new Performance(this.lab, lesson, card, timed, () => {
      if (performance !== this.performance) return;
      this.live = true;
      this.look();
    });
    this.performance = performance;
    void act(performance);
  }

  private cardOf({ lesson, card }: { lesson: Lesson; card: number }): Card {
    return lesson.cards[card] as Card;
  }

  /** Is the goal reached? Once it is, it stays so. */
  private look(): void {
    const { shown } = this;
    if (shown === null || shown.done || !this.live) return;
    const { until } = this.cardOf(shown);
    if (until === undefined || !reached(until, this.lab.state)) return;
    shown.done = true;
    note(shown.lesson.id, shown.card, true);
    this.drawGoal();
    say(`${this.t.goal_reached}${this.goalText(shown)}`);
  }

  private goalText(shown: { lesson: Lesson; card: number }): string {
    const { until } = this.cardOf(shown);
    const labels = settingTexts[this.lab.state.language];
    return until === undefined ? "" : described(until, this.t, (name) => labels[name]?.label ?? name);
  }

  private async go(by: number): Promise<void> {
    if (this.shown === null) return;
    const { lesson, card } = this.shown;
    if (lesson.cards[card + by] !== undefined) return this.lab.openLesson(lesson.id, card + by);
    if (by < 0) return;
    const all = await this.lab.lessons();
    const next = all[all.findIndex(({ id }) => id === lesson.id) + 1];
    await this.lab.openLesson(next?.id ?? null);
  }

  /* ---------- drawing ---------- */

  /** Draw the list or the card; returns what runs the card's timing. */
  private draw(focus: boolean): () => void {
    if (this.shown !== null) return this.drawCard(this.shown, focus);
    void this.drawList(focus);
    return () => undefined;
  }

  private async drawList(focus: boolean): Promise<void> {
    const { t } = this;
    const { language } = this.lab.state;
    replace(this.root, this.head(t.heading, null, false), el("p", { class: "muted", text: t.waiting }));
    try {
      const all = await this.lab.lessons();
      if (this.shown !== null || language !== this.lab.state.language) return;
      const weeks = [...new Set(all.map(({ week }) => week))];
      const sections = weeks.flatMap((week) => [
        el("h3", { text: filled(t.week, { week }) }),
        el("ol", { class: "lesson-list" }, ...all.filter((one) => one.week === week).map((one) => this.entry(one))),
      ]);
      replace(this.root, this.head(t.heading, null, focus && !this.root.hidden), el("p", { class: "muted", text: t.intro }), ...sections);
    } catch (failure) {
      const retry = el("button", { type: "button", text: t.retry, onclick: () => void this.drawList(true) });
      replace(this.root, this.head(t.heading, null, false), el("p", { role: "alert", text: filled(t.failed, { why: messageOf(failure, language) }) }), retry);
    }
  }

  private entry(lesson: Lesson): HTMLElement {
    const { t } = this;
    const { card, done } = progressOf(lesson.id);
    const cards = lesson.cards.length;
    const count = done.filter((one) => one < cards).length;
    const finished = count === cards;
    const state = finished ? `✓ ${t.finished}` : filled(t.progress, { done: count, cards });
    const open = (): void => void this.lab.openLesson(lesson.id, finished ? 0 : Math.min(card, cards - 1));
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "lesson-entry", "data-lesson": lesson.id, onclick: open },
        el("b", { text: lesson.title[this.lab.state.language] }),
        el("span", { class: "muted", text: filled(t.notes, { section: lesson.section[this.lab.state.language] }) }),
        el("span", { class: finished ? "good" : "muted", text: state }),
      ),
    );
  }

  private drawCard(shown: NonNullable<Player["shown"]>, focus: boolean): () => void {
    const { t } = this;
    const { language } = this.lab.state;
    const { lesson, card: at } = shown;
    const card = this.cardOf(shown);
    const title = el("h3", { class: "card-title", tabindex: -1, text: card.title[language] });
    const timed = card.actions?.some((action) => action.do === "vectorization") ? timing(this.lab) : null;
    const body = el(
      "article",
      { class: "card", "data-lesson": lesson.id, "data-card": at },
      title,
      ...markup(card.text[language]),
      card.figure === undefined ? null : figure(card.figure, t),
      timed?.element ?? null,
      this.looks(card),
      this.goal(shown, card),
      this.question(card),
    );
    const place = filled(t.card, { card: at + 1, cards: lesson.cards.length });
    const progress = el("progress", { max: lesson.cards.length, value: at + 1, "aria-label": place });
    replace(this.root, this.head(lesson.title[language], filled(t.place, { week: lesson.week, title: filled(t.notes, { section: lesson.section[language] }) }), false), body, this.foot(shown, place, progress));
    if (focus) {
      title.focus({ preventScroll: true });
      this.root.scrollTop = 0;
    }
    return timed?.run ?? (() => undefined);
  }

  private head(title: string, place: string | null, focus: boolean): HTMLElement {
    const { t } = this;
    const heading = el("h2", { tabindex: -1, text: title });
    const fold = (): void => {
      if (this.shown !== null) void this.lab.openLesson(null);
      this.root.dispatchEvent(new CustomEvent("fold"));
    };
    const head = el(
      "header",
      { class: "lessons-head" },
      el(
        "div",
        { class: "lessons-buttons" },
        place === null ? el("span") : el("button", { type: "button", class: "quiet", text: `‹ ${t.all}`, onclick: () => void this.lab.openLesson(null) }),
        el("button", { type: "button", class: "quiet", text: t.close, title: t.close_label, "aria-label": t.close_label, onclick: fold }),
      ),
      heading,
      place === null ? null : el("p", { class: "muted", text: place }),
    );
    if (focus) requestAnimationFrame(() => heading.focus({ preventScroll: true }));
    return head;
  }

  /** The way to what a card speaks of, on a page that is too narrow to show it beside the card. */
  private looks({ look }: Card): HTMLElement | null {
    const names = [...new Set(look?.map((name) => panelOf(name)))].filter((name) => name !== "timeline") as (keyof typeof shellTexts.en)[]; // that is always in view
    if (names.length === 0) return null;
    const words = shellTexts[this.lab.state.language];
    const ways = names.map((name) => el("button", { type: "button", class: "tiny", text: words[name], onclick: () => reveal(name) }));
    return el("p", { class: "looks" }, this.t.looks, ...ways);
  }

  private goal(shown: NonNullable<Player["shown"]>, card: Card): HTMLElement | null {
    if (card.until === undefined) return null;
    const { t } = this;
    const mark = el("span", { class: "goal-mark", "aria-hidden": "true" });
    const word = el("b");
    const goal = el("p", { class: "goal" }, mark, word, this.goalText(shown));
    const show = el("button", { type: "button", class: "show-me", text: t.show, title: t.show_label, onclick: () => this.begin((performance) => performance.show(), () => undefined) });
    this.drawGoal = () => {
      attribute(goal, "data-reached", shown.done ? "true" : "false");
      mark.textContent = shown.done ? "✓" : "○";
      word.textContent = shown.done ? t.goal_reached : t.goal;
      show.hidden = shown.done || card.solution === undefined;
      const next = this.root.querySelector(".next");
      if (next !== null) next.replaceWith(this.next(shown));
    };
    this.drawGoal();
    return el("div", { class: "goal-box" }, goal, show);
  }

  private question({ question }: Card): HTMLElement | null {
    if (question === undefined) return null;
    const { t } = this;
    const { language } = this.lab.state;
    const feedback = el("p", { class: "feedback", role: "status" });
    const id = unique("question");
    const buttons = question.answers.map((answer, at) =>
      el("button", { type: "button", class: "answer", "aria-pressed": "false", onclick: () => choose(at) }, ...inline(answer.text[language])),
    );
    const choose = (at: number): void => {
      const answer = question.answers[at];
      if (answer === undefined) return;
      this.chosen = at;
      for (const [k, button] of buttons.entries()) {
        attribute(button, "aria-pressed", String(k === at));
        button.classList.toggle("right", k === at && answer.right);
        button.classList.toggle("wrong", k === at && !answer.right);
      }
      feedback.className = `feedback ${answer.right ? "right" : "wrong"}`;
      replace(feedback, el("b", { text: `${answer.right ? `✓ ${t.right}` : `✗ ${t.wrong}`} ` }), ...inline(answer.because[language]));
    };
    const box = el(
      "div",
      { class: "question", role: "group", "aria-labelledby": id },
      el("p", { id }, el("b", { text: t.question }), ...inline(question.text[language])),
      el("div", { class: "answers" }, ...buttons),
      feedback,
    );
    if (this.chosen !== null) choose(this.chosen);
    return box;
  }

  private foot(shown: NonNullable<Player["shown"]>, place: string, progress: HTMLElement): HTMLElement {
    const { t } = this;
    const back = el("button", { type: "button", class: "back", text: t.back, title: `${t.back} (B)`, "aria-keyshortcuts": "b", disabled: shown.card === 0, onclick: () => void this.go(-1) });
    const again = el("button", { type: "button", class: "quiet again", text: "↺", title: t.again, "aria-label": t.again, onclick: () => this.opened() });
    return el("footer", { class: "lessons-foot" }, el("div", { class: "lessons-place" }, el("span", { class: "muted", text: place }), progress), back, again, this.next(shown));
  }

  private next(shown: NonNullable<Player["shown"]>): HTMLElement {
    const { t } = this;
    const last = shown.card === shown.lesson.cards.length - 1;
    const text = shown.done ? (last ? t.next_lesson : t.next) : t.skip;
    return el("button", { type: "button", class: shown.done ? "next primary" : "next", text, title: `${text} (N)`, "aria-keyshortcuts": "n", onclick: () => void this.go(1) });
  }
}
