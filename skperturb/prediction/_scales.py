"""Scales: accuracies on the whole line, and scores that compare across tasks."""

import numpy as np
from scipy import special, stats

LINKS = ("logit", "identity")
_REACH = 2.0
_NORMAL_MIDDLE_HALF = 1.349  # in deviations


def link(accuracies, name):
    """Return accuracies on the whole line: their logits, or as they are."""
    return special.logit(accuracies) if name == "logit" else np.asarray(accuracies, np.float64)


def inverse_link(values, name):
    """Return the accuracies whose link the values are."""
    return special.expit(values) if name == "logit" else np.asarray(values, np.float64)


def link_variance(accuracies, standard_errors, name):
    """Return the variance on the whole line, to first order; unknown errors count nothing."""
    slope = accuracies * (1.0 - accuracies) if name == "logit" else 1.0
    return np.nan_to_num(standard_errors / slope) ** 2


def center_and_scale(values):
    """
    Return the values less their mean and over their deviation, and both; NaN stays NaN.

    Values that do not differ have no scale: None.
    """
    known = values[~np.isnan(values)]
    if len(known) < 2 or np.ptp(known) <= 1e-9 * np.abs(known).max():
        return None
    location, scale = known.mean(), known.std()
    return (values - location) / scale, location, scale


def draw_in(values):
    """
    Return the values with those beyond two deviations of the middle half drawn in to there.

    A model that fails at a task says little of the others, and would squeeze them together.
    """
    low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75])
    reach = _REACH * (high - low) / _NORMAL_MIDDLE_HALF
    return np.clip(values, middle - reach, middle + reach) if reach > 0 else values


def normal_scores(values):
    """
    Return what a normal sample of the same ranks would look like; NaN stays NaN.

    Ties share a value, and the scale is 1; where no value differs every one is 0.
    """
    known = ~np.isnan(values)
    result = np.full(len(values), np.nan)
    if known.any():
        quantiles = special.ndtri((stats.rankdata(values[known]) - 0.375) / (known.sum() + 0.25))
        centred = center_and_scale(quantiles)
        result[known] = 0.0 if centred is None else centred[0]
    return result
