import { describe, expect, it } from "vitest";
import { count, fixed, number, parsed, percent, seconds, typed } from "./format";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [0.5, "0.5000"],
    [-1 / 3, "−0.3333"],
    [1234.5678, "1235"],
    [12345.678, "12346"],
    [1e6, "1.000·10⁶"],
    [0.00012345, "0.0001234"],
    [-1.5e-7, "−1.500·10⁻⁷"],
    [null, "–"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("%s is shown as %s", (value, text) => {
    expect(number(value)).toBe(text);
  });

  it("keeps columns in line, without a negative zero", () => {
    expect([fixed(1.23456), fixed(-1e-9), fixed(null)]).toEqual(["1.2346", "0.0000", "–"]);
  });

  it("says parts, counts and times", () => {
    expect(percent(0.925)).toBe("92.5 %");
    expect(count(1234567)).toBe("1\u202f234\u202f567");
    expect(seconds(0.00123)).toBe("1.23 ms");
    expect(seconds(2.5)).toBe("2.50 s");
  });

  it.each(["0.1", "1e-7", "123456", "-0.25", "1e9", "1.2345e7"])("reads %s back as it is typed", (text) => {
    expect(typed(Number(text))).toBe(text);
    expect(parsed(text)).toBe(Number(text));
  });

  it("reads decimal commas and true minus signs, and nothing that is no number", () => {
    expect([parsed("0,03"), parsed("−2"), parsed(" 1e3 ")]).toEqual([0.03, -2, 1000]);
    expect([parsed(""), parsed("fast"), parsed("1,2,3"), parsed("Infinity")]).toEqual([null, null, null, null]);
  });
});
