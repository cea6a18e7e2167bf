import katex from "katex";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { State } from "../lab";
import type { Card, Lesson, Until } from "../lesson";
import { lessons as texts } from "../texts/lessons";
import { ACTIVATIONS, chain, figure, loss } from "./figures";
import { described, reached } from "./goal";
import { prelude } from "./perform";
import { note, progressOf } from "./progress";

const files = import.meta.glob<Lesson>("../../../src/layerwise/lab/lessons/*.json", { eager: true, import: "default" });
const all = Object.values(files);

describe("the lessons' files", () => {
  it("have equations that KaTeX can set, in both languages", () => {
    expect(all.length).toBeGreaterThanOrEqual(10);
    const texts = (node: unknown): string[] => (typeof node === "string" ? [node] : typeof node === "object" && node !== null ? Object.values(node).flatMap(texts) : []);
    const equations = new Set(all.flatMap(texts).flatMap((text) => [...text.matchAll(/\$([^$]+)\$/g)].map(([, latex = ""]) => latex)));
    expect(equations.size).toBeGreaterThan(100);
    for (const latex of equations) expect(() => katex.renderToString(latex, { strict: "error" }), latex).not.toThrow();
  });

  it("state the same equations in both languages", () => {
    const stated = (text: string) => new Set([...text.matchAll(/\$([^$]+)\$/g)].map(([, latex = ""]) => latex.replace(/\\text\{[^}]*\}/g, "")).filter((latex) => latex.includes("=")));
    for (const { id, cards } of all)
      for (const [at, { text }] of cards.entries()) expect([id, at, ...[...stated(text.zh)].sort()]).toEqual([id, at, ...[...stated(text.en)].sort()]);
  });
});

const seen = (state: Partial<State>): Parameters<typeof reached>[1] =>
  ({ epoch: 0, curve: { epoch: [], cost: [], validation_cost: [] }, snapshot: null, settings: {}, flags: [], status: "ready", checked: null, ...state }) as unknown as State;
const snapshot = (part: object): Partial<State> => ({ snapshot: { metrics: {}, diagnoses: [], ...part } as unknown as State["snapshot"] });

describe("a goal", () => {
  const cases: [Until, Partial<State>, Partial<State>][] = [
    [{ epoch: 3 }, { epoch: 2 }, { epoch: 3 }],
    [{ cost_below: 0.4 }, { curve: { epoch: [1], cost: [null, 0.4], validation_cost: [] } }, { curve: { epoch: [1], cost: [0.39, 0.5], validation_cost: [] } }],
    [{ metric: "accuracy", above: 0.85 }, snapshot({ metrics: { accuracy: 0.85 } }), snapshot({ metrics: { accuracy: 0.86 } })],
    [{ setting: "dropout", is: 0.2 }, { settings: { dropout: 0 } as State["settings"] }, { settings: { dropout: 0.2 } as State["settings"] }],
    [{ diagnosis: "dead_relu" }, snapshot({ diagnoses: [{ code: "saturated_units" }] }), snapshot({ diagnoses: [{ code: "dead_relu" }] })],
    [{ diagnosis: "dead_relu" }, {}, { flags: [{ epoch: 4, code: "dead_relu" }] }],
    [{ status: "diverged" }, { status: "running" }, { status: "diverged" }],
    [{ checked: true }, {}, { checked: {} as State["checked"] }],
  ];

  it.each(cases)("%j is reached when it is so, and not before", (until, no, yes) => {
    expect(reached(until, seen(no))).toBe(false);
    expect(reached(until, seen(yes))).toBe(true);
  });

  it.each(cases)("%j has words in both languages", (until) => {
    for (const language of ["en", "zh"] as const) expect(described(until, texts[language], (name) => name)).not.toMatch(/[{}]|^$/);
  });
});

const card = (more: Partial<Card>): Card => ({ title: { en: "", zh: "" }, text: { en: "", zh: "" }, ...more });

describe("a card that is jumped to", () => {
  const lesson = {
    cards: [
      card({ settings: { learning_rate: 1 }, actions: [{ do: "start", epochs: 900 }] }),
      card({ settings: { learning_rate: 2 }, solution: { settings: { seed: 5 }, actions: [{ do: "start", epochs: 40, pace: 2 }] } }),
      card({ actions: [{ do: "epoch" }] }),
      card({}),
      card({ settings: {} }),
    ],
  } as Lesson;

  it("stands on what the cards since the last settings did", () => {
    expect(prelude(lesson, 3)).toEqual({ settings: { seed: 5 }, epochs: 40 });
    expect(prelude(lesson, 4)).toEqual({ settings: {}, epochs: 0 });
    expect(prelude(lesson, 0)).toEqual({ settings: {}, epochs: 0 });
  });
});

describe("progress", () => {
  beforeEach(() => localStorage.clear());

  it("keeps the card to go on with and the cards that are done", () => {
    note("one", 0, true);
    note("one", 2, true);
    note("one", 2, true);
    note("one", 1, false);
    expect(progressOf("one")).toEqual({ card: 1, done: [0, 2] });
    expect(progressOf("other")).toEqual({ card: 0, done: [] });
  });

  it("does without a browser that keeps it, and without sense in what it kept", () => {
    localStorage.setItem("layerwise-lab-lessons", '{"one": {"card": "x", "done": 3}}');
    expect(progressOf("one")).toEqual({ card: 0, done: [] });
    localStorage.setItem("layerwise-lab-lessons", "{");
    expect(progressOf("one")).toEqual({ card: 0, done: [] });
    const refuse = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("full");
    });
    expect(() => note("one", 1, true)).not.toThrow();
    refuse.mockRestore();
  });
});

describe("the small pictures", () => {
  it("compute the course's numbers", () => {
    const nodes = chain(5, 3, 2);
    expect([nodes.u?.value, nodes.v?.value, nodes.J?.value]).toEqual([6, 11, 33]);
    expect([nodes.a?.grad, nodes.b?.grad, nodes.c?.grad]).toEqual([3, 6, 9]);
    expect(loss.one(0.01)).toBeCloseTo(4.605, 3);
    expect(loss.zero(0.5)).toBeCloseTo(Math.log(2), 12);
  });

  it.each(Object.entries(ACTIVATIONS))("the slope of %s is the central difference", (_, { g, slope }) => {
    for (const z of [-4, -1, -0.3, 0.2, 1.5, 5]) expect(slope(z)).toBeCloseTo((g(z + 1e-6) - g(z - 1e-6)) / 2e-6, 6);
  });

  it("say in words what they show, and move", () => {
    for (const kind of ["losses", "activations", "graph"] as const) {
      const picture = figure(kind, texts.en);
      const input = picture.querySelector("input");
      expect(picture.textContent).not.toMatch(/[{}]|NaN|undefined/);
      const told = picture.outerHTML;
      if (input) input.value = "0.7";
      input?.dispatchEvent(new Event("input"));
      expect(picture.outerHTML).not.toBe(told);
    }
    expect(figure("graph", texts.en).querySelector("svg")?.getAttribute("aria-label")).toContain("J = 33");
  });

  it("have texts with the same places in both languages", () => {
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const name of Object.keys(texts.en) as (keyof typeof texts.en)[]) expect([name, places(texts.zh[name])]).toEqual([name, places(texts.en[name])]);
  });
});
