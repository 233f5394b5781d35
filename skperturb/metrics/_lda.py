"""LDAScore: how sure a shrunk linear discriminant analysis is of the right class."""

import numpy as np

from skperturb._classes import centre, class_means
from skperturb._validation import check_option, check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_posteriors,
    least_directions,
    mean_square,
    regularised_directions,
    rounding_trace,
)
from skperturb.metrics._gram import row_coordinates

_EPS = np.finfo(np.float64).eps


def ledoit_wolf_share(Z):
    """Ledoit-Wolf shrinkage of the covariance of centred rows, on the shorter side.

    scikit-learn's function always forms d x d matrices: for a hundred classes of fifty
    samples that takes most of the time of a discriminant.
    """
    n_samples, n_features = Z.shape
    gram = (Z @ Z.T if n_samples < n_features else Z.T @ Z) / n_samples
    lengths = np.einsum("ij,ij->i", Z, Z)
    size = np.sum(gram**2)  # ||S||^2
    spread = size - lengths.mean() ** 2 / n_features  # ||S - mu I||^2
    noise = (np.mean(lengths**2) - size) / n_samples
    # Two samples have no noise; one feature, or equal variances, have no spread.
    if noise <= 1e-12 * size or spread <= 1e-12 * size:
        return 0.0
    return min(noise / spread, 1.0)


def shrink_classes(within, means, target):
    """Kept share of the covariance of each class, and the pooled ridge of each feature.

    Every class is standardised, shrunk by its own Ledoit-Wolf share and scaled back, as
    in scikit-learn. A feature that is constant within a class is not scaled.
    """
    order = np.argsort(target.codes, kind="stable")
    blocks = np.split(within[order], np.cumsum(target.counts)[:-1])
    kept, ridge = np.empty(len(blocks)), np.zeros(within.shape[1])
    for c, block in enumerate(blocks):
        deviations = np.sqrt(np.einsum("ij,ij->j", block, block) / len(block))
        constant = deviations <= 64 * _EPS * np.abs(means[c])
        scales = np.where(constant, 1.0, deviations)
        share = ledoit_wolf_share(np.where(constant, 0.0, block / scales))
        kept[c] = 1.0 - share
        ridge += len(block) / len(within) * share * np.mean(~constant) * scales**2
    return kept, ridge


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
    feature_names_in_ : ndarray of shape (n_features_in_,)
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

    at the true class, where :math:`S = \\sum_c \\pi_c \\bigl((1-s_c) S_c + s_c m_c D_c^2
    \\bigr)` for "auto" (:math:`s_c` the Ledoit-Wolf share of the standardised class,
    :math:`D_c` its standard deviations, 1 for a feature that is constant within it, and
    :math:`m_c` the share of features that are not), and
    :math:`S = (1-s) S_w + s \\tfrac{\\mathrm{tr} S_w}{d} I` for a float. It equals
    scikit-learn's to rounding, and is faster with many classes or features: covariances
    are never formed class by class, nor of more features than samples.

    Classes of one sample have no covariance and add nothing to :math:`S`; classes of two
    have no Ledoit-Wolf share. Where no class has more than two, :math:`S` is singular and
    the pseudo-inverse is taken (singular values below 1e-7 of the largest count as zero).
    Equal rows within every class (:math:`S = 0`) are classified by the nearest mean, the
    limit of small covariances, while scikit-learn then returns the class shares.
    Constant features score the sum of squared class shares.

    The classifier is scored on the samples it was fitted on: with n near d or below, it
    is high on pure noise as well. "auto" does not depend on the scale of the features
    unless some are constant within a class but not over all of them (dead units, say).

    The code published for ETran and for Spread and Attract calls another quantity LDA:
    see :class:`NearestCentroidScore`.

    Time :math:`O(n d \\min(n, d))`, memory :math:`O(n d)` and one matrix of the shorter
    side.

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

    @staticmethod
    def _bounds(n_classes):
        return 0, 1

    def _check_parameters(self):
        if isinstance(self.shrinkage, str):
            check_option(self, "shrinkage", ("auto",))
        else:
            check_real(self, "shrinkage", low=0.0, high=1.0)

    def _score(self, X, target):
        X = centre(X)
        means = class_means(X, target.codes, target.counts)
        kept, ridge = self._shrunk(X, means, target)
        # In units of the ridge it is the identity, and does not mind a rotation.
        X = row_coordinates(X / np.sqrt(ridge) if ridge.any() else X)
        means = class_means(X, target.codes, target.counts)
        root = (X - means[target.codes]) * np.sqrt(kept / len(X))[target.codes, None]
        if ridge.any():
            directions = regularised_directions(means, root, 1.0)
        else:
            directions = least_directions(means, root)
        posteriors = gaussian_posteriors(X, means, target.counts / len(X), directions)
        return posteriors[np.arange(len(X)), target.codes].mean(), {}

    def _shrunk(self, X, means, target):
        """Kept share of the covariance of each class, and the ridge of each feature."""
        within = X - means[target.codes]
        trace, rounding = mean_square(within), rounding_trace(X)
        n_classes, n_features = means.shape
        if trace <= rounding:
            return np.zeros(n_classes), np.full(n_features, rounding / n_features)
        if isinstance(self.shrinkage, str):
            return shrink_classes(within, means, target)
        share = float(self.shrinkage)
        return np.full(n_classes, 1.0 - share), np.full(n_features, share * trace / n_features)
