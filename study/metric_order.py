"""MetricOrder: a metric judged by how it orders the models of tasks, for searches over tasks."""

import warnings
from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator

from skperturb import ModelSelector
from skperturb.evaluation import weighted_kendall_tau
from skperturb.selection import NothingScoredError


class MetricOrder(BaseEstimator):
    """Nothing is learned: samples are tasks, the score is the mean weighted Kendall tau."""

    def __init__(self, metric=None):
        self.metric = metric

    def fit(self, tasks, accuracies):
        """Return itself."""
        return self

    def score(self, tasks, accuracies):
        """Return the mean tau of the metric's scores, or of the mean rank over several metrics."""
        taus = []
        for (sets, y), known in zip(tasks, accuracies, strict=True):
            if isinstance(known, Mapping):
                known = [known.get(model, np.nan) for model in sets]
            taus.append(weighted_kendall_tau(known, self._scores(sets, y)))
        return float(np.mean(taus))

    def _scores(self, sets, y):
        """Return one score per model, NaN where a metric failed."""
        selector = ModelSelector(self.metric, diagnostics=None)
        try:
            selector.fit(sets, y)
        except NothingScoredError as error:
            warnings.warn(str(error), UserWarning, stacklevel=2)
            return np.full(len(sets), np.nan)
        if selector.scores_.ndim == 1:
            return selector.scores_
        failed = np.isnan(selector.scores_).any(axis=1)
        return np.where(failed, np.nan, -selector.results_["mean_rank"])
