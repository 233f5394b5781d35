"""LDAScore: how sure a shrunk linear discriminant analysis is of the right class."""

from typing import Any, NamedTuple

import numpy as np
from scipy import linalg
from scipy.linalg import blas
from sklearn.covariance import shrunk_covariance

from skperturb._blocks import add_scaled, cut, gram, mirrored, product, row_blocks, upper_gram
from skperturb._centred import CentredRows
from skperturb._classes import centred_by, centred_classes, class_rows, within_rows
from skperturb._validation import check_share_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_posteriors,
    mean_own_posterior,
    rounding_trace,
)
from skperturb.metrics._shrinkage import ledoit_wolf_share
from skperturb.metrics._tags import unit_interval

# Of the largest eigenvalue of a covariance: what is below counts as zero in its inverse.
_RANK_TOLERANCE = 1e-12
_EPS = np.finfo(np.float64).eps
_WELL_CONDITIONED = 1e-8  # of the largest squared pivot: above, a Cholesky factor will do


class Pooled(NamedTuple):
    """Centred rows, class means about the same mean, covariance within, and its plain trace."""

    centred: CentredRows
    means: np.ndarray
    covariance: np.ndarray
    trace: float


class ShrunkClass(NamedTuple):
    """Scatter of a class, drawn by its Ledoit-Wolf `share` towards a diagonal `(n_features,)`.

    That is (1 - share) `scatter` + `diagonal`, only the upper triangle of `scatter` being
    filled. A class with no more rows than features leaves it for later, as None.
    """

    share: float
    diagonal: np.ndarray
    scatter: Any


def shrunk_class(within, scales):
    """Shrink the scatter of one class as scikit-learn's LDA does, its features standardised."""
    n_samples, n_features = within.shape
    scatter, precisions = None, scales**-2
    if n_samples > n_features:
        scatter = upper_gram([within], n_features)
        both = precisions @ blas.dgemv(1.0, scatter**2, precisions)
        norm = 2.0 * both - np.sum((np.diagonal(scatter) * precisions) ** 2)
    else:
        standard = within / scales
        norm = np.sum(product(standard, standard.T) ** 2)
    squares = weighted_row_squares(within, precisions)
    share = ledoit_wolf_share(norm, squares, n_features)
    return ShrunkClass(share, share * squares.sum() / n_features * scales**2, scatter)


def weighted_row_squares(rows, weights):
    """Sum of the squares of each row, times the weights of the columns."""
    return np.concatenate([blas.dgemv(1.0, (b**2).T, weights, trans=True) for b in cut(rows)])


def class_scales(variances, n_samples, mean):
    """Standard deviations of a class, but 1 where scikit-learn takes a feature for constant."""
    rounding = n_samples * _EPS * variances + (n_samples * _EPS * mean) ** 2
    return np.where(variances <= rounding, 1.0, np.sqrt(variances))


def pooled_by_class(X, codes, counts):
    """Pool the covariances of the classes, each shrunk; a class of one sample adds nothing.

    The classes that are smaller than the number of features are summed up together.
    """
    n_features = X.shape[1]
    pooled, diagonal = np.zeros((n_features, n_features), order="F"), np.zeros(n_features)
    weights, trace = np.zeros(len(counts)), 0.0
    means = np.zeros((len(counts), n_features))
    for code, mean, within in class_rows(X, codes, counts):
        means[code] = mean
        variances = np.einsum("ij,ij->j", within, within) / len(within)
        trace += len(within) / len(X) * variances.sum()
        shrunk = shrunk_class(within, class_scales(variances, len(within), mean))
        diagonal += shrunk.diagonal
        if shrunk.scatter is None:
            weights[code] = 1.0 - shrunk.share
        else:
            add_scaled(pooled, shrunk.scatter, 1.0 - shrunk.share)
    centred = centred_by(X, means, counts)
    if centred.X is not X:  # rounding was taken for variance
        return pooled_by_class(centred.X, codes, counts)
    if weights.any():
        rows = weighted_rows(centred, means, codes, np.sqrt(weights))
        pooled += upper_gram(rows, n_features)
    pooled.flat[:: n_features + 1] += diagonal
    pooled /= len(X)
    return Pooled(centred, means, mirrored(pooled), trace)


def pooled_as_a_whole(X, codes, counts, shrinkage):
    """Pool the covariances of the classes, and shrink towards a multiple of the identity."""
    centred, means = centred_classes(X, codes, counts)
    covariance = gram(within_rows(centred, means, codes), X.shape[1]) / len(X)
    trace = np.trace(covariance)
    return Pooled(centred, means, shrunk_covariance(covariance, shrinkage), trace)


def weighted_rows(centred, means, codes, weights):
    """Blocks of rows about the means of their classes, times the weights of the classes."""
    chosen = np.flatnonzero(weights[codes])
    for block in row_blocks(len(chosen), centred.shape[1], multiplied=True):
        rows = chosen[block]
        within = centred[rows]
        within -= means[codes[rows]]
        within *= weights[codes[rows], None]
        yield within


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

    Time :math:`O(n d^2 + d^3)`, memory :math:`O(d^2)` and, for "auto", the samples of the
    largest class.

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

    _takes_float32 = True

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
        codes, counts = target.codes, target.counts
        if self.shrinkage == "auto":
            pooled = pooled_by_class(X, codes, counts)
        else:
            pooled = pooled_as_a_whole(X, codes, counts, self.shrinkage)
        means, priors = pooled.means, counts / len(X)
        least = rounding_trace(pooled.trace + priors @ np.sum(means**2, axis=1))
        # Collapsed classes have no covariance; rounding is the least.
        collapsed = pooled.trace <= least
        directions = means.T / least if collapsed else directions_of(pooled.covariance, means)
        posteriors = gaussian_posteriors(
            pooled.centred.times(directions), means, priors, directions
        )
        return mean_own_posterior(posteriors, codes), {}
