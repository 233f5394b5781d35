"""Measured: the models whose accuracy is known, and their scores."""

from collections.abc import Mapping

import numpy as np
from sklearn.utils.validation import check_consistent_length, column_or_1d


def drop_unmeasured(accuracies, scores, *, at_least=1):
    """Return both as float64 arrays without the models that were not measured."""
    _check_same_order(accuracies, scores)
    accuracies = _read_numbers("accuracies", accuracies)
    scores = _read_numbers("scores", scores)
    check_consistent_length(accuracies, scores)
    if np.isinf(accuracies).any():
        msg = "`accuracies` must be finite, or NaN where a model was not measured, got infinity."
        raise ValueError(msg)
    known = ~np.isnan(accuracies)
    if known.sum() < at_least:
        msg = f"`accuracies` must hold at least {at_least} measured models, got {known.sum()}."
        raise ValueError(msg)
    return accuracies[known], scores[known]


def _check_same_order(accuracies, scores):
    """Raise where two Series of pandas call their entries by the same names in another order."""
    if not (hasattr(accuracies, "iloc") and hasattr(scores, "iloc")):
        return
    ours, others = accuracies.index, scores.index
    if len(ours) != len(others):
        return
    # Positions may be those of other tables, and names of which some differ are other models.
    are_names = not {ours.dtype.kind, others.dtype.kind} & set("iu")
    if not ours.equals(others) and (are_names or set(ours) == set(others)):
        msg = (
            "`accuracies` and `scores` must hold the same models in the same order, got "
            f"{ours[0]!r} and {others[0]!r} first; take scores.reindex(accuracies.index)."
        )
        raise ValueError(msg)


def _read_numbers(name, values):
    """Return numbers as float64, NaN where they are masked."""
    if isinstance(values, Mapping):
        msg = (
            f"`{name}` must be an array with one entry per model, got {type(values).__name__}; "
            f"take [{name}[model] for model in models]."
        )
        raise TypeError(msg)
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    return column_or_1d(values, dtype=np.float64)
