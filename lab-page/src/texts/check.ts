import type { Texts } from "../lab";

const en = {
  why: "Backpropagation against central differences: every derivative of the cost once by the chain rule, once by moving the parameter a little both ways.",
  check: "Check gradients",
  checking: "Checking …",
  ok: "The gradients are right",
  wrong: "The gradients are wrong",
  verdict: "{verdict}: the largest relative error is {error}, the tolerance {tolerance}; {checked} of {of} derivatives were checked.",
  map: "Relative errors of d{tensor}[{layer}], {rows} by {columns}: the largest is {largest}, in row {row}, column {column}.",
  largest: "Largest: row {row}, column {column}",
  analytic: "backpropagation",
  numeric: "central difference",
  error: "relative error",
  legend: "relative error, log scale",
};

const zh: typeof en = {
  why: "反向传播与中心差分对照：代价函数的每个导数，一次用链式法则计算，一次把参数向两边各移动一点来计算。",
  check: "梯度检验",
  checking: "正在检验……",
  ok: "梯度正确",
  wrong: "梯度有误",
  verdict: "{verdict}：最大相对误差为 {error}，容许值为 {tolerance}；共检验了 {of} 个导数中的 {checked} 个。",
  map: "d{tensor}[{layer}] 的相对误差，{rows} 行 {columns} 列：最大为 {largest}，在第 {row} 行第 {column} 列。",
  largest: "最大处：第 {row} 行第 {column} 列",
  analytic: "反向传播",
  numeric: "中心差分",
  error: "相对误差",
  legend: "相对误差，对数刻度",
};

export const check: Texts<typeof en> = { en, zh };
