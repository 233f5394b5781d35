"""Uncertainty: intervals of scores and places, and who is first how often."""

from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier

from skperturb.selection._bootstrap import (
    interval,
    merits,
    places_of,
    rank_interval,
    replicates,
    shares_of_first,
    spread_factor,
)
from skperturb.selection._scoring import metric_tags


class Uncertainty(NamedTuple):
    """Intervals of scores `(2, n_models, n_metrics)` and of places `(2, n_models)`.

    `p_best` is the share of draws on which a model is first, `(n_models,)`; `merits` is
    what each draw ranks by, `(n_draws, n_models)`.
    """

    scores: np.ndarray
    ranks: np.ndarray
    p_best: np.ndarray
    merits: np.ndarray


def uncertainty_of(table, metrics, codes, level):
    """Return what the resamples of a table tell, None where none was drawn."""
    if not len(table.drawn):
        return None
    factor, n_classes = spread_factor(codes), len(np.unique(codes))
    replicated = np.stack(
        [
            replicates(table.scores[:, i], table.drawn[:, :, i], factor, _bounds(metric, n_classes))
            for i, metric in enumerate(metrics.values())
        ],
        axis=2,
    )
    merit = merits(replicated)
    places = places_of(merit)
    return Uncertainty(
        interval(replicated, level), rank_interval(places, level), shares_of_first(places), merit
    )


def _bounds(metric, n_classes):
    """Return the lowest and the highest score of a metric; a target without classes has none."""
    if is_classifier(metric):
        return 0, 1
    bounds = getattr(metric_tags(metric), "bounds", None)
    return (-np.inf, np.inf) if bounds is None or n_classes < 2 else bounds(n_classes)
