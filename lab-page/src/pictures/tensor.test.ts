import { beforeEach, expect, it } from "vitest";
import type { Events, Lab, Reference } from "../lab";
import { lights } from "./references";
import { beginning, type Tensor, tensorTable, update } from "./tensor";

const W: Tensor = { name: "W[1]", shape: [3, 9], values: [[1, -2], [0.5, null]], row: 0, column: 4 };
let table: HTMLTableElement;

beforeEach(() => {
  table = tensorTable(W, { label: "W[1], 3 by 9", heat: true, heads: true });
  document.body.replaceChildren(table);
});

const cells = () => [...table.querySelectorAll<HTMLElement>("td[data-ref]")];

it("numbers have four digits, all of them in the title, and their place in the whole tensor", () => {
  update(table, [[1.23456789, -2], [0.5, null]], true);
  expect(cells().map((cell) => cell.textContent)).toEqual(["1.235", "−2.000", "0.5000", "–"]);
  expect(cells().map((cell) => cell.title)).toEqual(["1.23456789", "-2", "0.5", ""]);
  expect(cells().map((cell) => cell.dataset.ref)).toEqual(["W[1]:0,4", "W[1]:0,5", "W[1]:1,4", "W[1]:1,5"]);
});

it("what is cut off is told by dots, but not the examples beside a chosen one", () => {
  expect(table.textContent).toContain("…");
  expect(table.textContent).toContain("⋮");
  const column = tensorTable({ name: "Z[1]", shape: [2, 300], values: [[1], [2]], row: 0, column: 7 }, { label: "Z[1]", example: true });
  expect(column.querySelector(".more")).toBeNull();
});

it("a large tensor begins an equation, and its dots tell of the rest", () => {
  const values = Array.from({ length: 12 }, (_, i) => Array.from({ length: 7 }, (_, j) => 10 * i + j));
  const short = beginning({ name: "A[0]", shape: [12, 7], values, row: 0, column: 0 });
  expect([short.values.length, short.values[0]?.length]).toEqual([6, 3]);
  expect(short.values[5]?.[2]).toBe(52);
  expect(tensorTable(short, { label: "A[0]" }).textContent).toMatch(/….+⋮/);
  expect(beginning(W).values).toEqual(W.values);
});

it("is one stop of the tabulator key, and arrows walk over its numbers", () => {
  const press = (key: string) => document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const at = () => (document.activeElement as HTMLElement).dataset.ref;
  const [first] = cells();
  first?.focus();
  press("ArrowRight");
  expect(at()).toBe("W[1]:0,5");
  press("ArrowRight"); // the dots are no number
  expect(at()).toBe("W[1]:0,5");
  press("ArrowDown");
  expect(at()).toBe("W[1]:1,5");
  press("Home");
  expect(at()).toBe("W[1]:1,4");
  press("ArrowUp");
  expect(at()).toBe("W[1]:0,4");
  expect(cells().filter((cell) => cell.tabIndex === 0)).toHaveLength(1);
});

it("a focused number lights up everywhere, and goes out with the focus", () => {
  let tell: () => void = () => undefined;
  const state = { lit: null as Reference | null };
  const lab = {
    state,
    light(of: Reference | null) {
      state.lit = of;
      tell();
    },
    on(_: keyof Events, listener: () => void) {
      tell = listener;
      return () => undefined;
    },
  } as unknown as Lab;
  lights(document.body, lab);
  cells()[1]?.focus();
  expect(cells().map((cell) => cell.classList.contains("lit"))).toEqual([false, true, false, false]);
  cells()[1]?.blur();
  expect(document.querySelector(".lit")).toBeNull();
});
