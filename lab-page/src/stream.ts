/**
 * The frames of one experiment, through lost connections: reopened with patience, and told where nobody is left to reopen it.
 * A hidden page lets go of its stream: browsers open six connections to a server, for all pages together.
 */

import { Refused, type Server } from "./api";
import type { Frame, View } from "./protocol";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

export interface Told {
  frame(frame: Frame): void;
  /** Whether the server answers, "closed" where it lets this page in no more. */
  connection(now: boolean | "closed"): void;
  /** The experiment is not there any more. */
  gone(): void;
}

export class Stream {
  private watched: { id: string; view: View } | null = null;
  private end: (() => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private wait = FIRST_WAIT;

  constructor(
    private readonly server: Server,
    private readonly told: Told,
  ) {
    document.addEventListener("visibilitychange", () => {
      const { watched } = this;
      if (watched !== null && document.hidden) this.letGo();
      else if (watched !== null) this.watch(watched.id, watched.view);
    });
  }

  /** Watch an experiment from now on, and no other. */
  watch(id: string, view: View): void {
    this.letGo();
    this.watched = { id, view };
    if (document.hidden) return;
    let open = true;
    const close = this.server.watch(id, view, {
      frame: (frame) => {
        if (!open) return;
        this.wait = FIRST_WAIT;
        this.told.connection(true);
        this.told.frame(frame);
      },
      lost: () => open && this.told.connection(false),
      closed: () => {
        if (!open) return;
        this.told.connection(false);
        this.later(() => void this.ask(id, view));
      },
    });
    this.end = () => {
      open = false;
      close();
    };
  }

  close(): void {
    this.watched = null;
    this.letGo();
  }

  private letGo(): void {
    this.end?.();
    this.end = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private later(what: () => void): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(what, this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }

  /** An event source does not say why it ended; a plain request does. */
  private async ask(id: string, view: View): Promise<void> {
    const asked = this.end;
    try {
      await this.server.points(id, view);
    } catch (refusal) {
      if (asked !== this.end) return;
      const code = refusal instanceof Refused ? refusal.objection.code : "";
      if (code === "gone") this.told.gone();
      else if (code === "forbidden") this.told.connection("closed");
      else this.later(() => void this.ask(id, view));
      return;
    }
    if (asked === this.end) this.watch(id, view);
  }
}
