import { expect, it } from "vitest";
import { costScale, drawChart, epochScale, type Frame } from "./chart";

it("names as many epochs as have room beside each other", () => {
  for (const [width, last] of [320, 390, 800, 1240].flatMap((wide) => [1, 30, 500, 3000, 100000].map((epochs) => [wide, epochs] as const))) {
    const frame: Frame = { width, height: 66, left: 44, right: 14, top: 12, bottom: 16 };
    const series = [{ class: "train", x: [0, last], y: [1, 0.5] }];
    const drawn = drawChart(series, frame, epochScale(last, frame), costScale(series, false, [50, 12]), { x: 10, y: 2 });
    const labels = drawn.flatMap((one) => [...one.querySelectorAll("text[text-anchor=middle]")]);
    const at = labels.map((label) => ({ x: Number(label.getAttribute("x")), half: 3.5 * (label.textContent ?? "").length }));
    expect(at.length).toBeGreaterThanOrEqual(2);
    for (const [k, one] of at.entries()) if (k > 0) expect(one.x - one.half).toBeGreaterThan((at[k - 1]?.x ?? 0) + (at[k - 1]?.half ?? 0));
  }
});
