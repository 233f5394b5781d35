"""LDAScore: how sure a shrunk linear discriminant analysis is of the right class."""

from scipy import linalg

from skperturb._backend import to_numpy
from skperturb._chunked import ROUNDINGS
from skperturb._validation import check_fraction_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.cholesky import is_well_conditioned
from skperturb.metrics._linalg.gaussian import (
    class_mean_norm_sq,
    mean_true_posterior,
    rounding_trace,
)
from skperturb.metrics._linalg.pooled_covariance import pool_as_a_whole, pool_by_class
from skperturb.metrics._tags import unit_interval

# Of the largest eigenvalue of a covariance: what is below counts as zero in its inverse.
_RANK_TOLERANCE = 1e-12


def discriminant_directions(covariance, means, backend):
    """Solve S V = M' for the directions V, by the pseudo-inverse where S is singular."""
    factor = backend.cholesky(1.0 * covariance, 0.0)  # a copy, for it is overwritten
    if factor is not None and is_well_conditioned(factor):
        return backend.cho_solve(factor, means.T)
    inverse = linalg.pinvh(to_numpy(covariance), rtol=max(_RANK_TOLERANCE, ROUNDINGS * backend.eps))
    return backend.matmul(backend.asarray(inverse), means.T)


class LDAScore(BaseMetric):
    """
    Mean probability of the true class under a shrunk linear discriminant analysis.

    What scikit-learn's ``LinearDiscriminantAnalysis(solver="lsqr", shrinkage=...)`` makes
    of the features it was fitted on. Unlike a nearest-centroid classifier it accounts
    for the correlations of the features.

    Parameters
    ----------
    shrinkage : "ledoit_wolf" or float, default="ledoit_wolf"
        How far the covariance is shrunk towards a diagonal: "ledoit_wolf" standardises every
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

    at the true class. :math:`S` is scikit-learn's: for "ledoit_wolf", which it calls
    "auto", the mean of the covariances
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
    is high on pure noise as well. "ledoit_wolf" does not depend on the scale of the features
    unless some are constant within a class but not over all of them (dead units, say).

    The code published for ETran and for Spread and Attract calls another quantity LDA:
    see :class:`NearestCentroidScore`.

    Time :math:`O(n d^2 + d^3)`, memory :math:`O(d^2)` and a block of samples.

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

    def __init__(self, *, shrinkage="ledoit_wolf"):
        self.shrinkage = shrinkage

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        changes = set() if isinstance(self.shrinkage, str) else {"rotation", "scale"}
        tags.invariances = frozenset({"translation"} | changes)
        tags.bounds = unit_interval
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_fraction_or_option(self, "shrinkage", ("ledoit_wolf",))

    def _score(self, X, target):
        if self.shrinkage == "ledoit_wolf":
            pooled = pool_by_class(X, target.codes, target.counts)
        else:
            pooled = pool_as_a_whole(X, target.codes, target.counts, self.shrinkage)
        means = pooled.means
        least = rounding_trace(pooled.trace + class_mean_norm_sq(means, target.counts))
        if pooled.trace <= least:
            # Collapsed classes have no covariance; rounding is the least.
            directions = means.T / least
        else:
            backend = pooled.centered.backend
            directions = discriminant_directions(pooled.covariance, means, backend)
        return mean_true_posterior(pooled.centered, means, directions, target), {}
