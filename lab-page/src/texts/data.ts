import type { Texts } from "../lab";

const en = {
  presets: "Examples from",
  choose: "Choose a CSV file …",
  drop: "or drop it here, or paste the table",
  dropped: "Let go to read the table",
  reading: "Reading {name} …",
  too_large: "{name} has {bytes} bytes; at most {most} are taken. Leave out rows or columns.",
  pasted: "pasted.csv",
  target: "Target",
  columns: "Columns to predict it from",
  all: "All",
  missing: "{missing} missing",
  preview: "First rows of {name}",
  rows: "{rows} rows, {columns} columns",
  draw: "Draw points: click on the prediction",
  brush: "Class {label}",
  undo: "Take back",
  anew: "Begin anew",
  drawn: "{points} points drawn",
  facts: "m = {m} to learn from · {validation} held out · n_x = {inputs}",
  more: "More",
};

const zh: typeof en = {
  presets: "样本来源",
  choose: "选择 CSV 文件……",
  drop: "或拖放到这里，或粘贴表格",
  dropped: "松开即可读取表格",
  reading: "正在读取 {name}……",
  too_large: "{name} 有 {bytes} 字节，最多接受 {most} 字节。请删去一些行或列。",
  pasted: "pasted.csv",
  target: "目标",
  columns: "用来预测的列",
  all: "全部",
  missing: "缺失 {missing}",
  preview: "{name} 的前几行",
  rows: "{rows} 行，{columns} 列",
  draw: "画点：在预测图上点击",
  brush: "类别 {label}",
  undo: "撤回",
  anew: "重新开始",
  drawn: "已画 {points} 个点",
  facts: "训练样本 m = {m} · 验证 {validation} · n_x = {inputs}",
  more: "更多",
};

/** What the cells of a column are. */
export const kinds: Record<"en" | "zh", Record<string, string>> = {
  en: {},
  zh: { numeric: "数字", text: "文本", datetime: "日期", ordinal: "等级" },
};

export const data: Texts<typeof en> = { en, zh };
