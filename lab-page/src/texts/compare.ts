import type { Texts } from "../lab";

const en = {
  what: "Change one thing",
  to: "to",
  begin: "Compare",
  end: "End the comparison",
  hint: "A second run with one thing changed, beside this one: the same data, the same seed.",
  this: "this run",
  other: "compared run",
  epoch: "epoch",
  cost: "cost",
  validation_cost: "validation cost",
  table: "The two runs",
  large: "normal, scale {scale} (large)",
  adopt: "Use it",
  adopt_help: "Give this run the other one's setting",
};

const zh: typeof en = {
  what: "只改变一项",
  to: "改为",
  begin: "比较",
  end: "结束比较",
  hint: "在旁边再训练一次，只改变一项：数据相同，种子相同。",
  this: "本次训练",
  other: "对照训练",
  epoch: "epoch",
  cost: "代价",
  validation_cost: "验证代价",
  table: "两次训练",
  large: "正态，标准差 {scale}（大）",
  adopt: "采用",
  adopt_help: "让本次训练采用对照的设置",
};

export const compare: Texts<typeof en> = { en, zh };
