import type { Texts } from "../lab";

const en = {
  train: "training",
  validation: "validation",
  other: "compared",
  other_validation: "compared, validation",
  log: "log scale",
  waiting: "The cost of every epoch appears here.",
  picture: "Cost over epochs. Newest: {text}.",
  at: "epoch {epoch}",
  cost: "{name} {cost}",
};

const zh: typeof en = {
  train: "训练",
  validation: "验证",
  other: "对照",
  other_validation: "对照的验证",
  log: "对数坐标",
  waiting: "每个 epoch 的代价会显示在这里。",
  picture: "代价随 epoch 的变化。最新：{text}。",
  at: "epoch {epoch}",
  cost: "{name} {cost}",
};

export const curves: Texts<typeof en> = { en, zh };
