"""Ranks: places in a pool, 1 for the best."""

import numpy as np
from scipy.stats import rankdata

# Scores of equal features differ in their last digits with the number of BLAS threads;
# a place in the ranking must not hang on that.
_DIGITS = 9


def rounded(scores):
    """Round scores to the digits that rank them; NaN and infinity stay."""
    flat = [float(f"{score:.{_DIGITS}g}") for score in np.ravel(scores)]
    return np.reshape(flat, np.shape(scores))


def competition_ranks(scores, failed):
    """Rank scores from the largest, equal ones sharing the better place, failures last."""
    return rankdata(np.where(failed, np.inf, -rounded(scores)), method="min").astype(int)


def mean_rank_places(mean_ranks, failed):
    """Rank mean ranks from the smallest, equal ones sharing the better place, failures last."""
    return rankdata(np.where(failed, np.inf, mean_ranks.round(_DIGITS)), method="min").astype(int)
