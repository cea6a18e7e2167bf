import { expect, it, vi } from "vitest";
import type { Setting, Settings } from "../protocol";
import { numberControl } from "./control";

const seed: Setting = { name: "seed", group: "training", kind: "integer", default: 3, minimum: 0, maximum: 2 ** 53 };
const dropout: Setting = { name: "dropout", group: "training", kind: "number", default: 0, minimum: 0, maximum: 1 };

it("a whole number is shown with all its digits", () => {
  const control = numberControl(seed, { language: "en", change: vi.fn() }, null);
  control.show({ seed: 1234567891 } as Settings);
  expect(control.root.querySelector("input")?.value).toBe("1234567891");
});

it("says in the page's language what may be typed, and leaves the rest to the server", () => {
  const control = numberControl(dropout, { language: "zh", change: vi.fn() }, null);
  control.show({ dropout: 0 } as Settings);
  const input = control.root.querySelector("input") as HTMLInputElement;
  const said = () => control.root.querySelector(".setting-error")?.textContent;
  input.value = "7";
  input.dispatchEvent(new Event("change"));
  control.object("The 'dropout' parameter of the lab must be a float.");
  expect(said()).toBe("“Dropout”必须在 0 与 1 之间。");
  input.value = "much";
  input.dispatchEvent(new Event("change"));
  expect([input.value, said()]).toEqual(["0", ""]);
  input.value = "0.5";
  input.dispatchEvent(new Event("change"));
  control.object("It does not go with the optimizer.");
  expect(said()).toBe("It does not go with the optimizer.");
});
