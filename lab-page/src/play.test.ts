import { afterEach, describe, expect, it, vi } from "vitest";
import { listenToKeys } from "./keyboard";
import type { Lab, State } from "./lab";
import { remember } from "./preferences";

const labAt = (state: Partial<State>) => ({ state: { epoch: 0, epochs: 10, settings: { epochs: 10 }, ...state }, run: vi.fn(async () => undefined) });
const space = async (lab: ReturnType<typeof labAt>): Promise<void> => {
  const end = listenToKeys(lab as unknown as Lab);
  dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
  end();
  for (let k = 0; k < 5; k++) await Promise.resolve();
};

afterEach(() => localStorage.clear());

describe("the space bar", () => {
  it("starts at a pace that can be watched, or at the one that was chosen", async () => {
    const lab = labAt({ status: "ready" });
    await space(lab);
    expect(lab.run).toHaveBeenLastCalledWith({ action: "start", pace: 200 });
    remember("pace", "");
    await space(lab);
    expect(lab.run).toHaveBeenLastCalledWith({ action: "start", pace: null });
  });

  it("pauses what runs", async () => {
    const lab = labAt({ status: "running" });
    await space(lab);
    expect(lab.run.mock.calls).toEqual([[{ action: "pause" }]]);
  });

  it("goes on after the end for as long again", async () => {
    const lab = labAt({ status: "finished", epoch: 10 });
    await space(lab);
    expect(lab.run.mock.calls).toEqual([[{ action: "start", pace: 200, epochs: 20 }]]);
  });

  it("begins anew what diverged", async () => {
    const lab = labAt({ status: "diverged", epoch: 10 });
    await space(lab);
    expect(lab.run.mock.calls).toEqual([[{ action: "reset" }], [{ action: "start", pace: 200 }]]);
  });
});
