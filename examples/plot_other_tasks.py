"""
Does a metric beat the mean rank on other tasks?
================================================

A model that was good elsewhere is expected to be good here. That needs no features and no metric:
it is the bar that every metric has to clear.
"""

import matplotlib.pyplot as plt
import numpy as np

from skperturb import ModelSelector, make_perturbed, metrics
from skperturb.datasets import load_accuracies, load_zoo
from skperturb.evaluation import static_ranking, weighted_kendall_tau

# %%
# One task has features: here every metric on 64 components, plain and perturbed, is judged by the
# accuracies after fine-tuning. The mean rank comes from the three other tasks.
zoo = load_zoo()
task, finetuned = zoo.tasks[0], zoo.accuracies.finetuned
table = np.array([[row[model] for model in task.feature_sets] for row in finetuned.values()])
others, pipelines = {"BaseMetric", "BasePoolMetric", "MetricTags", "LEEP", "NCE"}, {}
for name in sorted(set(metrics.__all__) - others):
    metric = getattr(metrics, name)()
    pipelines[name] = make_perturbed(metric, force=None, alpha=None)
    pipelines[f"{name}, perturbed"] = make_perturbed(metric)
here = list(finetuned).index(task.name)
selector = ModelSelector(pipelines, diagnostics=None)
scores = selector.fit(task.feature_sets, task.labels).scores_
taus = np.array([weighted_kendall_tau(table[here], column) for column in scores.T]).reshape(-1, 2)
bar = weighted_kendall_tau(table[here], static_ranking(table)[here])
print(f"mean rank {bar:.2f}, metrics {taus.min():.2f} to {taus.max():.2f}")

# %%
# For published pools without features the bar can be computed too, for each of their tasks.
pools = ["supervised11", "vit", "selfsup12", "medmnist_model", "fgvc_peft"]
tables = [load_accuracies(name).accuracies for name in pools]
bars = [list(map(weighted_kendall_tau, each, static_ranking(each))) for each in tables]

# %%
# No metric clears the bar here, and where the perturbation moves one far, as PARC, it is for the
# worse; that is one task. On the right the bar is high for some pools and middling for others. It
# is low in the last row, whose "models" are ways to tune one and the same network. And a model that
# is new has no mean rank at all.
order = taus.max(axis=1).argsort()
rows, labels = np.arange(len(order)), [list(pipelines)[2 * i] for i in order]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
left.hlines(rows, *np.sort(taus[order].T, axis=0), color="0.85", linewidth=3)
for column, (title, colour) in enumerate({"plain": "0.55", "perturbed": "tab:blue"}.items()):
    left.plot(taus[order, column], rows, "o", color=colour, label=title)
left.axvline(bar, color="tab:red", linewidth=2.5, label="mean rank on other tasks")
left.set(title="the bundled task", xlabel="weighted Kendall tau with the accuracies")
left.set_yticks(rows, labels)
for row, values in enumerate(bars):
    right.plot(values, [row] * len(values), "o", color="tab:red", alpha=0.35, markeredgewidth=0)
    right.plot(np.mean(values), row, "|", color="tab:red", markersize=24, markeredgewidth=2.5)
right.set_yticks(range(len(pools)), pools)
right.set(ylim=(4.5, -0.5), title="published tasks, and their mean", xlabel="weighted Kendall tau")
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()
