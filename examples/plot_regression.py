"""
A target without classes
========================

How a reviewer liked a film is a number, not a class. Which metrics rank models for a regression,
and how well?
"""

# %%
# :class:`~skperturb.metrics.LogME`, :class:`~skperturb.metrics.RidgeProbe`,
# :class:`~skperturb.metrics.KNNScore` and :class:`~skperturb.metrics.CKAScore` take a continuous
# target. The perturbations need classes, and do not.

import matplotlib.pyplot as plt

from skperturb import ModelSelector
from skperturb.datasets import load_zoo
from skperturb.evaluation import weighted_kendall_tau
from skperturb.plotting import RankingDisplay

task = load_zoo("text").tasks[1]
metrics = ["logme", "ridge", "knn", "cka"]
selector = ModelSelector(metrics).fit(task.feature_sets, task.labels)
measured = [task.linear_probe[name] for name in selector.names_]
for name, scores in zip(selector.metric_names_, selector.scores_.T, strict=True):
    print(f"{name:6s} tau {weighted_kendall_tau(measured, scores):.2f}")

# %%
# LogME is the default here, too. The truth is the :math:`R^2` of a ridge regression on other rows,
# a relative of LogME and the ridge probe: a fine-tuned truth would be harder.
display = RankingDisplay.from_selector(
    ModelSelector().fit(task.feature_sets, task.labels),
    accuracies=task.linear_probe,
    score_name="LogME",
    accuracy_name="R² of a probe",
)
plt.show()
