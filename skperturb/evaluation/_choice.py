"""Choice: what trying only the k models with the highest scores gains and loses."""

import numpy as np

from skperturb.evaluation._measured import drop_unmeasured


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
    accuracies, chosen = _choose_top(accuracies, scores, k)
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
    accuracies, chosen = _choose_top(accuracies, scores, k)
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
    accuracies, chosen = _choose_top(accuracies, scores, k)
    return float(accuracies.max() - accuracies[chosen].max())


def _choose_top(accuracies, scores, k):
    """Return the measured accuracies, and the indices of the k models to try."""
    accuracies, scores = drop_unmeasured(accuracies, scores)
    msg = f"`k` must be an integer of at least 1, got {k!r}."
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise TypeError(msg)
    if k < 1:
        raise ValueError(msg)
    # The last key sorts first: by score, of equal ones from the lowest accuracy.
    order = np.lexsort((accuracies, -np.where(np.isnan(scores), -np.inf, scores)))
    return accuracies, order[:k]
