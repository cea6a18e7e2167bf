import type { Texts } from "../lab";

const en = {
  activations: "activations A",
  gradients: "derivatives dZ",
  layer: "Layer {layer} · {activation}",
  dead: "dead",
  saturated: "saturated",
  ratio: "update ÷ weights",
  norm: "‖W‖",
  gradient_norm: "‖dW‖",
  ratio_help: "The size of the next update over the size of the weights; about 0.001 is usual.",
  seen: "{name} of layer {layer}: from {minimum} to {maximum}; half of them between {low} and {high}.",
  constant: "{name} of layer {layer}: all of them {minimum}.",
};

const zh: typeof en = {
  activations: "激活值 A",
  gradients: "导数 dZ",
  layer: "第 {layer} 层 · {activation}",
  dead: "死亡单元",
  saturated: "饱和单元",
  ratio: "更新量 ÷ 权重",
  norm: "‖W‖",
  gradient_norm: "‖dW‖",
  ratio_help: "下一次更新的大小与权重大小之比；通常约为 0.001。",
  seen: "第 {layer} 层的{name}：从 {minimum} 到 {maximum}，中间一半在 {low} 与 {high} 之间。",
  constant: "第 {layer} 层的{name}：全部为 {minimum}。",
};

export const histograms: Texts<typeof en> = { en, zh };
