"""Correlation of scores with the accuracies that models really reached."""

import numpy as np
from scipy import stats

from skperturb.evaluation._measured import drop_unmeasured


def weighted_kendall_tau(accuracies, scores):
    """
    Rank correlation that counts mistakes among the best models most.

    The field's standard figure: Kendall's tau in which an exchange of ranks r and s
    weighs 1/(r + 1) + 1/(s + 1), as :func:`scipy.stats.weightedtau` computes it.

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing; at least 2 must be there.
    scores : array-like of shape (n_models,)
        Scores of the same models; NaN ranks last.

    Returns
    -------
    tau : float
        Correlation in [-1, 1]; 0 where all scores or all accuracies are tied.

    Examples
    --------
    >>> from skperturb.evaluation import weighted_kendall_tau
    >>> weighted_kendall_tau([0.9, 0.8, 0.7], [3.0, 2.0, 1.0])
    1.0
    """
    return _rank_correlation(stats.weightedtau, accuracies, scores)


def kendall_tau(accuracies, scores):
    """
    Rank correlation that counts all exchanged pairs alike (tau-b).

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing; at least 2 must be there.
    scores : array-like of shape (n_models,)
        Scores of the same models; NaN ranks last.

    Returns
    -------
    tau : float
        Correlation in [-1, 1]; 0 where all scores or all accuracies are tied.

    Examples
    --------
    >>> from skperturb.evaluation import kendall_tau
    >>> round(kendall_tau([0.9, 0.8, 0.7], [3.0, 1.0, 2.0]), 3)
    0.333
    """
    return _rank_correlation(stats.kendalltau, accuracies, scores)


def pearson(accuracies, scores):
    """
    Linear correlation of scores and accuracies.

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing; at least 2 must be there.
    scores : array-like of shape (n_models,)
        Scores of the same models. A score that is not finite has no place on a line:
        it counts as the worst finite score.

    Returns
    -------
    correlation : float
        Correlation in [-1, 1]; 0 where scores or accuracies are constant.

    Examples
    --------
    >>> from skperturb.evaluation import pearson
    >>> round(pearson([0.9, 0.8, 0.7], [3.0, 2.0, 1.0]), 6)
    1.0
    """
    accuracies, scores = drop_unmeasured(accuracies, scores, at_least=2)
    finite = np.isfinite(scores)
    if not finite.any():
        return 0.0
    # Any finite number would be a choice; the worst one favours no other model.
    scores = np.where(finite, scores, scores[finite].min())
    if np.ptp(scores) == 0 or np.ptp(accuracies) == 0:
        return 0.0
    return float(stats.pearsonr(accuracies, scores)[0])


def _rank_correlation(statistic, accuracies, scores):
    """Correlation of the ranks, 0 where ties leave none."""
    accuracies, scores = drop_unmeasured(accuracies, scores, at_least=2)
    # A failed model is the last in rank; as NaN it would make the figure NaN.
    scores = stats.rankdata(np.where(np.isnan(scores), -np.inf, scores))
    if np.ptp(scores) == 0 or np.ptp(accuracies) == 0:
        return 0.0
    return float(statistic(accuracies, scores)[0])
