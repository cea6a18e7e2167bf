import type { Texts } from "../lab";

const en = {
  forward: "Forward",
  loss: "Loss",
  backward: "Backward",
  gradient: "Gradient",
  update: "Update",
  phases: "Phases of one step of gradient descent",
  batch: "Mini-batch",
  of: "of {count}",
  example: "Example",
  row: "number {row} of the training set",
  earlier: "Earlier",
  later: "Later",
  back: "Back",
  next: "Next",
  play: "Play",
  stop: "Stop",
  line: "Line {line} of {count}",
  numbers: "with this network's numbers",
  none: "The equations of a step appear here with the first numbers.",
  tensor: "{name}, {rows} by {columns}",
};

const zh: typeof en = {
  forward: "前向传播",
  loss: "损失",
  backward: "反向传播",
  gradient: "梯度",
  update: "更新",
  phases: "梯度下降一步的各个阶段",
  batch: "Mini-batch",
  of: "共 {count} 个",
  example: "样本",
  row: "训练集中第 {row} 个",
  earlier: "上一个",
  later: "下一个",
  back: "上一步",
  next: "下一步",
  play: "播放",
  stop: "停止",
  line: "第 {line} 行，共 {count} 行",
  numbers: "代入此网络的数值",
  none: "得到第一批数值后，这里会列出一步计算的公式。",
  tensor: "{name}，{rows} 行 {columns} 列",
};

export const strip: Texts<typeof en> = { en, zh };
