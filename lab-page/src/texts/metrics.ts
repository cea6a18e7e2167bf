/** Names of what is measured on the held-out examples. */

const names: Record<"en" | "zh", Record<string, string>> = {
  en: { accuracy: "accuracy", rmse: "RMSE" },
  zh: { accuracy: "准确率", rmse: "均方根误差" },
};

export function metricName(language: "en" | "zh", metric: string): string {
  return names[language][metric] ?? metric.replaceAll("_", " ");
}
