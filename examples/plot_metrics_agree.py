"""
Which metrics agree with one another?
=====================================

Fifteen metrics rank the same 24 models. If all agreed, any would do. Where they do not, do they
look for other things, or are some of them fooled?
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.hierarchy import average, leaves_list, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from skperturb import CappedPCA, ModelSelector, metrics
from skperturb.datasets import load_zoo
from skperturb.evaluation import kendall_tau

# %%
# All metrics that take features and class labels (LEEP and NCE take posteriors), once on the
# features as they are, 64 to 1792 of them, and once on 64 principal components of every model. The
# number of features joins in as if it were a metric.
others = {"BaseMetric", "BasePoolMetric", "MetricTags", "LEEP", "NCE"}
names = sorted(set(metrics.__all__) - others)
selector = ModelSelector({name: getattr(metrics, name)() for name in names}, diagnostics=None)
task = load_zoo().tasks[0]
widths = [X.shape[1] for X in task.feature_sets.values()]
short = {model: CappedPCA().fit_transform(X) for model, X in task.feature_sets.items()}
warnings.filterwarnings("ignore", message="SFDA")  # it is saturated on the raw features
agreement = {}
for title, pool in {"features as they are": task.feature_sets, "64 components": short}.items():
    columns = [*selector.fit(pool, task.labels).scores_.T, widths]
    agreement[title] = np.array([[kendall_tau(a, b) for a in columns] for b in columns])

# %%
# On the raw features there are two camps, and the smaller one sides with the number of features.
# With 64 components it dissolves: most metrics agree, and only TransRate and GBC stand aside. Much
# of the quarrel was about width. (That they agree does not mean that they are right.)
labels, first = [*names, "number of features"], agreement["features as they are"]
distances = squareform(1 - first, checks=False)
order = leaves_list(optimal_leaf_ordering(average(distances), distances))
labels = [labels[i] for i in order]
figure, axes = plt.subplots(1, 2, figsize=(11, 6.2), sharey=True, layout="constrained")
for ax, (title, taus) in zip(axes, agreement.items(), strict=True):
    image = ax.imshow(taus[np.ix_(order, order)], cmap="YlGnBu", vmin=0, vmax=1, aspect="auto")
    ax.set_title(title)
    ax.set_xticks(range(len(labels)), labels, rotation=90)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
figure.colorbar(image, ax=axes, shrink=0.7, label="Kendall tau of two metrics")
plt.show()
