import { describe, expect, it } from "vitest";
import { contour, decode, pixels, responseColours } from "./bytes";
import { confident, diverging, type Palette, rgb, sequential } from "./colours";
import { columns, placeGraph, SHOWN, tallest, ticks } from "./layout";
import { markerPath } from "./markers";
import { parseMatrix } from "./matrix";
import { scales, valueAt } from "./plane";
import { outline, quantile, recentRange } from "./recent";
import { place, selector } from "./references";

const PALETTE: Palette = { zero: [255, 255, 255], negative: [255, 100, 0], positive: [0, 100, 255], classes: [[10, 0, 0], [0, 20, 0], [0, 0, 30]] };
const encode = (bytes: number[]) => btoa(String.fromCharCode(...bytes));

describe("colours", () => {
  it("run from the negative one through zero to the positive one, and no further", () => {
    expect(diverging(-1, PALETTE)).toEqual(PALETTE.negative);
    expect(diverging(0, PALETTE)).toEqual(PALETTE.zero);
    expect(diverging(7, PALETTE)).toEqual(PALETTE.positive);
  });
  it("of amounts grow lighter from end to end", () => {
    const lightness = Array.from({ length: 20 }, (_, k) => sequential(k / 19)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    expect(lightness).toEqual([...lightness].sort((a, b) => a - b));
  });
  it("of a class are the stronger the surer", () => {
    const blue = (confidence: number) => confident(2, confidence, 3, PALETTE)[0];
    expect(blue(1)).toBeLessThan(blue(0.6));
    expect(blue(0.2)).toBe(blue(1 / 3));
  });
  it("of a theme are read from hexadecimal digits", () => expect(rgb("#d55e00")).toEqual([213, 94, 0]));
});

describe("bytes", () => {
  it("come out of base64 as they went in", () => expect([...decode(encode([0, 1, 127, 128, 255]))]).toEqual([0, 1, 127, 128, 255]));
  it("become opaque pixels in order", () => {
    expect([...pixels(Uint8Array.of(3, 9), (byte, at) => [byte, at, 0])]).toEqual([3, 0, 0, 255, 9, 1, 0, 255]);
  });
  it("of a unit are coloured by value: sigmoid around one half, all else around zero", () => {
    expect(responseColours("softmax", 0.5, 1, PALETTE)(255)).toEqual(PALETTE.positive);
    expect(responseColours("softmax", 0, 0.5, PALETTE)(0)).toEqual(PALETTE.zero);
    expect(responseColours("sigmoid", 0, 1, PALETTE)(0)).toEqual(PALETTE.negative);
    expect(responseColours("relu", 0, 3, PALETTE)(0)).toEqual(PALETTE.zero);
    expect(responseColours("tanh", -1, 0.5, PALETTE)(0)).toEqual(PALETTE.negative);
    expect(responseColours("relu", 0, 0, PALETTE)(255)).toEqual(PALETTE.zero);
  });
  it("are crossed by a contour where they cross the level", () => {
    const lines = contour(Uint8Array.of(0, 200, 0, 200), 2, 100);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toEqual([0.5, 0, 0.5, 1]);
    expect(contour(Uint8Array.of(5, 6, 7, 8), 2, 100)).toEqual([]);
    expect(contour(Uint8Array.of(200, 0, 0, 200), 2, 100)).toHaveLength(2);
  });
});

describe("the network's layout", () => {
  it("folds what is more than it shows", () => {
    const [inputs, hidden] = columns([3, 32]);
    expect(inputs?.nodes.map((node) => node.unit)).toEqual([0, 1, 2]);
    expect([hidden?.nodes.length, hidden?.folded]).toEqual([SHOWN, 20]);
    expect(tallest([3, 32])).toBe(SHOWN + 1);
  });
  it("centres each layer and keeps its nodes inside", () => {
    for (const column of columns([2, 4, 1])) {
      const middle = column.nodes.reduce((sum, node) => sum + node.y, 0) / column.nodes.length;
      expect(middle).toBeCloseTo(50);
      for (const node of column.nodes) expect(node.y > 0 && node.y < 100).toBe(true);
    }
  });
});

describe("a computation graph's layout", () => {
  // w x b: u = w x, z = u + b, a = g(z)
  const nodes = [
    { id: 0, inputs: [] },
    { id: 1, inputs: [] },
    { id: 2, inputs: [] },
    { id: 3, inputs: [0, 1] },
    { id: 4, inputs: [3, 2] },
    { id: 5, inputs: [4] },
  ];
  const at = new Map(placeGraph(nodes).map((placed) => [placed.id, placed]));
  it("puts every node right of its inputs, and a leaf just left of what uses it", () => {
    for (const node of nodes) for (const input of node.inputs) expect(at.get(input)?.column).toBeLessThan(at.get(node.id)?.column ?? 0);
    expect(at.get(2)?.column).toBe(1);
  });
  it("puts no two in one place", () => {
    const places = [...at.values()].map(({ column, row }) => `${column},${row}`);
    expect(new Set(places).size).toBe(nodes.length);
  });
});

describe("ticks", () => {
  it("are round and inside", () => {
    expect(ticks(-1.1, 1.1, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(ticks(0, 80, 5)).toEqual([0, 20, 40, 60, 80]);
    expect(ticks(0.1, 0.3, 4)).toEqual([0.1, 0.15, 0.2, 0.25, 0.3]);
  });
  it("of a range without width are its one number", () => expect(ticks(3, 3, 5)).toEqual([3]));
});

describe("markers", () => {
  it("are of ten kinds", () => expect(new Set(Array.from({ length: 10 }, (_, k) => markerPath(k, 0, 0, 5))).size).toBe(10));
});

describe("matrices people type", () => {
  const read = (text: string) => {
    const typed = parseMatrix(text);
    return "values" in typed ? typed.values : typed;
  };
  it.each([
    ["1 2; 3 4"],
    ["1 2\n3 4"],
    ["1, 2\n3, 4\n"],
    ["1\t2\r\n3\t4"],
    ["[[1 2]\n [3 4]]"],
    ["[[1, 2], [3, 4]]"],
    ["array([[1., 2.],\n       [3., 4.]])"],
    ["1，2；3，4"],
  ])("%j is [[1, 2], [3, 4]]", (text) => expect(read(text)).toEqual([[1, 2], [3, 4]]));
  it("may be negative, with a true minus sign, and have exponents", () => expect(read("−1.5 +2e-3 .5")).toEqual([[-1.5, 0.002, 0.5]]));
  it("are refused with what is wrong", () => {
    expect(read("  ")).toEqual({ problem: "empty" });
    expect(read("1 two")).toEqual({ problem: "number", word: "two" });
    expect(read("1 2; 3")).toEqual({ problem: "ragged", row: 1, lengths: [2, 1] });
    expect(read("0x10")).toEqual({ problem: "number", word: "0x10" });
  });
});

describe("the plane", () => {
  const surface = { side: 2, x: [0, 1], y: [0, 2], x_name: "x", y_name: "y", bytes: encode([0, 255, 51, 102]), classes: null, minimum: 0, maximum: 1 } satisfies Parameters<typeof valueAt>[0];
  it("is read at the nearest point, the largest y on top", () => {
    expect(valueAt(surface, 0.9, 1.9)?.value).toBe(1);
    expect(valueAt(surface, 0.1, 0.1)?.value).toBeCloseTo(0.2);
    expect(valueAt(surface, 3, 0)).toBeNull();
  });
  it("goes from numbers to pixels and back", () => {
    const to = scales(surface, 300, 280);
    expect(to.x(to.left(0.3))).toBeCloseTo(0.3);
    expect(to.y(to.top(1.7))).toBeCloseTo(1.7);
    expect(to.top(2)).toBeLessThan(to.top(0));
  });
});

describe("histograms", () => {
  const histogram = { minimum: 0, maximum: 4, counts: [1, 1, 1, 1] };
  it("have quantiles", () => {
    expect(quantile(histogram, 0.25)).toBeCloseTo(1);
    expect(quantile(histogram, 0.5)).toBeCloseTo(2);
  });
  it("share axes that widen at once and narrow slowly", () => {
    const first = recentRange(null, [histogram]);
    expect(first).toEqual([0, 4]);
    expect(recentRange(first, [{ ...histogram, maximum: 10 }])).toEqual([0, 10]);
    const [, high] = recentRange(first, [{ ...histogram, maximum: 1 }]);
    expect(high).toBeGreaterThan(3.5);
    expect(high).toBeLessThan(4);
  });
  it("of a single value are a line that can be seen", () => expect(outline({ minimum: 2, maximum: 2, counts: [9] }, [0, 4], 100, 30)).toBe("M49.25 30v-30h1.5v30Z"));
});

describe("references", () => {
  it("are read apart", () => {
    expect(place("dW[2]:0,3")).toEqual({ symbol: "dW", layer: 2, row: 0, column: 3 });
    expect(place("Z[1]")).toEqual({ symbol: "Z", layer: 1, row: null, column: null });
    expect(place("J")).toBeNull();
  });
  it("light the number, its edge or its unit, and all numbers of a whole tensor", () => {
    document.body.innerHTML = '<i data-ref="W[1]:0,2"></i><i data-ref="W[1]:0,21"></i><b data-edge="1:0,2"></b><u data-unit="1:0"></u><s data-ref="dW[1]:0,2"></s>';
    const lit = (of: string) => [...document.querySelectorAll(selector(of))].map((element) => element.localName).join("");
    expect(lit("W[1]:0,2")).toBe("ib");
    expect(lit("dW[1]:0,2")).toBe("bs");
    expect(lit("A[1]:0,7")).toBe("u");
    expect(lit("W[1]")).toBe("ii");
  });
});
