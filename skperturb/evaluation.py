"""Evaluation: how well scores order models by the accuracy that they really reached.

All functions take measured accuracies first and scores second, one entry per model. A
model whose accuracy is NaN was not measured and is left out. A score of NaN ranks last.
"""

import numpy as np
from scipy import stats
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

__all__ = [
    "kendall_tau",
    "pearson",
    "regret_at_k",
    "relative_accuracy_at_k",
    "static_ranking",
    "top_k_recall",
    "weighted_kendall_tau",
]


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
    accuracies, scores = _measured(accuracies, scores, at_least=2)
    finite = np.isfinite(scores)
    if not finite.any():
        return 0.0
    scores = np.where(finite, scores, scores[finite].min())
    if np.ptp(scores) == 0 or np.ptp(accuracies) == 0:
        return 0.0
    return float(stats.pearsonr(accuracies, scores)[0])


def relative_accuracy_at_k(accuracies, scores, k=1):
    """
    Best accuracy among the k models with the highest scores, as a share of the best.

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing; the best must be above 0.
    scores : array-like of shape (n_models,)
        Scores of the same models; NaN ranks last. Of models with equal scores the one
        with the lowest accuracy is taken first: ties earn nothing.
    k : int, default=1
        How many models can be tried, at least 1; all, where `k` is above their number.

    Returns
    -------
    share : float
        At most 1, which means that the best model is among the k.

    Examples
    --------
    >>> from skperturb.evaluation import relative_accuracy_at_k
    >>> round(relative_accuracy_at_k([0.8, 0.4, 0.6], [1.0, 3.0, 2.0], k=2), 6)
    0.75
    """
    accuracies, chosen = _chosen(accuracies, scores, k)
    best = accuracies.max()
    if best <= 0:
        msg = f"`accuracies` of relative_accuracy_at_k must have a best above 0, got {best:g}."
        raise ValueError(msg)
    return float(accuracies[chosen].max() / best)


def top_k_recall(accuracies, scores, k=1):
    """
    Share of the k truly best models that are among the k with the highest scores.

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing. Models as accurate as the k-th best all
        count as good.
    scores : array-like of shape (n_models,)
        Scores of the same models; NaN ranks last. Of models with equal scores the one
        with the lowest accuracy is taken first: ties earn nothing.
    k : int, default=1
        How many models count as best, at least 1; all, where `k` is above their number.

    Returns
    -------
    recall : float
        Share in [0, 1].

    Examples
    --------
    >>> from skperturb.evaluation import top_k_recall
    >>> top_k_recall([0.8, 0.4, 0.6], [1.0, 3.0, 2.0], k=2)
    0.5
    """
    accuracies, chosen = _chosen(accuracies, scores, k)
    threshold = np.sort(accuracies)[-len(chosen)]
    return float(np.mean(accuracies[chosen] >= threshold))


def regret_at_k(accuracies, scores, k=1):
    """
    Accuracy lost by trying only the k models with the highest scores.

    Parameters
    ----------
    accuracies : array-like of shape (n_models,)
        Measured accuracies, NaN where missing.
    scores : array-like of shape (n_models,)
        Scores of the same models; NaN ranks last. Of models with equal scores the one
        with the lowest accuracy is taken first: ties earn nothing.
    k : int, default=1
        How many models can be tried, at least 1; all, where `k` is above their number.

    Returns
    -------
    regret : float
        At least 0, in the unit of `accuracies`; 0 where the best model is among the k.

    Examples
    --------
    >>> from skperturb.evaluation import regret_at_k
    >>> round(regret_at_k([0.8, 0.4, 0.6], [1.0, 3.0, 2.0], k=2), 6)
    0.2
    """
    accuracies, chosen = _chosen(accuracies, scores, k)
    return float(accuracies.max() - accuracies[chosen].max())


def static_ranking(accuracies):
    """
    Score every model of a task by how it did on the other tasks.

    The baseline without any metric, which every metric must be held against: a model
    that was good elsewhere is expected to be good here.

    Parameters
    ----------
    accuracies : array-like of shape (n_tasks, n_models)
        Measured accuracies of the same models on several tasks, NaN where missing;
        at least 2 tasks.

    Returns
    -------
    scores : ndarray of shape (n_tasks, n_models)
        Mean rank of the model on the *other* tasks, larger is better, in [0, 1]: 0 is
        the worst model of every other task, 1 the best, and 0.5 the middle. NaN where
        the model was measured on no other task.

    Notes
    -----
    Ranks are scaled by the number of models measured on a task, so that tasks with
    gaps count like the others; ties share their mean rank. A task on which only one
    model was measured says nothing, and is passed over.

    Examples
    --------
    >>> from skperturb.evaluation import static_ranking
    >>> static_ranking([[0.9, 0.8, 0.7], [0.5, 0.6, 0.4], [0.3, 0.2, 0.1]])
    array([[0.75, 0.75, 0.  ],
           [1.  , 0.5 , 0.  ],
           [0.75, 0.75, 0.  ]])
    """
    accuracies = check_array(accuracies, dtype=np.float64, ensure_all_finite="allow-nan")
    if len(accuracies) < 2:
        msg = f"static_ranking needs at least 2 tasks (rows), got {len(accuracies)}."
        raise ValueError(msg)
    n_measured = np.sum(~np.isnan(accuracies), axis=1, keepdims=True)
    ranks = stats.rankdata(accuracies, axis=1, nan_policy="omit")
    shares = np.where(n_measured > 1, (ranks - 1) / np.maximum(n_measured - 1, 1), np.nan)
    known = ~np.isnan(shares)
    shares = np.where(known, shares, 0.0)
    others = known.sum(axis=0) - known
    sums = shares.sum(axis=0) - shares
    return np.divide(sums, others, out=np.full(shares.shape, np.nan), where=others > 0)


def _measured(accuracies, scores, *, at_least=1):
    """Return both as float64 arrays without the models that were not measured."""
    accuracies = column_or_1d(accuracies, dtype=np.float64)
    scores = column_or_1d(scores, dtype=np.float64)
    check_consistent_length(accuracies, scores)
    known = ~np.isnan(accuracies)
    if known.sum() < at_least:
        msg = f"`accuracies` must hold at least {at_least} measured models, got {known.sum()}."
        raise ValueError(msg)
    return accuracies[known], scores[known]


def _rank_correlation(statistic, accuracies, scores):
    """Correlation of the ranks, 0 where ties leave none."""
    accuracies, scores = _measured(accuracies, scores, at_least=2)
    scores = stats.rankdata(np.where(np.isnan(scores), -np.inf, scores))
    if np.ptp(scores) == 0 or np.ptp(accuracies) == 0:
        return 0.0
    return float(statistic(accuracies, scores)[0])


def _chosen(accuracies, scores, k):
    """Return the measured accuracies, and the indices of the k models to try."""
    accuracies, scores = _measured(accuracies, scores)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        msg = f"`k` must be an integer of at least 1, got {k!r}."
        raise ValueError(msg)
    order = np.lexsort((accuracies, -np.where(np.isnan(scores), -np.inf, scores)))
    return accuracies, order[:k]
