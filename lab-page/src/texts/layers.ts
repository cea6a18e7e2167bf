import type { Texts } from "../lab";

const en = {
  layers: "Hidden layers",
  layer: "layer",
  units: "Units",
  fewer: "One unit fewer",
  more: "One unit more",
  activation: "Activation",
  remove: "Remove",
  move: "Move",
  add: "layer",
  add_first: "hidden layer",
};

const zh: typeof en = {
  layers: "隐藏层",
  layer: "层",
  units: "单元数",
  fewer: "减少一个单元",
  more: "增加一个单元",
  activation: "激活函数",
  remove: "移除",
  move: "移动",
  add: "层",
  add_first: "隐藏层",
};

export const layers: Texts<typeof en> = { en, zh };
