/** The second experiment of a comparison: the page's own with one thing changed, run beside it. */

import type { Server } from "./api";
import { joined, type Kept, none } from "./curve";
import type { State } from "./lab";
import { Newest } from "./newest";
import type { Description, Frame, Run, Settings, Snapshot } from "./protocol";
import { Stream } from "./stream";

type Shown = NonNullable<State["other"]>;

/** Keeps the second experiment, if there is one, and tells what it shows. */
export class Other {
  private readonly stream: Stream;
  private difference: Partial<Settings> | null = null;
  private shown: Shown | null = null;
  private kept: Kept = none();
  private newest: Snapshot | null = null;
  private cursor: number | null = null;
  private readonly travels = new Newest<number>((epoch) => this.fetchSnapshot(epoch));

  constructor(
    private readonly server: Server,
    private readonly own: Readonly<State>,
    private readonly tell: (shown: Shown | null) => void,
  ) {
    this.stream = new Stream(server, {
      frame: (frame) => this.take(frame),
      connection: () => undefined, // the page's own stream tells
      gone: () => void this.begin(null),
    });
  }

  /** Begin a comparison, or end it. The second run catches up with where the first stands. */
  async begin(difference: Partial<Settings> | null): Promise<void> {
    this.stream.close();
    this.travels.forget();
    this.difference = difference;
    if (difference === null) return this.show(null);
    const description = await this.server.make({ ...this.own.settings, ...difference });
    if (this.difference !== difference) return;
    this.adopt(description);
    const { status, epoch, epochs } = this.own;
    if (status === "running") await this.server.run(description.id, { action: "start", epochs });
    else if (epoch > 0) await this.server.run(description.id, { action: "start", epochs: epoch });
  }

  /** The first experiment was made anew: so is the second, with the same difference. */
  async renew(): Promise<void> {
    if (this.difference !== null) await this.begin(this.difference);
  }

  /** What the first run does, the second does too. */
  async run(what: Run): Promise<void> {
    if (this.shown === null) return;
    const planned = what.action === "start" ? { epochs: this.own.epochs, ...what } : what;
    await this.server.run(this.shown.description.id, planned);
  }

  travel(epoch: number | null): void {
    this.cursor = epoch;
    if (this.shown === null) return;
    if (epoch !== null) void this.travels.ask(Math.min(epoch, this.shown.epoch));
    else if (this.newest !== null) this.show({ ...this.shown, snapshot: this.newest });
  }

  /** The page looks at another plane. */
  look(): void {
    if (this.shown === null) return;
    this.stream.watch(this.shown.description.id, this.own.view);
    this.travel(this.cursor);
  }

  private adopt(description: Description): void {
    this.kept = none();
    this.newest = null;
    this.cursor = null;
    this.show({ description, status: description.status, epoch: 0, curve: this.kept.curve, snapshot: null });
    this.stream.watch(description.id, this.own.view);
  }

  private take(frame: Frame): void {
    const curve = joined(this.kept, frame.curve);
    if (this.shown === null || curve === null) {
      this.look();
      return;
    }
    this.kept = curve;
    this.newest = frame.snapshot ?? this.newest;
    const snapshot = this.cursor === null ? this.newest : this.shown.snapshot;
    this.show({ ...this.shown, status: frame.status, epoch: frame.epoch, curve: curve.curve, snapshot });
  }

  private async fetchSnapshot(epoch: number): Promise<void> {
    const description = this.shown?.description;
    if (description === undefined) return;
    const snapshot = await this.server.snapshot(description.id, epoch, this.own.view).catch(() => null); // thinned away: the last one stays
    if (snapshot !== null && this.shown?.description === description && this.cursor !== null) this.show({ ...this.shown, snapshot });
  }

  private show(shown: Shown | null): void {
    this.shown = shown;
    this.tell(shown);
  }
}
