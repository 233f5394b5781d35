"""GBC: how much the classes, taken for Gaussians, overlap."""

import numpy as np
from scipy.spatial.distance import pdist

from skperturb._backend import get_backend, to_numpy
from skperturb._class_stats import class_moments
from skperturb._validation import check_class_sizes, check_option, check_real
from skperturb.metrics._base import BaseMetric


def diagonal_distances(means, variances):
    """Bhattacharyya distances of all pairs of classes with diagonal covariances, on the host.

    One class against the ones after it at a time: memory O(C d), never O(C^2 d).
    """
    xp = get_backend(means).xp
    log_dets = xp.sum(xp.log(variances), axis=1)
    distances = []
    for c in range(means.shape[0] - 1):
        pooled = (variances[c, :] + variances[c + 1 :, :]) / 2
        mahalanobis = xp.sum((means[c, :] - means[c + 1 :, :]) ** 2 / pooled, axis=1)
        volume = xp.sum(xp.log(pooled), axis=1) - (log_dets[c] + log_dets[c + 1 :]) / 2
        distances.append(to_numpy(mahalanobis / 8 + volume / 2))
    return np.concatenate(distances)


def spherical_distances(means, variances):
    """Bhattacharyya distances of all pairs of classes with one variance each."""
    first, second = np.triu_indices(len(means), k=1)
    pooled = (variances[first] + variances[second]) / 2
    volume = np.log(pooled / np.sqrt(variances[first] * variances[second]))
    return pdist(means, "sqeuclidean") / pooled / 8 + means.shape[1] / 2 * volume


def _overlap_bounds(task, n_classes):
    return -n_classes * (n_classes - 1), 0


class GBC(BaseMetric):
    """
    Gaussian Bhattacharyya coefficient: how little the classes overlap.

    Every class is taken for a Gaussian. The score is minus the sum of the overlaps of
    all pairs of classes, so 0 means that none overlap [1]_.

    Parameters
    ----------
    covariance : {"diagonal", "spherical"}, default="diagonal"
        Whether a class has a variance per feature, or one for all.
    var_floor : float, default=1e-4
        Smallest variance, above 0, in squared units of `X`. It keeps features that are
        constant within a class from deciding alone.

    Attributes
    ----------
    score_ : float
        Minus the sum of overlaps, in ``[-n_classes * (n_classes - 1), 0]``.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    skperturb.CappedPCA : Makes features uncorrelated, which the diagonal model assumes.

    Notes
    -----
    With class means :math:`\\mu_i`, variances :math:`V_i` (1/n_c, floored) and
    :math:`V = (V_i + V_j)/2`

    .. math:: \\mathrm{GBC} = - \\sum_{i \\ne j} e^{-B_{ij}}, \\quad
        B_{ij} = \\tfrac18 (\\mu_i - \\mu_j)^\\top V^{-1} (\\mu_i - \\mu_j)
        + \\tfrac12 \\log \\frac{|V|}{\\sqrt{|V_i| |V_j|}} .

    For "spherical" the determinant has d equal factors, so the second term is
    :math:`\\tfrac d2 \\log(v / \\sqrt{v_i v_j})`; public code counts it once and is not
    the Bhattacharyya distance. The floor makes the score depend on the scale of the
    features, "diagonal" on their rotation. With hundreds of features all overlaps
    vanish and the score is 0 for every model: put CappedPCA before it.

    Every class needs 2 samples: one has no variance. Time and the log of every pair and
    feature :math:`O(n d + C^2 d)`, memory :math:`O(C d + C^2)`.

    References
    ----------
    .. [1] M. Pandy, A. Agostinelli, J. Uijlings, V. Ferrari, T. Mensink,
       "Transferability Estimation using Bhattacharyya Class Separability", CVPR 2022,
       arXiv:2111.12780.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import GBC
    >>> X, y = load_iris(return_X_y=True)
    >>> round(GBC().fit(X, y).score_, 4)
    -0.2307
    """

    def __init__(self, *, covariance="diagonal", var_floor=1e-4):
        self.covariance = covariance
        self.var_floor = var_floor

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"translation"})
        tags.bounds = _overlap_bounds
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_option(self, "covariance", ("diagonal", "spherical"))
        check_real(self, "var_floor", low=0.0, open_low=True)

    def _score(self, X, target):
        check_class_sizes(self, target.classes, target.counts, need=2)
        means, variances = class_moments(X, target.codes, len(target.counts))
        if self.covariance == "diagonal":
            xp = get_backend(X).xp
            floor = xp.full_like(variances, float(self.var_floor))
            distances = diagonal_distances(means, xp.maximum(variances, floor))
        else:
            pooled = np.maximum(to_numpy(variances).mean(axis=1), self.var_floor)
            distances = spherical_distances(to_numpy(means), pooled)
        return -2.0 * np.exp(-distances).sum(), {}
