/**
 * One request at a time, and of those that come meanwhile only the newest: a dragged cursor asks as often as the server answers,
 * and what is shown last is what was asked for last.
 */
export class Newest<A> {
  private waiting: { asked: A } | null = null;
  private working: Promise<void> | null = null;

  constructor(private readonly work: (asked: A) => Promise<void>) {}

  /** Resolves when nothing is left to do. */
  ask(asked: A): Promise<void> {
    this.waiting = { asked };
    this.working ??= this.run().finally(() => {
      this.working = null;
    });
    return this.working;
  }

  /** What is under way: resolves when nothing is left to do. Null: nothing is. */
  get underway(): Promise<void> | null {
    return this.working;
  }

  /** What waits is not wanted any more. */
  forget(): void {
    this.waiting = null;
  }

  private async run(): Promise<void> {
    while (this.waiting !== null) {
      const { asked } = this.waiting;
      this.waiting = null;
      await this.work(asked);
    }
  }
}
