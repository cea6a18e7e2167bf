import type { Texts } from "../lab";

const en = {
  network: "Network",
  training: "Training",
  more: "More",
  all: "all",
  slider: "slider",
  new_seed: "New seed",
  new_seed_help: "Other initial weights and mini-batches; Reset keeps them.",
  shape: "{sizes} · {parameters} parameters",
  output: "output: {units} {activation} · {loss}",
};

const zh: typeof en = {
  network: "网络",
  training: "训练",
  more: "更多",
  all: "全部",
  slider: "滑块",
  new_seed: "新种子",
  new_seed_help: "换一组初始权重和 mini-batch；“重置”则保留它们。",
  shape: "{sizes} · {parameters} 个参数",
  output: "输出：{units} {activation} · {loss}",
};

export const settings: Texts<typeof en> = { en, zh };
