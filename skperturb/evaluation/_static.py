"""Static ranking: the baseline that needs no features at all."""

import numpy as np
from scipy import stats
from sklearn.utils.validation import check_array


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
    # All tasks less the one at hand are the others.
    others = known.sum(axis=0) - known
    sums = shares.sum(axis=0) - shares
    return np.divide(sums, others, out=np.full(shares.shape, np.nan), where=others > 0)
