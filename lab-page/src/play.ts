/** What the play button and the space bar do. */

import type { Lab } from "./lab";
import { preferredPace } from "./preferences";

/** The pace that a run is asked for; null is full speed. */
export function pace(): number | null {
  return preferredPace() === "" ? null : Number(preferredPace());
}

/** Pause what runs; start what does not: a run that diverged anew, and one that has come to its end for as long again. */
export async function play(lab: Lab): Promise<void> {
  const { status, epoch, epochs, settings } = lab.state;
  if (status === "running") return lab.run({ action: "pause" });
  const broken = status === "diverged" || status === "failed";
  if (broken) await lab.run({ action: "reset" });
  const further = epoch >= epochs && !broken ? { epochs: epoch + settings.epochs } : {};
  await lab.run({ action: "start", pace: pace(), ...further });
}
