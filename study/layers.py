"""Layers: which layer of a network, and which model and layer, by which metric."""

import numpy as np
import pandas as pd

from study.contenders import mean_ranks, singles
from study.elsewhere import mean_rank_elsewhere
from study.figures import by_family, mean_over_families, regrets, student_interval, taus

LAST = "minilm_fp32@layer6"


def layers_table(study, truth):
    """Return how each contender orders the layers of one network, and what choosing them gains.

    `tau`, `lost` (points of accuracy) and `saved` (less than always taking the last layer loses,
    with Student's interval over families) are of the choice among the layers alone; `gained by
    layers` is how many points the first choice among all models and layers is above that among
    last layers.
    """
    layers = np.array([model.startswith(LAST[:-1]) for model in study.models])
    last = ~layers | (np.array(study.models) == LAST)
    accuracies = study.accuracies[truth]
    rows = [
        (*name, *_judge(study, accuracies, scores, layers, last))
        for name, scores in contenders(study, truth).items()
    ]
    names = ["ranked by", "features", "tau", "lost", "saved", "low", "high"]
    return pd.DataFrame(rows, columns=[*names, "lost among all", "gained by layers"])


def contenders(study, truth):
    """Return what orders layers: every contender, their place in the network, and elsewhere."""
    depth = [float(name.split("@layer")[1]) if "@" in name else 0.0 for name in study.models]
    depths = np.tile(depth, (len(study.tasks), 1))
    elsewhere = mean_rank_elsewhere(study.accuracies[truth], study.families)
    return {
        ("the last layer", "no features"): depths,
        ("mean rank elsewhere", "no features"): elsewhere,
        **singles(study),
        **mean_ranks(study),
    }


def _judge(study, accuracies, scores, layers, last):
    among = np.where(layers, accuracies, np.nan)
    lost = regrets(among, scores)
    at_end = 100 * (np.nanmax(among, axis=1) - accuracies[:, study.models.index(LAST)])
    saved = by_family(at_end - lost, study.families)
    every = regrets(accuracies, scores)
    accuracy_of_last = np.where(last, accuracies, np.nan)
    best, best_last = (np.nanmax(each, axis=1) for each in (accuracies, accuracy_of_last))
    gained = 100 * (best - best_last) - every + regrets(accuracy_of_last, scores)
    tau, lost, every, gained = (
        mean_over_families(each, study.families)
        for each in (taus(among, scores), lost, every, gained)
    )
    return tau, lost, saved.mean(), *student_interval(saved), every, gained
