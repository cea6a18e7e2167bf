import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused, type Server, type Watching } from "./api";
import type { Lab } from "./lab";
import type { About, Description, Frame, Settings, Snapshot } from "./protocol";
import { openLab } from "./store";

const about = {
  version: "1",
  settings: [
    { name: "preset", group: "data", kind: "choice", default: "flower", choices: ["flower", "spiral"] },
    { name: "hidden", group: "network", kind: "integers", default: [4] },
    { name: "learning_rate", group: "training", kind: "number", default: 1.2 },
    { name: "points", group: "data", kind: "points", default: [] },
  ],
  presets: [],
  limits: { drawn_points: 3 },
  table: null,
  given: {},
} as unknown as About;

const describes = (id: string, settings: object): Description =>
  ({ id, settings: { epochs: 10, ...settings }, status: "ready", inputs: ["x", "y"], m_validation: 0 }) as unknown as Description;
const snapshotOf = (epoch: number): Snapshot => ({ epoch, layers: [], metrics: {} }) as unknown as Snapshot;
const frameOf = (epoch: number, part: Partial<Frame> = {}): Frame =>
  ({
    number: epoch,
    status: "running",
    epoch,
    epochs: 10,
    curve: { generation: 1, from: 0, epoch: [0, 1], cost: [1, 0.5], validation_cost: [] },
    checkpoints: [0],
    flags: [],
    divergence: null,
    error: null,
    snapshot: snapshotOf(epoch),
    age_ms: 1,
    epochs_per_second: 5,
    ...part,
  }) as Frame;
const refusal = (code: string, setting: string | null = null): Refused => new Refused({ error: `refused: ${code}`, setting, code });

class FakeServer {
  made = 0;
  open: { id: string; watching: Watching }[] = [];
  waiting: ((snapshot: Snapshot) => void)[] = [];
  asked: number[] = [];
  about = async () => about;
  make = vi.fn(async (settings: Partial<Settings>) => describes(`e${++this.made}`, settings));
  change = vi.fn(async (id: string, settings: Settings) => describes(id, settings));
  run = vi.fn(async () => ({ status: "running" as const }));
  points = vi.fn(async () => ({ x: [], y: [], label: [], validation: [], x_name: "x", y_name: "y" }));
  strip = vi.fn(async () => ({ epoch: 0, batch: 0, batches: 1, rows: [], example: 0, lines: [] }));
  lessons = async () => [{ id: "cost", week: 1, section: { en: "", zh: "" }, title: { en: "", zh: "" }, cards: [{ look: ["surface"] }, {}] }];
  snapshot = (_: string, epoch: number): Promise<Snapshot> => {
    this.asked.push(epoch);
    return new Promise((resolve) => this.waiting.push(resolve));
  };
  watch = (id: string, _: unknown, watching: Watching): (() => void) => {
    const entry = { id, watching };
    this.open.push(entry);
    return () => {
      this.open = this.open.filter((one) => one !== entry);
    };
  };
  frame(frame: Frame): void {
    for (const { watching } of [...this.open]) watching.frame(frame);
  }
}

let server: FakeServer;
const open = (): Promise<Lab> => openLab(server as unknown as Server);
const settled = async (): Promise<void> => {
  for (let k = 0; k < 20; k++) await Promise.resolve();
};

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  history.replaceState(null, "", "/");
});
afterEach(() => vi.useRealTimers());

describe("the store", () => {
  it("begins with what the address asks for", async () => {
    history.replaceState(null, "", "/#preset=spiral&lesson=cost");
    const lab = await open();
    expect(server.make).toHaveBeenCalledWith(expect.objectContaining({ preset: "spiral", learning_rate: 1.2 }));
    expect(lab.state.lesson?.lesson.id).toBe("cost");
    expect(lab.state.look).toEqual(["surface"]);
  });

  it("begins with the defaults where the address asks for what is refused, and says so", async () => {
    history.replaceState(null, "", "/#learning_rate=-1");
    server.make.mockRejectedValueOnce(refusal("setting", "learning_rate"));
    const lab = await open();
    const told = vi.fn();
    lab.on("objection", told);
    await vi.runOnlyPendingTimersAsync();
    expect(lab.state.settings.learning_rate).toBe(1.2);
    expect(told).toHaveBeenCalledWith(expect.objectContaining({ error: "refused: setting", setting: null }));
    expect(location.hash).toBe("");
  });

  it("changes settings, writes them into the address, and watches the new experiment", async () => {
    const lab = await open();
    server.frame(frameOf(1));
    await lab.change({ learning_rate: 0.1 });
    expect(location.hash).toBe("#learning_rate=0.1");
    expect(lab.state.epoch).toBe(0);
    expect(lab.state.curve.epoch).toEqual([]);
    expect(server.open).toHaveLength(1);
  });

  it("does not take a run that is over for running because its answer came late", async () => {
    const lab = await open();
    let answer: (now: { status: "running" }) => void = () => undefined;
    server.run.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const started = lab.run({ action: "start" });
    server.frame(frameOf(10, { status: "finished" }));
    answer({ status: "running" });
    await started;
    expect(lab.state.status).toBe("finished");
  });

  it("holds no stream while nobody sees the page", async () => {
    const lab = await open();
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(server.open).toEqual([]);
    await lab.change({ learning_rate: 0.1 });
    expect(server.open).toEqual([]);
    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    expect(server.open).toHaveLength(1);
    server.frame(frameOf(3));
    expect(lab.state.epoch).toBe(3);
  });

  it("sends the newest of changes that come while one is under way", async () => {
    const lab = await open();
    await Promise.all([lab.change({ learning_rate: 0.1 }), lab.change({ learning_rate: 0.2 }), lab.change({ learning_rate: 0.3 })]);
    expect(server.change.mock.calls.map(([, settings]) => settings.learning_rate)).toEqual([0.1, 0.3]);
    expect(lab.state.settings.learning_rate).toBe(0.3);
  });

  it("starts the run of the settings that are shown, however slow their change is", async () => {
    const lab = await open();
    let answer = (): void => undefined;
    server.change.mockImplementationOnce((id, settings) => new Promise((resolve) => (answer = () => resolve(describes(id, settings)))));
    void lab.change({ learning_rate: 0.1 });
    const started = lab.run({ action: "start" });
    await settled();
    expect(server.run).not.toHaveBeenCalled();
    answer();
    await started;
    expect(server.run).toHaveBeenCalledOnce();
    expect(lab.state.description.settings.learning_rate).toBe(0.1);
  });

  it("goes back to what the experiment has where a change is refused, then says why", async () => {
    const lab = await open();
    server.change.mockRejectedValueOnce(refusal("setting", "learning_rate"));
    const order: string[] = [];
    lab.on("settings", () => order.push(`settings ${lab.state.settings.learning_rate}`));
    lab.on("objection", ({ setting }) => order.push(`objection ${setting}`));
    await lab.change({ learning_rate: -1 });
    expect(order).toEqual(["settings -1", "settings 1.2", "objection learning_rate"]);
    expect(location.hash).toBe("");
  });

  it("joins curves and shows the newest snapshot", async () => {
    const lab = await open();
    server.frame(frameOf(1));
    server.frame(frameOf(2, { curve: { generation: 1, from: 2, epoch: [2], cost: [0.25], validation_cost: [] } }));
    expect(lab.state.curve.cost).toEqual([1, 0.5, 0.25]);
    expect(lab.state.snapshot?.epoch).toBe(2);
    server.frame(frameOf(0, { curve: { generation: 2, from: 0, epoch: [0], cost: [9], validation_cost: [] } }));
    expect(lab.state.curve.cost).toEqual([9]);
  });

  it("asks for the stream anew where a piece of the curve is missing", async () => {
    await open();
    const [before] = server.open;
    server.frame(frameOf(9, { curve: { generation: 1, from: 7, epoch: [7], cost: [1], validation_cost: [] } }));
    expect(server.open).toHaveLength(1);
    expect(server.open[0]).not.toBe(before);
  });

  it("travels: one request at a time, the newest wins, and frames do not pull the page away", async () => {
    const lab = await open();
    server.frame(frameOf(8));
    void lab.travel(1);
    void lab.travel(2);
    void lab.travel(3);
    expect(server.asked).toEqual([1]);
    server.waiting[0]?.(snapshotOf(1));
    await settled();
    expect(server.asked).toEqual([1, 3]);
    server.waiting[1]?.(snapshotOf(3));
    await settled();
    server.frame(frameOf(9));
    expect(lab.state.snapshot?.epoch).toBe(3);
    await lab.travel(null);
    expect(lab.state.snapshot?.epoch).toBe(9);
  });

  it("drops a late answer once the page follows the run again", async () => {
    const lab = await open();
    server.frame(frameOf(8));
    void lab.travel(1);
    await lab.travel(null);
    server.waiting[0]?.(snapshotOf(1));
    await settled();
    expect(lab.state.snapshot?.epoch).toBe(8);
  });

  it("makes an experiment that the server dropped anew, once", async () => {
    const lab = await open();
    server.points.mockRejectedValue(refusal("gone"));
    server.open[0]?.watching.closed();
    expect(lab.state.connection).toBe(false);
    const told = vi.fn();
    lab.on("objection", told);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lab.state.description.id).toBe("e2");
    expect(server.make).toHaveBeenCalledTimes(2);
    expect(told).toHaveBeenCalledWith(expect.objectContaining({ code: "gone" }));
  });

  it("tries again where the server is away, and says where the link is no longer let in", async () => {
    const lab = await open();
    server.points.mockRejectedValueOnce(refusal("unreachable"));
    server.open[0]?.watching.closed();
    await vi.advanceTimersByTimeAsync(5000);
    server.frame(frameOf(1));
    expect(lab.state.connection).toBe(true);
    server.points.mockRejectedValueOnce(refusal("forbidden"));
    server.open[0]?.watching.closed();
    await vi.advanceTimersByTimeAsync(5000);
    expect(lab.state.connection).toBe("closed");
  });

  it("opens the stream anew for another view, and only then", async () => {
    const lab = await open();
    const [before] = server.open;
    lab.setView({ surface: lab.state.view.surface });
    expect(server.open[0]).toBe(before);
    lab.setView({ surface: 10 });
    expect(server.open).toHaveLength(1);
    expect(server.open[0]).not.toBe(before);
  });

  it("compares with one thing changed, and both runs do what one is told", async () => {
    const lab = await open();
    await lab.compare({ learning_rate: 5 });
    expect(server.make).toHaveBeenLastCalledWith(expect.objectContaining({ learning_rate: 5 }));
    expect(server.open.map(({ id }) => id)).toEqual(["e1", "e2"]);
    await lab.run({ action: "start" });
    expect(server.run.mock.calls.map((call) => (call as unknown[])[0])).toEqual(["e1", "e2"]);
    await lab.compare(null);
    expect(lab.state.other).toBeNull();
    expect(server.open.map(({ id }) => id)).toEqual(["e1"]);
  });

  it("draws points with the brush up to the limit", async () => {
    const lab = await open();
    lab.addPoint(1, 2);
    expect(server.change).not.toHaveBeenCalled();
    lab.setBrush(1);
    for (let k = 0; k < 5; k++) lab.addPoint(k, 0.123456);
    await settled();
    expect(lab.state.settings.points).toEqual([
      [0, 0.1235, 1],
      [1, 0.1235, 1],
      [2, 0.1235, 1],
    ]);
  });

  it("tells no one who ended listening", async () => {
    const lab = await open();
    const told = vi.fn();
    lab.on("frame", told)();
    server.frame(frameOf(1));
    expect(told).not.toHaveBeenCalled();
  });

  it("makes what a card sets one step with the card's being opened", async () => {
    const lab = await open();
    await lab.openLesson("cost", 1);
    const steps = history.length;
    await lab.change({ learning_rate: 0.1 }, true);
    expect(location.hash).toBe("#learning_rate=0.1&lesson=cost&card=2");
    expect(history.length).toBe(steps);
  });

  it("follows the address back without writing steps of its own", async () => {
    const lab = await open();
    await lab.change({ learning_rate: 0.1 });
    const steps = history.length;
    history.replaceState(null, "", "/#preset=spiral");
    dispatchEvent(new PopStateEvent("popstate"));
    await settled();
    expect(lab.state.settings).toMatchObject({ preset: "spiral", learning_rate: 1.2 });
    expect(location.hash).toBe("#preset=spiral");
    expect(history.length).toBe(steps);
  });
});
