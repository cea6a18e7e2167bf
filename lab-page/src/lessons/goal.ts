/** What a card waits for. */

import { equal } from "../address";
import { percent, typed } from "../format";
import type { State } from "../lab";
import type { Until } from "../lesson";
import { filled } from "../texts/filled";
import type { lessons } from "../texts/lessons";

type Seen = Pick<State, "epoch" | "curve" | "snapshot" | "settings" | "flags" | "status" | "checked">;

/** Whether the page shows what a goal asks for. */
export function reached(until: Until, state: Seen): boolean {
  if ("epoch" in until) return state.epoch >= until.epoch;
  if ("cost_below" in until) return state.curve.cost.some((cost) => cost !== null && cost < until.cost_below);
  if ("metric" in until) return (state.snapshot?.metrics[until.metric] ?? Number.NEGATIVE_INFINITY) > until.above;
  if ("setting" in until) return equal(state.settings[until.setting], until.is);
  if ("diagnosis" in until)
    return [...(state.snapshot?.diagnoses ?? []), ...state.flags].some(({ code }) => code === until.diagnosis);
  if ("status" in until) return state.status === until.status;
  return state.checked !== null;
}

/** The goal in words. */
export function described(until: Until, t: (typeof lessons)["en"], setting: (name: string) => string): string {
  if ("epoch" in until) return filled(t.goal_epoch, { epoch: until.epoch });
  if ("cost_below" in until) return filled(t.goal_cost, { cost: typed(until.cost_below) });
  if ("metric" in until) return filled(t.goal_metric, { metric: until.metric === "accuracy" ? t.accuracy : until.metric, above: percent(until.above) });
  if ("setting" in until) return filled(t.goal_setting, { setting: setting(until.setting), value: String(until.is) });
  if ("diagnosis" in until) return t.goal_diagnosis;
  if ("status" in until) return until.status === "diverged" ? t.goal_diverged : t.goal_finished;
  return t.goal_checked;
}
