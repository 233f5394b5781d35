"""Evaluation: how well scores order models by the accuracy that they really reached.

All functions take measured accuracies first and scores second, one entry per model. A
model whose accuracy is NaN was not measured and is left out. A score of NaN ranks last.
"""

from skperturb.evaluation._choice import regret_at_k, relative_accuracy_at_k, top_k_recall
from skperturb.evaluation._correlation import kendall_tau, pearson, weighted_kendall_tau
from skperturb.evaluation._static import static_ranking

__all__ = [
    "kendall_tau",
    "pearson",
    "regret_at_k",
    "relative_accuracy_at_k",
    "static_ranking",
    "top_k_recall",
    "weighted_kendall_tau",
]
