import type { Texts } from "../lab";

const en = {
  edges: "Edges show",
  weights: "weights W",
  gradients: "gradients dW",
  inputs: "Inputs",
  layer: "Layer {layer}",
  output: "Output",
  open_layer: "{name} {activation}, {units} units: open its matrices",
  open_unit: "Unit {unit} of layer {layer}, from {minimum} to {maximum} on the plane: open its computation graph",
  open_unit_plain: "Unit {unit} of layer {layer}: open its computation graph",
  more: "+{count} more",
  binary: "Logistic regression",
  classes: "Softmax regression",
  regression: "Linear regression",
  negative: "negative",
  positive: "positive",
  seen: "A network with {sizes} units, drawn as layers from left to right with {edges} as edges. {layers}",
  seen_layer: "Layer {layer}: the largest is {value}, from unit {from} to unit {to}.",
  hint: "Point at an edge for its number; choose a unit for its computation graph, a layer's name for its matrices.",
};

const zh: typeof en = {
  edges: "连线表示",
  weights: "权重 W",
  gradients: "梯度 dW",
  inputs: "输入层",
  layer: "第 {layer} 层",
  output: "输出层",
  open_layer: "{name} {activation}，{units} 个单元：打开它的矩阵",
  open_unit: "第 {layer} 层第 {unit} 个单元，在平面上从 {minimum} 到 {maximum}：打开它的计算图",
  open_unit_plain: "第 {layer} 层第 {unit} 个单元：打开它的计算图",
  more: "还有 {count} 个",
  binary: "逻辑回归",
  classes: "Softmax 回归",
  regression: "线性回归",
  negative: "负",
  positive: "正",
  seen: "各层单元数为 {sizes} 的神经网络，从左到右逐层画出，连线表示{edges}。{layers}",
  seen_layer: "第 {layer} 层：最大的是 {value}，从单元 {from} 到单元 {to}。",
  hint: "指向连线可看它的数值；选择单元打开计算图，选择层名打开它的矩阵。",
};

export const drawing: Texts<typeof en> = { en, zh };
