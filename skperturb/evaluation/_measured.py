"""Measured: the models whose accuracy is known, and their scores."""

import numpy as np
from sklearn.utils.validation import check_consistent_length, column_or_1d


def drop_unmeasured(accuracies, scores, *, at_least=1):
    """Return both as float64 arrays without the models that were not measured."""
    accuracies = column_or_1d(accuracies, dtype=np.float64)
    scores = column_or_1d(scores, dtype=np.float64)
    check_consistent_length(accuracies, scores)
    if np.isinf(accuracies).any():
        msg = "`accuracies` must be finite, or NaN where a model was not measured, got infinity."
        raise ValueError(msg)
    known = ~np.isnan(accuracies)
    if known.sum() < at_least:
        msg = f"`accuracies` must hold at least {at_least} measured models, got {known.sum()}."
        raise ValueError(msg)
    return accuracies[known], scores[known]
