import { describe, expect, it } from "vitest";
import { decode, differences, encode, read, starting, write } from "./address";
import type { Setting, Settings } from "./protocol";

const declared: Setting[] = [
  { name: "preset", group: "data", kind: "choice", default: "flower", choices: ["flower", "spiral"] },
  { name: "points", group: "data", kind: "points", default: [] },
  { name: "target", group: "data", kind: "text", default: null, optional: true },
  { name: "columns", group: "data", kind: "names", default: null, optional: true },
  { name: "hidden", group: "network", kind: "integers", default: [4] },
  { name: "learning_rate", group: "training", kind: "number", default: 1.2 },
  { name: "batch_size", group: "training", kind: "integer", default: null, optional: true },
];
const defaults = starting(declared, {});
const named = (name: string): Setting => declared.find((one) => one.name === name) as Setting;
const changed = (settings: object): Settings => ({ ...defaults, ...settings });

describe("the address", () => {
  it("is empty where everything is as it begins", () => {
    expect(write(declared, {}, defaults, null, null)).toBe("");
  });

  it("holds what differs, readably", () => {
    const fragment = write(declared, {}, changed({ preset: "spiral", hidden: [8, 4], learning_rate: 0.03, batch_size: 32 }), "zh", { id: "symmetry", card: 1 });
    expect(fragment).toBe("#preset=spiral&hidden=8,4&learning_rate=0.03&batch_size=32&lang=zh&lesson=symmetry&card=2");
  });

  it.each([
    ["no hidden layers", { hidden: [] }],
    ["names with commas, signs and other scripts", { columns: ["a,b", "x & y=1", "50%", "年龄", "a+b", "#1", ""] }],
    ["one name", { columns: ["age"] }],
    ["no names", { columns: [] }],
    ["a text that looks like null", { target: "~" }],
    ["points", { points: [[0.5, -1.25, 1], [1e-3, 2, 0]] }],
    ["tiny numbers", { learning_rate: 1e-9 }],
  ])("restores %s", (_, settings) => {
    const wanted = changed(settings);
    const fragment = write(declared, {}, wanted, null, null);
    expect(fragment).not.toBe("");
    expect({ ...defaults, ...read(declared, fragment).settings }).toEqual(wanted);
  });

  it("goes over what the command line gave, back to the default too", () => {
    const given = { learning_rate: 0.5 };
    expect(starting(declared, given).learning_rate).toBe(0.5);
    expect(write(declared, given, starting(declared, given), null, null)).toBe("#learning_rate=0.5");
    const fragment = write(declared, given, defaults, null, null);
    expect({ ...starting(declared, given), ...read(declared, fragment).settings }).toEqual(defaults);
  });

  it("leaves out what means nothing", () => {
    const place = read(declared, "#hidden=4,x&learning_rate=fast&batch_size=1.5&points=1,2&lang=fr&lesson=&card=-3&unknown=1&columns=%25E0%25A4%25A");
    expect(place).toEqual({ settings: {}, language: null, lesson: null });
  });

  it("takes null only where it may stand", () => {
    expect(decode(named("batch_size"), "~")).toBeNull();
    expect(decode(named("learning_rate"), "~")).toBeUndefined();
    expect(encode(named("target"), "~x")).toBe("~~x");
  });

  it("counts cards from one", () => {
    expect(read(declared, "#lesson=cost").lesson).toEqual({ id: "cost", card: 0 });
    expect(read(declared, "#lesson=cost&card=3").lesson).toEqual({ id: "cost", card: 2 });
  });

  it("names what is not the same", () => {
    expect(differences(defaults, changed({ hidden: [4], batch_size: 8 }))).toEqual(["batch_size"]);
  });
});
