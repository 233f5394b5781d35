"""Comparison with the best: which models the first is ahead of by more than luck.

Of many models that are equally good one comes first all the same. How far its luck alone carries
it is seen in draws of the scores around a common value: in each, the first is compared with all
others, and the largest difference, in standard errors, is kept. Only what is above nearly all
of these is more than luck. The models that are surpassed leave, and the rest are compared anew
among themselves (stepdown [1]_), so that models far behind do not make it harder to tell those
in front apart.

.. [1] J. P. Romano, M. Wolf, "Exact and approximate stepdown methods for multiple hypothesis
   testing", Journal of the American Statistical Association 100(469), 2005.
"""

import numpy as np

from skperturb.selection.resampling.jackknife import share_above

_LEAST = 1e-7  # a standard error below that share of its parts is rounding


def find_surpassed(scores, draws, sort_keys, best, level):
    """Return which models the best is ahead of, `(n_models,)`; a model without draws is not.

    With probability `level` none of them is really as good as the best.
    """
    surpassed = np.zeros(len(scores), dtype=bool)
    left = np.flatnonzero(~np.isnan(draws).any(axis=(0, 2)))
    while best in left and len(left) > 1:
        own, equal = mean_scores(scores[left], draws[:, left] - scores[left])
        errors = standard_errors(equal)
        critical = np.quantile(largest_leads(equal, errors), level)
        place = np.searchsorted(left, best)
        beyond = _divide(own[place] - own, errors[place]) > critical
        if not beyond.any():
            break
        surpassed[left[beyond]] = True
        left = left[~beyond]
    # A lead by one metric that is none in ranks does not count.
    shares = [share_above(sort_keys[:, best], keys) for keys in sort_keys.T]
    return surpassed & (np.array(shares) >= level)


def mean_scores(scores, deviations):
    """Return means over the metrics, each in units of its scatter, of scores and deviations.

    Mean ranks would be too coarse to compare a few models by.
    """
    scales = np.median(deviations.std(axis=0), axis=0)  # one erratic model does not set the unit
    scales[scales == 0] = 1.0
    return (scores / scales).mean(axis=1), (deviations / scales).mean(axis=2)


def standard_errors(draws):
    """Return the standard error of the difference of each two models, `(n_models, n_models)`."""
    covariances = np.cov(draws, rowvar=False)
    variances = np.diag(covariances)
    sums = variances[:, None] + variances
    return np.sqrt(np.maximum(sums - 2 * covariances, _LEAST**2 * sums))


def largest_leads(draws, errors):
    """Return by how many standard errors the first of each draw is ahead of another, at most."""
    first = draws.argmax(axis=1)
    leads = draws.max(axis=1, keepdims=True) - draws
    return _divide(leads, errors[first]).max(axis=1)


def _divide(differences, errors):
    """Divide; nothing by nothing is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(differences == 0, 0.0, differences / errors)
