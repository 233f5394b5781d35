"""Ranks: places in a pool, 1 for the best."""

import numpy as np
from scipy.stats import rankdata

# Scores of equal features differ in their last digits with the number of BLAS threads;
# a place in the ranking must not hang on that.
_DIGITS = 9


def competition_ranks(scores, failed):
    """Rank scores from the largest, equal ones sharing the better place, failures last."""
    rounded = np.array([float(f"{score:.{_DIGITS}g}") for score in scores])
    return rankdata(np.where(failed, np.inf, -rounded), method="min").astype(int)


def mean_rank_places(mean_ranks, failed):
    """Rank mean ranks from the smallest, equal ones sharing the better place, failures last."""
    rounded = np.where(failed, np.inf, mean_ranks.round(_DIGITS))
    return rankdata(rounded, method="min").astype(int)
