import type { Texts } from "../lab";

const en = {
  x: "Across",
  y: "Up",
  components: "principal components",
  columns: "two columns",
  plane: "Plane",
  none: "No plane to draw yet.",
  binary_seen: "P({class} = 1) on the plane of {x} and {y}, from {low} to {high}. {share} of the plane is above one half. {points} training and {held} validation points.",
  classes_seen: "The likeliest class on the plane of {x} and {y}. {shares}. {points} training and {held} validation points.",
  regression_seen: "{class} on the plane of {x} and {y}, from {low} to {high}. {points} training and {held} validation points.",
  share: "{class}: {share} of the plane",
  training: "training",
  validation: "validation (hollow)",
  keys: "Arrow keys move over the plane and read its values.",
  keys_add: "Arrow keys move over the plane; Enter adds a point.",
  here: "This run",
  other: "The other run",
  probability: "P = {value}",
  output: "output {value}",
  class: "{class}, P = {value}",
};

const zh: typeof en = {
  x: "横轴",
  y: "纵轴",
  components: "主成分",
  columns: "两列特征",
  plane: "平面",
  none: "还没有可画的平面。",
  binary_seen: "在 {x} 与 {y} 的平面上 P({class} = 1) 从 {low} 到 {high}，平面的 {share} 高于二分之一。训练点 {points} 个，验证点 {held} 个。",
  classes_seen: "在 {x} 与 {y} 的平面上最可能的类别。{shares}。训练点 {points} 个，验证点 {held} 个。",
  regression_seen: "在 {x} 与 {y} 的平面上 {class} 从 {low} 到 {high}。训练点 {points} 个，验证点 {held} 个。",
  share: "{class}：占平面的 {share}",
  training: "训练集",
  validation: "验证集（空心）",
  keys: "方向键在平面上移动并读出数值。",
  keys_add: "方向键在平面上移动，回车键添加一个点。",
  here: "本次训练",
  other: "对照训练",
  probability: "P = {value}",
  output: "输出 {value}",
  class: "{class}，P = {value}",
};

export const surface: Texts<typeof en> = { en, zh };
