import type { Texts } from "../lab";

const en = {
  hint: "What is exported is the epoch that is shown: epoch {epoch}.",
  save: "Save",
  saved: "Saved: {what}",
  model: "Model file",
  model_help: "Opens with layerwise.Model.load, and with numpy.load.",
  script: "Python script",
  script_help: "Repeats this run with layerwise, bit for bit.",
  numpy: "NumPy code",
  numpy_help: "The network with its weights in plain NumPy.",
  sklearn: "scikit-learn code",
  sklearn_help: "The same network as an MLPClassifier or MLPRegressor.",
  pytorch: "PyTorch code",
  pytorch_help: "The same network as a torch module.",
  predictions: "Predictions",
  predictions_help: "Every example with what the network says of it, as CSV.",
  history: "History",
  history_help: "The cost of every epoch, as CSV.",
};

const zh: typeof en = {
  hint: "导出的是当前显示的 epoch：epoch {epoch}。",
  save: "保存",
  saved: "已保存：{what}",
  model: "模型文件",
  model_help: "可用 layerwise.Model.load 或 numpy.load 打开。",
  script: "Python 脚本",
  script_help: "用 layerwise 逐位重现这次训练。",
  numpy: "NumPy 代码",
  numpy_help: "用纯 NumPy 写成的网络及其权重。",
  sklearn: "scikit-learn 代码",
  sklearn_help: "同一网络，写成 MLPClassifier 或 MLPRegressor。",
  pytorch: "PyTorch 代码",
  pytorch_help: "同一网络，写成 torch 模块。",
  predictions: "预测结果",
  predictions_help: "每个样本及网络对它的预测，CSV 格式。",
  history: "训练历史",
  history_help: "每个 epoch 的代价，CSV 格式。",
};

/* `export` is a word of the language. */
export const exports: Texts<typeof en> = { en, zh };
