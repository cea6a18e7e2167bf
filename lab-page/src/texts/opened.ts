import type { Texts } from "../lab";

const en = {
  layer: "Layer {layer}: {activation}, n[{layer}] = {units}",
  unit: "Unit {unit} of layer {layer}, example {example}",
  close: "Close",
  shape: "{name}, {rows} by {columns}",
  cut: "The first {rows} × {columns} are shown.",
  legend: "Each node: its value, and below it the derivative of the example's loss by it.",
  node: "{name}: value {value}, derivative {grad}{from}.",
  from: ", made of {inputs} by {operation}",
  add: "addition",
  multiply: "multiplication",
  layers: "the layers after it",
  unnamed_add: "sum",
  unnamed_multiply: "product",
  cut_inputs: "{count} more inputs are not drawn.",
  waiting: "Asking for the numbers …",
};

const zh: typeof en = {
  layer: "第 {layer} 层：{activation}，{units} 个单元",
  unit: "第 {layer} 层第 {unit} 个单元，样本 {example}",
  close: "关闭",
  shape: "{name}，{rows} 行 {columns} 列",
  cut: "只显示前 {rows} × {columns} 个。",
  legend: "每个节点：上面是它的值，下面是该样本的损失对它的导数。",
  node: "{name}：值 {value}，导数 {grad}{from}。",
  from: "，由 {inputs} 经 {operation} 得到",
  add: "加法",
  multiply: "乘法",
  layers: "后面各层",
  unnamed_add: "和",
  unnamed_multiply: "乘积",
  cut_inputs: "还有 {count} 个输入没有画出。",
  waiting: "正在取数……",
};

export const opened: Texts<typeof en> = { en, zh };
