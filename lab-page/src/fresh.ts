import { none } from "./curve";
import type { Description } from "./protocol";

/** What the page knows of an experiment before its first frame. */
export const fresh = (description: Description) => ({
  description,
  settings: description.settings,
  status: description.status,
  epoch: 0,
  epochs: description.settings.epochs,
  epochsPerSecond: 0,
  curve: none().curve,
  checkpoints: [],
  flags: [],
  divergence: null,
  cursor: null,
  snapshot: null,
  points: null,
  opened: null,
  lit: null,
  checked: null,
  strip: { batch: 0, example: 0, line: 0, shown: null },
});
