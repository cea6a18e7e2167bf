/** Label and help of every setting, and names of what may be chosen; a setting the server declares and this file lacks shows its name. */

interface Words {
  label: string;
  help: string;
}

type Both<T> = { en: T; zh: T };

export const settings: Both<Record<string, Words>> = {
  en: {
    preset: { label: "Examples from", help: "A ready data set, points you draw, or your own table." },
    examples: { label: "Examples", help: "How many examples are made, m; those held out included." },
    noise: { label: "Noise", help: "How far the points are scattered around where they belong." },
    data_seed: { label: "Data seed", help: "Another number draws other examples of the same kind." },
    bits: { label: "Bits", help: "Inputs of the parity: 1 where an odd number of them is 1." },
    validation: { label: "Held out", help: "The part of the examples that is not learnt from, to measure on." },
    points: { label: "Points", help: "The points you drew." },
    table: { label: "Table", help: "Your own table." },
    target: { label: "Target", help: "The column to predict, y." },
    columns: { label: "Columns", help: "The columns to predict it from, x." },
    hidden: { label: "Hidden layers", help: "Units of each hidden layer, n[l]. Without any it is logistic (linear, softmax) regression." },
    activations: { label: "Activations", help: "The function g of each hidden layer: A[l] = g(Z[l])." },
    initialization: { label: "Initialization", help: "How the weights W are drawn before the first step; b begins at zero." },
    scale: { label: "Scale", help: "The standard deviation of normal initial weights." },
    loss: { label: "Loss", help: "What an error costs; auto takes what fits the target." },
    l2: { label: "L2, λ", help: "Weight decay: λ/2m times the sum of all squared weights is added to the cost." },
    dropout: { label: "Dropout", help: "The part of the hidden units that is switched off at random in a step." },
    optimizer: { label: "Optimizer", help: "How gradients become steps." },
    learning_rate: { label: "Learning rate, α", help: "The size of a step: W := W − α dW." },
    batch_size: { label: "Batch size", help: "Examples of a mini-batch, one update each. All: one update an epoch." },
    schedule: { label: "Schedule", help: "How the learning rate changes over the run." },
    epochs: { label: "Epochs", help: "How often the run goes through all examples." },
    seed: { label: "Seed", help: "The same seed gives the same initial weights and the same mini-batches." },
    engine: { label: "Engine", help: "native is the C++ one; numpy is the equations themselves." },
    dtype: { label: "Precision", help: "float64 has more digits, float32 is faster." },
  },
  zh: {
    preset: { label: "样本来源", help: "现成的数据集、自己画的点，或自己的表格。" },
    examples: { label: "样本数", help: "生成多少样本 m，包括留作验证的。" },
    noise: { label: "噪声", help: "点偏离其应在位置的程度。" },
    data_seed: { label: "数据种子", help: "换一个数，得到同类的另一批样本。" },
    bits: { label: "位数", help: "奇偶性问题的输入个数：其中有奇数个 1 时输出 1。" },
    validation: { label: "验证比例", help: "不用于训练、只用于评估的样本比例。" },
    points: { label: "点", help: "自己画的点。" },
    table: { label: "表格", help: "自己的表格。" },
    target: { label: "目标", help: "要预测的列 y。" },
    columns: { label: "列", help: "用来预测的列 x。" },
    hidden: { label: "隐藏层", help: "每个隐藏层的单元数 n[l]。没有隐藏层就是逻辑（线性、softmax）回归。" },
    activations: { label: "激活函数", help: "每个隐藏层的函数 g：A[l] = g(Z[l])。" },
    initialization: { label: "初始化", help: "第一步之前如何抽取权重 W；b 从零开始。" },
    scale: { label: "标准差", help: "正态初始权重的标准差。" },
    loss: { label: "损失", help: "单个样本出错算多少；“自动”取适合目标的损失。" },
    l2: { label: "L2，λ", help: "权重衰减：代价加上 λ/2m 乘以所有权重的平方和。" },
    dropout: { label: "Dropout", help: "每一步中随机关闭的隐藏单元比例。" },
    optimizer: { label: "优化器", help: "如何由梯度得到更新。" },
    learning_rate: { label: "学习率 α", help: "每一步的大小：W := W − α dW。" },
    batch_size: { label: "批大小", help: "一个 mini-batch 的样本数，每批更新一次。全部：每个 epoch 更新一次。" },
    schedule: { label: "学习率调度", help: "学习率在训练中如何变化。" },
    epochs: { label: "Epoch 数", help: "遍历全部样本的次数。" },
    seed: { label: "种子", help: "相同的种子给出相同的初始权重和相同的 mini-batch。" },
    engine: { label: "引擎", help: "native 是 C++ 引擎；numpy 就是公式本身。" },
    dtype: { label: "精度", help: "float64 位数更多，float32 更快。" },
  },
};

/** Names of choices that are more than the technical term; all others are shown as they are, without underscores. */
const choices: Both<Record<string, string>> = {
  en: {
    flower: "planar flower",
    xor: "XOR",
    breast_cancer: "breast cancer",
    points: "your points",
    table: "your table",
    glorot: "Glorot (Xavier)",
    he: "He",
    lecun: "LeCun",
    relu: "ReLU",
    leaky_relu: "leaky ReLU",
    elu: "ELU",
    selu: "SELU",
    gelu: "GELU",
    silu: "SiLU",
    mish: "Mish",
    huber: "Huber",
    nesterov: "Nesterov",
    rmsprop: "RMSProp",
    adam: "Adam",
    adamw: "AdamW",
    native: "native (C++)",
    numpy: "NumPy",
  },
  zh: {
    flower: "平面花形",
    moons: "月牙",
    circles: "同心圆",
    spiral: "螺旋",
    xor: "异或",
    parity: "奇偶性",
    waves: "波浪",
    digits: "手写数字",
    breast_cancer: "乳腺癌",
    points: "自己画的点",
    table: "自己的表格",
    zeros: "全零",
    normal: "正态",
    glorot: "Glorot (Xavier)",
    he: "He",
    lecun: "LeCun",
    identity: "恒等",
    relu: "ReLU",
    leaky_relu: "Leaky ReLU",
    elu: "ELU",
    selu: "SELU",
    gelu: "GELU",
    silu: "SiLU",
    mish: "Mish",
    auto: "自动",
    binary_cross_entropy: "二元交叉熵",
    categorical_cross_entropy: "多类交叉熵",
    squared_error: "平方误差",
    absolute_error: "绝对误差",
    huber: "Huber 损失",
    constant: "恒定",
    inverse_time: "反比衰减",
    step: "阶梯衰减",
    exponential: "指数衰减",
    cosine: "余弦",
    linear: "线性",
    one_cycle: "单周期",
    flat_cosine: "先平后余弦",
    gradient_descent: "梯度下降",
    momentum: "动量",
    nesterov: "Nesterov 动量",
    rmsprop: "RMSProp",
    adam: "Adam",
    adamw: "AdamW",
    native: "native (C++)",
    numpy: "NumPy",
  },
};

export function wordsOf(language: "en" | "zh", name: string): Words {
  return settings[language][name] ?? { label: name.replaceAll("_", " "), help: "" };
}

/** What may be typed, where something else was. */
export function rangeText(language: "en" | "zh", name: string, minimum?: number, maximum?: number): string {
  const { label } = wordsOf(language, name);
  const [low, high] = [minimum, maximum].map((limit) => (limit === undefined ? "…" : Number(limit.toPrecision(6)).toString()));
  return language === "zh" ? `“${label}”必须在 ${low} 与 ${high} 之间。` : `${label} must be between ${low} and ${high}.`;
}

export function choiceName(language: "en" | "zh", choice: string): string {
  return choices[language][choice] ?? choice.replaceAll("_", " ");
}
