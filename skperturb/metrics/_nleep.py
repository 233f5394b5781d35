"""NLEEP: LEEP with the components of a Gaussian mixture in place of source classes."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from skperturb._backend import NUMPY
from skperturb._chunked import ChunkedMatrix, center
from skperturb._validation import check_integer, check_real, check_seed
from skperturb.decomposition import exact_solver, rotate_to_canonical
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.posteriors import log_expected_prediction
from skperturb.metrics._tags import at_most_zero

# Of projections of mean variance 1: far above rounding, far below the 1e-3 that the
# mixture adds to every standard deviation. Equal samples become equal to the last bit.
_DECIMALS = 8
_MAX_ITER = 500
_SHARE_ROUNDING = 1e-9  # of a share of the variance


def principal_rows(X, explained_variance):
    """Leading projections that hold the share `explained_variance` of the variance, on a grid.

    Their mean variance is 1. A component points to where its distribution has the longer
    tail, so that a rotated X gives the same rows; constant X gives one column of zeros.
    """
    centered = center(X).rows()
    if not centered.any():
        return np.zeros((len(X), 1))
    pca = PCA(svd_solver=exact_solver(*X.shape)).fit(centered)
    rotate_to_canonical(pca)
    shares = np.cumsum(pca.explained_variance_ratio_)
    # Of equal variances rounding would decide how many hold the share.
    n_components = 1 + np.count_nonzero(shares <= explained_variance + _SHARE_ROUNDING)
    rows = NUMPY.matmul(centered, np.ascontiguousarray(pca.components_[:n_components].T))
    rows /= np.sqrt(np.mean(rows**2))
    cubes = rows**3
    rows[:, cubes.sum(axis=0) < -1e-9 * np.abs(cubes).sum(axis=0)] *= -1.0
    return np.round(rows, _DECIMALS) + 0.0


def responsibilities(rows, n_components, random_state):
    """Probability of each component of a Gaussian mixture, for each of the rows.

    The mixture starts from k-means, whose draws follow the order of the rows: it is
    fitted to them in sorted order, and the order in which they came changes nothing.
    """
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    distinct = 1 + np.count_nonzero(np.any(np.diff(ordered, axis=0), axis=1))
    mixture = GaussianMixture(
        min(n_components, distinct), max_iter=_MAX_ITER, random_state=random_state
    )
    return mixture.fit(ordered).predict_proba(rows)


class NLEEP(BaseMetric):
    """
    LEEP of features, on the clusters that a Gaussian mixture finds in them.

    It brings LEEP to models without a classifier head: the components of the mixture
    stand in for the source classes. Classes may consist of several clusters [1]_.

    Parameters
    ----------
    components_per_class : int, default=5
        Number of components per class, at least 1. There are never more components than
        half the samples, or than distinct samples.
    explained_variance : float, default=0.8
        Share of the variance that the principal components keep, in (0, 1].
    random_state : int, RandomState instance or None, default=0
        Seed of the k-means clustering that the mixture starts from.

    Attributes
    ----------
    score_ : float
        Mean log of the expected empirical prediction, at most 0.
    n_components_ : int
        Number of components of the mixture.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    Warns
    -----
    ConvergenceWarning
        If the mixture has not settled after 500 steps, from scikit-learn.

    See Also
    --------
    LEEP : The same for the posteriors of a source classifier.
    skperturb.CappedPCA : Put before it, keeps the mixture small.

    Notes
    -----
    The projections on the principal components that keep `explained_variance` of the variance are
    modelled by a :class:`~sklearn.mixture.GaussianMixture` of ``min(components_per_class
    * n_classes, n_samples // 2)`` components with full covariances. With the
    responsibilities :math:`P_{iz}` of component z for sample i of class :math:`k_i`

    .. math:: P(c|z) = \\frac{\\sum_{i : k_i = c} P_{iz}}{\\sum_i P_{iz}}, \\quad
        \\mathrm{NLEEP} = \\frac1n \\sum_i \\log \\sum_z P(k_i|z) P_{iz} .

    Public code differs: one version takes the mean of the probability, not of its log;
    another has as many components as classes or a tenth of the samples. Both fit the
    projections as they are, to whose variances scikit-learn adds 1e-6, so that features
    with a spread of 1e-4 are a single cluster. Here the projections are first scaled to
    a mean variance of 1, which makes the score independent of the scale. They are also
    rounded to 8 decimals and sorted, since k-means depends on the order of the rows and
    the score must not; for the same reason components of equal variance are those of
    :class:`~skperturb.CappedPCA`.

    The mixture has many local optima: another `random_state` gives another score, and
    so small differences between models mean little. With few samples per component and
    many features each component holds a handful of samples; the score is then close to
    0 for features of any kind. Constant features give the negative entropy of the
    labels.

    For K components of r features a step takes time :math:`O(n K r^2 + K r^3)`, the
    mixture memory :math:`O(K r^2 + n K)`: by far the dearest metric where many features
    are needed for the variance.

    References
    ----------
    .. [1] Y. Li, X. Jia, R. Sang, Y. Zhu, B. Green, L. Wang, B. Gong, "Ranking Neural
       Checkpoints", CVPR 2021, arXiv:2011.11200.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import NLEEP
    >>> X, y = load_iris(return_X_y=True)
    >>> NLEEP().fit(X, y).score_ > NLEEP().fit(X[:, :2], y).score_
    True
    """

    def __init__(self, *, components_per_class=5, explained_variance=0.8, random_state=0):
        self.components_per_class = components_per_class
        self.explained_variance = explained_variance
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"rotation", "translation", "scale"})
        tags.bounds = at_most_zero
        return tags

    def _check_parameters(self):
        check_integer(self, "components_per_class", low=1)
        check_real(self, "explained_variance", low=0.0, high=1.0, open_low=True)
        check_seed(self, "random_state")

    def _score(self, X, target):
        n_classes = len(target.classes)
        n_components = min(self.components_per_class * n_classes, len(X) // 2)
        rows = principal_rows(X, self.explained_variance)
        posteriors = responsibilities(rows, n_components, self.random_state)
        score = log_expected_prediction(ChunkedMatrix(posteriors), target.codes, n_classes)
        return score, {"n_components_": posteriors.shape[1]}
