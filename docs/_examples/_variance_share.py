"""VarianceShare: how much of the variance of the features lies between the classes."""

import numpy as np

from skperturb.metrics.extending import BaseMetric, check_real, unit_interval


def variance_share(X, codes, counts):
    """tr S_b / tr S_t, and 0 where there is no variance."""
    centred = X - X.mean(axis=0)
    means = np.stack([centred[codes == c].mean(axis=0) for c in range(len(counts))])
    total = np.sum(centred**2)
    if total <= len(X) * np.finfo(np.float64).eps * np.sum(X**2):
        return 0.0  # only rounding is left
    return min(counts @ np.sum(means**2, axis=1) / total, 1.0)


class VarianceShare(BaseMetric):
    """
    Share of the variance of the features that lies between the classes.

    Features score high where the class means lie far apart for the width of the classes.
    It looks at no single direction, only at sums over all of them [1]_.

    Parameters
    ----------
    power : float, default=1.0
        Power to which the share is raised, above 0.

    Attributes
    ----------
    score_ : float
        The share to that power, in [0, 1]; 0 for constant features.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    Notes
    -----
    With the between-class and the total covariance, both 1/n, the score is
    :math:`(\\mathrm{tr} S_b / \\mathrm{tr} S_t)^p`. Time and memory :math:`O(n d)`.

    References
    ----------
    .. [1] R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of
       Eugenics 7(2), 1936.

    Examples
    --------
    >>> from skperturb.metrics import VarianceShare
    >>> X = [[0.0], [2.0], [4.0], [6.0]]
    >>> VarianceShare().fit(X, ["ant", "ant", "bee", "bee"]).score_
    0.8
    """

    def __init__(self, *, power=1.0):
        self.power = power

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"rotation", "scale", "translation"})
        tags.bounds = unit_interval
        return tags

    def _check_parameters(self):
        check_real(self, "power", low=0.0, open_low=True)

    def _score(self, X, target):
        return variance_share(X, target.codes, target.counts) ** self.power, {}
