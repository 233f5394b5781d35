"""LDAScore: how sure a shrunk linear discriminant analysis is of the right class."""

import numpy as np
from scipy import linalg
from sklearn.covariance import empirical_covariance, ledoit_wolf, shrunk_covariance
from sklearn.preprocessing import StandardScaler

from skperturb._centred import centre, mean_square
from skperturb._classes import class_means
from skperturb._validation import check_share_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_posteriors,
    mean_own_posterior,
    rounding_trace,
)
from skperturb.metrics._tags import unit_interval

# Of the largest eigenvalue of a covariance: what is below counts as zero in its inverse.
_RANK_TOLERANCE = 1e-12
_WELL_CONDITIONED = 1e-8  # of the largest squared pivot: above, a Cholesky factor will do


def class_covariance(rows, shrinkage):
    """Shrunk covariance (1/n) of the rows of one class, as scikit-learn's LDA has it."""
    if shrinkage != "auto":
        return shrunk_covariance(empirical_covariance(rows), shrinkage)
    scaler = StandardScaler().fit(rows)
    scales = scaler.scale_
    return scales[:, None] * ledoit_wolf(scaler.transform(rows))[0] * scales


def pooled_covariance(X, codes, counts, shrinkage):
    """Mean of the shrunk covariances of the classes; a class of one sample adds zero."""
    pooled = np.zeros((X.shape[1], X.shape[1]))
    for code in np.flatnonzero(counts > 1):
        pooled += counts[code] / len(X) * class_covariance(X[codes == code], shrinkage)
    return pooled


def directions_of(covariance, means):
    """Solve S V = M' for the discriminant directions V, by the pseudo-inverse if need be."""
    try:
        root = linalg.cholesky(covariance, check_finite=False)
    except linalg.LinAlgError:
        root = np.zeros((1, 1))
    pivots = np.diagonal(root) ** 2
    if pivots.min() > _WELL_CONDITIONED * pivots.max():
        return linalg.cho_solve((root, False), means.T, check_finite=False)
    return linalg.pinvh(covariance, rtol=_RANK_TOLERANCE) @ means.T


class LDAScore(BaseMetric):
    """
    Mean probability of the true class under a shrunk linear discriminant analysis.

    What scikit-learn's ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage=...)`` makes
    of the features it was fitted on. Unlike a nearest-centroid classifier it accounts
    for the correlations of the features.

    Parameters
    ----------
    shrinkage : "auto" or float, default="auto"
        How far the covariance is shrunk towards a diagonal: "auto" standardises every
        class and takes its own Ledoit-Wolf estimate; a float in [0, 1] shrinks the pooled
        covariance towards a multiple of the identity. With 0 a singular covariance is
        inverted by the pseudo-inverse.

    Attributes
    ----------
    score_ : float
        Mean posterior of the true class, in [0, 1].
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    NearestCentroidScore : The same with the identity for the covariance.
    SFDA : A discriminant that is asked twice, the second time on harder samples.
    sklearn.discriminant_analysis.LinearDiscriminantAnalysis : The classifier.

    Notes
    -----
    With the class means :math:`\\mu_c`, shares :math:`\\pi_c` and the shrunk within-class
    covariance :math:`S` the score is the mean over samples of

    .. math:: \\mathrm{softmax}_c\\bigl(x^\\top S^{-1} \\mu_c
        - \\tfrac12 \\mu_c^\\top S^{-1} \\mu_c + \\log \\pi_c\\bigr)

    at the true class. :math:`S` is scikit-learn's: for "auto" the mean of the covariances
    of the classes, each shrunk by its own Ledoit-Wolf estimate after its features were
    standardised; for a float :math:`S = (1-s) S_w + s \\tfrac{\\mathrm{tr} S_w}{d} I`.

    It is inverted by the pseudo-inverse, eigenvalues below 1e-12 of the largest counting
    as zero. That matters where it is singular: without shrinkage, and where no class has
    more than two samples, which leaves the Ledoit-Wolf estimate nothing to shrink by;
    scikit-learn's least squares then amplify rounding, and its classifier differs.
    Equal rows within every class (:math:`S = 0`) are classified by the nearest mean, the
    limit of small covariances, while scikit-learn then returns the class shares.
    Constant features score the sum of squared class shares.

    The classifier is scored on the samples it was fitted on: with n near d or below, it
    is high on pure noise as well. "auto" does not depend on the scale of the features
    unless some are constant within a class but not over all of them (dead units, say).

    The code published for ETran and for Spread and Attract calls another quantity LDA:
    see :class:`NearestCentroidScore`.

    Time :math:`O(n d^2 + C d^2 + d^3)`, memory :math:`O(n d + d^2)`; "auto" makes a few
    matrices of d x d for every class, which takes most of its time.

    References
    ----------
    .. [1] R. A. Fisher, "The Use of Multiple Measurements in Taxonomic Problems", Annals
       of Eugenics 7, 1936.
    .. [2] O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional
       covariance matrices", Journal of Multivariate Analysis 88, 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import LDAScore
    >>> X, y = load_iris(return_X_y=True)
    >>> round(LDAScore().fit(X, y).score_, 4)
    0.9706
    """

    def __init__(self, *, shrinkage="auto"):
        self.shrinkage = shrinkage

    @property
    def _invariances(self):
        changes = set() if isinstance(self.shrinkage, str) else {"rotation", "scale"}
        return frozenset({"translation"} | changes)

    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        check_share_or_option(self, "shrinkage", ("auto",))

    def _score(self, X, target):
        X = centre(X)
        means = class_means(X, target.codes, target.counts)
        if mean_square(X - means[target.codes]) <= rounding_trace(mean_square(X)):
            # Collapsed classes have no covariance; rounding is the least.
            directions = means.T / rounding_trace(mean_square(X))
        else:
            pooled = pooled_covariance(X, target.codes, target.counts, self.shrinkage)
            directions = directions_of(pooled, means)
        posteriors = gaussian_posteriors(X, means, target.counts / len(X), directions)
        return mean_own_posterior(posteriors, target.codes), {}
