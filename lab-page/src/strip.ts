/** The equation strip's place and numbers, which follow the epoch that is shown. */

import type { Server } from "./api";
import type { State } from "./lab";
import { Newest } from "./newest";
import type { Line } from "./protocol";

/** While a run goes, the strip follows this often. */
const FOLLOW_MS = 1000;

type Strip = State["strip"];

/** Keeps `state.strip`, and tells when it is another. */
export class StripKeeper {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly fetches = new Newest<Pick<Strip, "batch" | "example">>((where) => this.fetch(where));

  constructor(
    private readonly server: Server,
    private readonly state: { strip: Strip } & Readonly<State>,
    private readonly attempt: (work: () => Promise<void>) => Promise<void>,
    private readonly tell: () => void,
  ) {}

  /** Go to a mini-batch, an example, a line; what is not said stays. */
  async to(where: Partial<{ batch: number; example: number; line: number }>): Promise<void> {
    const before = this.state.strip;
    this.state.strip = { ...before, ...where };
    const { batch, example, shown } = this.state.strip;
    if (shown === null || batch !== before.batch || example !== before.example || shown.epoch !== this.state.snapshot?.epoch) {
      await this.fetches.ask({ batch, example });
    } else this.tell();
  }

  /** Go to the first line of a phase, of a layer. */
  async at(phase: Line["phase"], layer?: number): Promise<void> {
    if (this.state.strip.shown === null) await this.to({});
    const line = this.state.strip.shown?.lines.findIndex((one) => one.phase === phase && (layer === undefined || one.layer === layer)) ?? -1;
    if (line >= 0) await this.to({ line });
  }

  /** Another epoch is shown: at once where the run stands, now and then where it goes. */
  follow(): void {
    const { strip, snapshot, status, cursor } = this.state;
    if (this.timer !== null || snapshot === null || strip.shown?.epoch === snapshot.epoch) return;
    const ask = (): void => {
      this.timer = null;
      const { batch, example } = this.state.strip;
      void this.fetches.ask({ batch, example });
    };
    if (status === "running" && cursor === null && strip.shown !== null) this.timer = setTimeout(ask, FOLLOW_MS);
    else ask();
  }

  forget(): void {
    this.fetches.forget();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async fetch({ batch, example }: Pick<Strip, "batch" | "example">): Promise<void> {
    const { description, snapshot } = this.state;
    // while settings change, the server may already have another experiment than the page shows
    if (snapshot === null || this.state.settings !== description.settings) return;
    await this.attempt(async () => {
      const shown = await this.server.strip(description.id, { epoch: snapshot.epoch, batch, example });
      if (description !== this.state.description) return;
      const line = Math.min(this.state.strip.line, Math.max(shown.lines.length - 1, 0));
      this.state.strip = { batch: shown.batch, example: shown.example, line, shown };
      this.tell();
    });
  }
}
