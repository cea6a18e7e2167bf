import type { Texts } from "../lab";

const en = {
  train: "training",
  validation: "validation",
  train_help: "The mean over the steps of an epoch, each before its update, with dropout and the L2 penalty: for full batches the cost before the update. The cost beside the run's controls is that of the weights after the last step.",
  validation_help: "The cost of the examples held out, after the last step of the epoch, without the L2 penalty.",
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
  train_help: "一个 epoch 内各步的平均，每步都在更新之前计算，包含 dropout 和 L2 惩罚：批大小为全部时就是更新之前的代价。训练控制旁边的代价则用最后一步之后的权重计算。",
  validation_help: "留作验证的样本的代价，在该 epoch 最后一步之后计算，不含 L2 惩罚。",
  other: "对照",
  other_validation: "对照的验证",
  log: "对数坐标",
  waiting: "每个 epoch 的代价会显示在这里。",
  picture: "代价随 epoch 的变化。最新：{text}。",
  at: "epoch {epoch}",
  cost: "{name} {cost}",
};

export const curves: Texts<typeof en> = { en, zh };
