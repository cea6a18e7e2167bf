import type { Texts } from "../lab";

const en = {
  none: "Nothing keeps this network from learning, as far as one forward and one backward pass can tell.",
  layer: "layer {layer}",
  severe: "keeps it from learning",
  mild: "slows it down",
  evidence: "Seen",
  cause: "Why",
  cure: "Cure",
  try: "Try it: {change}",
  diverged: "The run diverged in epoch {epoch}, step {step}: {tensor} is the first tensor that is not finite{where}. Shown is the last good state, after epoch {good}.",
  in_layer: ", in layer {layer}",
  smaller: "Train anew with learning rate {rate}",
  show: "Show layer {layer}",
};

const zh: typeof en = {
  none: "从一次前向传播和一次反向传播来看，没有什么妨碍这个网络学习。",
  layer: "第 {layer} 层",
  severe: "妨碍学习",
  mild: "使学习变慢",
  evidence: "现象",
  cause: "原因",
  cure: "对策",
  try: "试一试：{change}",
  diverged: "训练在第 {epoch} 个 epoch 的第 {step} 步发散：{tensor} 最先出现非有限的数{where}。现在显示的是epoch {good} 之后最后的正常状态。",
  in_layer: "，在第 {layer} 层",
  smaller: "用学习率 {rate} 重新训练",
  show: "查看第 {layer} 层",
};

export const diagnoses: Texts<typeof en> = { en, zh };

/** The server's sentences are English; these are the Chinese ones, filled with its facts. The title is in both languages. */
export interface Findings {
  title: { en: string; zh: string };
  evidence: string;
  cause: string;
  cure: string;
}

const RANDOM = "随机初始化权重，例如用 He 初始化。";

export const findings: Record<string, Findings> = {
  diverged: {
    title: { en: "The run diverged", zh: "训练发散" },
    evidence: "第 {epoch} 个 epoch 的第 {step} 步，{tensor} 最先出现非有限的数。",
    cause: "步子迈得过大，一步比一步更大，直到数值超出类型的范围。",
    cure: "用更小的学习率或梯度裁剪，或把 X 标准化。",
  },
  not_finite: {
    title: { en: "Not finite", zh: "非有限的数" },
    evidence: "{tensor} 含有 NaN 或无穷大。",
    cause: "它之后的所有数都失去了意义。",
    cure: "回到之前的参数，用更小的学习率或梯度裁剪。",
  },
  linear_hidden_layers: {
    title: { en: "Linear hidden layers", zh: "线性的隐藏层" },
    evidence: "{layers} 个隐藏层全部使用线性（恒等）激活函数。",
    cause: "线性函数的复合仍是线性函数，有多少层都一样。",
    cure: "在隐藏层使用 ReLU 或 tanh，或去掉这些隐藏层。",
  },
  zero_weights: {
    title: { en: "Zero weights", zh: "权重为零" },
    evidence: "进出该单元的权重全为 0。",
    cause: "导数无法通过，那里的任何参数都不会改变。",
    cure: RANDOM,
  },
  symmetric_units: {
    title: { en: "Symmetric units", zh: "单元对称" },
    evidence: "该层 {units} 个单元只有 {distinct} 组不同的权重。",
    cause: "对称的单元得到相同的导数，永远保持相同：它们等同于一个单元。",
    cure: RANDOM,
  },
  sigmoid_hidden: {
    title: { en: "Sigmoid in a hidden layer", zh: "隐藏层使用 sigmoid" },
    evidence: "该层使用 sigmoid 激活函数，输出的平均值为 {mean}。",
    cause: "平均值接近 0 的输出比接近 ½ 的更适合下一层，而且 sigmoid 的斜率最多为 ¼。",
    cure: "在第 {layer} 层使用 tanh 或 ReLU；sigmoid 只用于输出层。",
  },
  linear_output_for_labels: {
    title: { en: "Linear output for labels", zh: "标签任务使用线性输出" },
    evidence: "标签全为 0 或 1，而输出是线性的；输出在 [0, 1] 之外的比例为 {outside}。",
    cause: "这样的输出不是概率，平方误差还会惩罚正确而有把握的答案。",
    cure: "最后一层使用 {activation}，损失函数使用交叉熵。",
  },
  saturated_units: {
    title: { en: "Saturated units", zh: "单元饱和" },
    evidence: "{units} 个单元中有 {saturated} 个几乎对所有样本都处在 {activation} 的平坦部分；|z| 最大为 {largest}。",
    cause: "那里斜率接近 0，经过它的导数也都接近 0，学习很慢。",
    cure: "用更小的初始权重，把 X 标准化，或使用 ReLU。",
  },
  dead_relu: {
    title: { en: "Dead ReLUs", zh: "死亡的 ReLU" },
    evidence: "{units} 个单元中有 {dead} 个对所有样本的输出都是 0。",
    cause: "它们的斜率也是 0，构成它们的参数都不会改变。",
    cure: "使用 Leaky ReLU、更小的学习率，或用 He 初始化重新开始。",
  },
  inactive_units: {
    title: { en: "Inactive units", zh: "不活跃的单元" },
    evidence: "{units} 个单元中有 {inactive} 个对至少 {examples} 的样本输出为 0。",
    cause: "这一层超过一半的单元几乎学不到任何样本。",
    cure: "使用 Leaky ReLU、更小的学习率，或用 He 初始化重新开始。",
  },
  vanishing_gradients: {
    title: { en: "Vanishing gradients", zh: "梯度消失" },
    evidence: "dZ[1] 的大小是 dZ[{last}] 的 {ratio} 倍。",
    cause: "前面的层几乎不动。",
    cure: "使用 ReLU 和 He 初始化，或减少层数。",
  },
  exploding_gradients: {
    title: { en: "Exploding gradients", zh: "梯度爆炸" },
    evidence: "dZ[1] 的大小是 dZ[{last}] 的 {ratio} 倍。",
    cause: "一步就把前面的层甩得很远。",
    cure: "用更小的初始权重（He 初始化），或使用梯度裁剪。",
  },
  small_updates: {
    title: { en: "Updates are tiny", zh: "更新太小" },
    evidence: "下一步使 W[{layer}] 改变其大小的 {ratio}；约 {healthy} 比较正常。",
    cause: "这一层几乎不变：学习会非常久，除非已经到了终点。",
    cure: "用更大的学习率，或使用 Adam。",
  },
  large_updates: {
    title: { en: "Updates are huge", zh: "更新太大" },
    evidence: "下一步使 W[{layer}] 改变其大小的 {ratio}；约 {healthy} 比较正常。",
    cause: "每一步都抹掉前面学到的大部分东西。",
    cure: "用更小的学习率。",
  },
};
