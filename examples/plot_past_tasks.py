"""
Can the strength of the perturbation be learned from past tasks?
================================================================

Not from the features of one task: the score of a model says nothing of the order of all. But past
tasks can be asked, whose models were tried: which strength would have ordered them best?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneOut

from skperturb import CappedPCA, ModelRanker, ModelSelector, make_perturbed
from skperturb.datasets import load_zoo
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.metrics import LogME

# %%
# The zoo bundles one task, six kinds of waste. Three are made of it, each to tell two kinds apart.
# They share no photo, but camera and background: **they are not independent**, and may agree more
# than real tasks do. The truth is measured: accuracy of logistic regression, good to 3 or 4 points.
whole, tasks, table = load_zoo().tasks[0], {}, []
for pair in ([0, 1], [2, 3], [4, 5]):
    rows = np.isin(whole.labels, pair)
    y, sets = whole.labels[rows], {model: X[rows] for model, X in whole.feature_sets.items()}
    tasks[" or ".join(whole.class_names[c] for c in pair)] = sets, y
    table.append(ModelSelector(LogisticRegression(max_iter=999)).fit(sets, y).scores_)

# %%
# In the search a sample is a task: three tasks, three splits. The principal components are the same
# for every strength, so they are computed before. With two classes, an alpha of 0.5 moves the means
# of both to one place in every model: nothing is left to order them by, and little long before.
alphas = np.linspace(-0.2, 0.6, 17).round(2)
ranker = ModelRanker(make_perturbed(LogME(), n_components=None))
search = GridSearchCV(ranker, {"metric__attract__alpha": alphas}, cv=LeaveOneOut())
shrink = CappedPCA().fit_transform
short = [({model: shrink(X) for model, X in sets.items()}, y) for sets, y in tasks.values()]
results = search.fit(short, table).cv_results_
taus = np.array([results[f"split{i}_test_score"] for i in range(3)])

# %%
# Each task now gets the strength that was best for the other two. It lands near the top of the
# curve, but the curve is flat there, and its top is no higher than LogME without a perturbation.
figure, axes = plt.subplots(1, 3, figsize=(11, 4.2), sharey=True, layout="constrained")
for i, (ax, (name, task)) in enumerate(zip(axes, tasks.items(), strict=True)):
    others = np.delete(taus, i, axis=0).mean(axis=0)
    best, plain = others.argmax(), ModelSelector(LogME()).fit(*task).scores_
    ax.plot(alphas, others, color="tab:orange", alpha=0.5, label="mean of the other two tasks")
    ax.plot(alphas, taus[i], ".-", color="tab:blue", label="perturbed LogME")
    ax.plot(alphas[best], taus[i, best], "o", ms=12, color="tab:orange", label="chosen on them")
    ax.axhline(weighted_kendall_tau(table[i], plain), color="k", ls="--", label="LogME alone")
    static = weighted_kendall_tau(table[i], static_ranking(table)[i])
    ax.axhline(static, color="gray", ls=":", label="mean rank on the other two")
    ax.axvline(alphas[best], color="tab:orange", lw=0.7)
    ax.set(title=name, xlabel="alpha of Attract")
axes[0].set_ylabel("weighted Kendall tau")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
plt.show()
