import { expect, it } from "vitest";
import { filled } from "./filled";

it("is a text with facts: whole numbers as they are, others with four digits", () => {
  expect(filled("{units} of {name}: {value}{gone}", { units: 4, name: "W[1]", value: 0.123456 })).toBe("4 of W[1]: 0.1235");
  expect(filled("{healthy}, {half}, {tiny}", { healthy: 0.001, half: 2.5, tiny: 1.5e-7 })).toBe("0.001, 2.5, 1.5·10⁻⁷");
});
