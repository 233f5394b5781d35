"""Layers: which layer of a network, and which model and layer, by which metric."""

import numpy as np
import pandas as pd

from study.contenders import mean_ranks, singles
from study.elsewhere import mean_rank_elsewhere
from study.figures import mean_over_families, regrets, taus

LAST = "minilm_fp32@layer6"


def layers_table(study, truth):
    """Return how each contender orders the layers of one network, and what choosing them gains.

    `tau` and `lost` (points of accuracy) are of the choice among the layers alone; `gained` is
    how many points the first choice among all models and layers is above that among last layers.
    """
    layers = np.array([model.startswith(LAST[:-1]) for model in study.models])
    last = ~layers | (np.array(study.models) == LAST)
    accuracies = study.accuracies[truth]
    rows = [
        (*name, *_judge(study, accuracies, scores, layers, last))
        for name, scores in contenders(study, truth).items()
    ]
    names = ["ranked by", "features", "tau", "lost", "lost among all", "gained by layers"]
    return pd.DataFrame(rows, columns=names)


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
    lost_by_layers = regrets(accuracies, scores)
    accuracy_of_last = np.where(last, accuracies, np.nan)
    best, best_last = (np.nanmax(each, axis=1) for each in (accuracies, accuracy_of_last))
    reached = 100 * best - lost_by_layers
    reached_last = 100 * best_last - regrets(accuracy_of_last, scores)
    own = (taus(among, scores), regrets(among, scores), lost_by_layers, reached - reached_last)
    return [mean_over_families(each, study.families) for each in own]
