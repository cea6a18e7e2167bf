/** The cost curve as frames bring it, piece by piece. */

import type { State } from "./lab";
import type { Curve } from "./protocol";

export interface Kept {
  generation: number;
  curve: State["curve"];
}

/** The curve of a run of which no frame is known. */
export const none = (): Kept => ({ generation: -1, curve: { epoch: [], cost: [], validation_cost: [] } });

/** The curve with what a frame says about it; null where points between are missing, so that the stream must begin again. */
export function joined(kept: Kept, news: Curve): Kept | null {
  const before = kept.generation === news.generation ? kept.curve : none().curve;
  if (news.from > before.epoch.length) return null;
  if (kept.generation === news.generation && news.epoch.length === 0 && news.from === before.epoch.length) return kept;
  const join = <T>(old: T[], added: T[]): T[] => [...old.slice(0, news.from), ...added];
  return {
    generation: news.generation,
    curve: {
      epoch: join(before.epoch, news.epoch),
      cost: join(before.cost, news.cost),
      validation_cost: join(before.validation_cost, news.validation_cost),
    },
  };
}
