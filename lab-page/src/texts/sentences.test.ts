import { expect, it } from "vitest";
import phrasebook from "./sentences.json";
import { sentence } from "./sentences";

const zh = (said: string): string => sentence("zh", said);

it("says a sentence of the server in Chinese, with its facts and the page's names", () => {
  expect(zh("The 'learning_rate' parameter of the lab must be a float in the range [1e-12, 1e+09]. Got -0.1 instead.")).toBe(
    "“学习率 α”必须是 [1e-12, 1e+09] 范围内的数。实际为 -0.1。",
  );
  expect(zh("Unknown optimizer 'adma'. Did you mean 'adam'?")).toBe("“优化器”没有“adma”这个选项。是否想写“adam”？");
  expect(zh("The loss 'binary_cross_entropy' does not go with the task 'regression', whose output activation is 'identity'. Use 'auto' or 'squared_error'.")).toBe(
    "损失函数“二元交叉熵”不适用于“回归”任务，其输出层的激活函数为“恒等”。请用“自动”或“平方误差”。",
  );
});

it("leaves English what is English, and what it does not know", () => {
  const said = "The 'seed' parameter of the lab must be an int in the range [0, 9]. Got -1 instead.";
  expect(sentence("en", said)).toBe(said);
  expect(zh("Give the file again. It is a sentence of tomorrow.")).toBe("Give the file again. It is a sentence of tomorrow.");
  expect(zh("")).toBe("");
});

it("takes the end of a sentence within a place, quotation marks and lines for what they are", () => {
  expect(zh("Unknown setting 'a. b? c'. Known: x.")).toBe("没有“a. b? c”这项设置。可用的有：x。");
  expect(zh(`',' expected after '"'`)).toBe('“"”之后应为“,”');
  expect(zh('The table has no column "Peter\'s". Known: a\nb.')).toBe("表格中没有列“Peter's”。可用的有：a\nb。");
});

it("says phrases within a sentence", () => {
  expect(zh("No column is left to learn from. Dropped: 'a' (empty (every cell is missing)), 'b' (times of day (not used)) and 3 more.")).toBe(
    "没有剩下可用来预测的列。未使用：“a”（该列为空（单元格全部缺失）），“b”（该列是一天中的时刻（不使用））以及另外 3 列。",
  );
  expect(zh("A run that failed cannot go on. Reset it. It failed with: MemoryError: no room")).toBe("失败的训练无法继续。请重置。失败原因：程序出错（MemoryError）：no room");
});

it("is quick with what nobody expects", () => {
  const began = performance.now();
  zh(`Unknown setting '${"a. ".repeat(100)}`);
  expect(performance.now() - began).toBeLessThan(2000);
});

it("has places of one name once", () => {
  for (const { en } of phrasebook) {
    const places = [...en.matchAll(/\{\w+\}/g)].map(([place]) => place);
    expect(new Set(places).size).toBe(places.length);
  }
});
