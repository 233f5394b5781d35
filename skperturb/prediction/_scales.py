"""Scales: accuracies on the whole line, and scores that compare across tasks."""

import numpy as np
from scipy import special, stats

LINKS = ("logit", "identity")


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


def normal_scores(values):
    """
    Return what a normal sample of the same ranks would look like; NaN stays NaN.

    The ranks alone count, since metrics differ in where they are steep, and one model that
    fails at a task would squeeze all others together. Ties share a value. The scale is 1 over
    the values that are known; where these do not differ every one is 0.
    """
    known = ~np.isnan(values)
    result = np.full(len(values), np.nan)
    if not known.any():
        return result
    ranks = stats.rankdata(values[known])
    quantiles = stats.norm.ppf((ranks - 0.375) / (known.sum() + 0.25))
    centred = center_and_scale(quantiles)
    result[known] = 0.0 if centred is None else centred[0]
    return result
