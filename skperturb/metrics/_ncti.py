"""NCTI: how near features are to the collapse that training on their labels ends in."""

from typing import NamedTuple

import numpy as np
from scipy import linalg
from sklearn.covariance import shrunk_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from skperturb._backend import NUMPY
from skperturb._chunked import ROUNDING, ChunkedMatrix
from skperturb._class_stats import class_indices, class_means
from skperturb._validation import check_integer
from skperturb.decomposition import CappedPCA
from skperturb.metrics._linalg.gaussian import iter_posteriors, take_true_class
from skperturb.metrics._pool_base import BasePoolMetric

_VARIANCES_OF_SHRINKAGE = 32
_LEAST_SHRINKAGE = 1e-10
# Relative to the largest variance: directions below it hold rounding, which a
# discriminant, blind to scale, would count as features.
_RANK_TOLERANCE = 1e-14


class Projection(NamedTuple):
    """Samples on their principal components, `(n_samples, rank)`, and what goes with it.

    `variances` are those of all components that PCA found, `floor` is what rounding
    makes of a variance.
    """

    points: np.ndarray
    variances: np.ndarray
    floor: float


def principal_components(X, n_components):
    """Project on the leading components, without those that hold nothing but rounding."""
    pca = CappedPCA(n_components).fit(X)
    variances = pca.pca_.explained_variance_
    floor = ROUNDING**2 * ChunkedMatrix(X).norm_sq() / len(X)
    kept = variances > max(_RANK_TOLERANCE * variances[0], floor)
    return Projection(pca.transform(X)[:, kept], variances, floor)


def collapse_shrinkage(variances):
    """exp(-sum of the first 32 variances) where above 1e-10, otherwise 0."""
    shrinkage = np.exp(-variances[:_VARIANCES_OF_SHRINKAGE].sum())
    return float(shrinkage) if shrinkage > _LEAST_SHRINKAGE else 0.0


def discriminant_axes(projection, codes, means, shrinkage):
    """Directions in which the within-class covariance is the identity, best first."""
    points, _, floor = projection
    matmul, n_samples = NUMPY.matmul, len(points)
    offsets = points - means[codes]
    within = matmul(offsets.T, offsets) / n_samples
    if shrinkage == 0.0 and np.trace(within) > floor:
        axes = LinearDiscriminantAnalysis(solver="svd").fit(points, codes).scalings_
        # Older versions of scikit-learn divide the covariance by n - C, newer ones by n.
        return axes / np.sqrt(np.mean(matmul(offsets, axes) ** 2, axis=0))
    total = shrunk_covariance(matmul(points.T, points) / n_samples, shrinkage)
    within = shrunk_covariance(within, shrinkage)
    between = total - within
    # Collapsed classes have no width; rounding is the least.
    within.flat[:: len(within) + 1] += floor
    return linalg.eigh(between, within)[1][:, ::-1]


def nuclear_norm(matrix):
    """Sum of the singular values, 0 for a matrix without columns."""
    return linalg.svdvals(matrix).sum() if matrix.size else 0.0


def fisher_posteriors(points, means, priors):
    """Posteriors of classes with the identity for covariance, `(n_samples, n_classes)`."""
    blocks = iter_posteriors(ChunkedMatrix(points), means, priors, means.T)
    return np.concatenate([posteriors for _, posteriors in blocks])


def collapse_components(projection, codes, counts, shrinkage):
    """Return (seli, ncc, vc) of a projection, shrunk by that much."""
    points, priors, n_classes = projection.points, counts / len(codes), len(counts)
    posteriors, fisher = np.tile(priors, (len(codes), 1)), points
    if points.shape[1]:
        means = class_means(points, codes, n_classes)
        fisher = NUMPY.matmul(points, discriminant_axes(projection, codes, means, shrinkage))
        means = class_means(fisher, codes, n_classes)
        posteriors = fisher_posteriors(fisher, means, priors)
    seli = nuclear_norm(fisher[:, : n_classes - 1])
    ncc = take_true_class(posteriors, codes, NUMPY).mean()
    norms = [nuclear_norm(posteriors[idx]) for idx in class_indices(codes, n_classes)]
    return seli, ncc, np.log(sum(norms))


class NCTI(BasePoolMetric):
    """
    Neural collapse informed transferability: how near to collapse the classes are.

    Training a network on a task ends with the samples of every class at one point, and
    these points far apart. The closer a model's features already are to that, judged by
    three quantities within a pool of models, the better it is expected to transfer [1]_.

    Parameters
    ----------
    n_components : int, default=64
        Number of principal components to work on, at least 1; lowered to what the data
        allow.

    Attributes
    ----------
    score_ : float
        ``seli + ncc - vc`` as they are. They differ in unit (seli grows with the root of
        n_samples), so this number orders models of one data set mostly by seli; use
        `pool_scores`, as :class:`~skperturb.ModelSelector` does.
    components_ : ndarray of shape (3,)
        seli, ncc and vc, see Notes.
    component_names_ : list of str
        ``["seli", "ncc", "vc"]``.
    n_components_ : int
        Number of principal components that hold more than rounding.
    shrinkage_ : float
        Share :math:`a` by which the covariances were shrunk; 0.0 for not at all.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    ETran : The other metric that needs a pool.
    NearestCentroidScore : Collapse in the metric of the features, without a pool.

    Notes
    -----
    Features are projected on `n_components` principal components, then on the Fisher
    directions, at most n_classes - 1, in which the within-class covariance is the
    identity. With the projected, centred features :math:`Z`, the posteriors :math:`P` of
    linear discriminant analysis and :math:`P_c` their rows of class c

    .. math:: \\mathrm{seli} = \\lVert Z \\rVert_*, \\quad
        \\mathrm{ncc} = \\frac1n \\sum_i P_{i k_i}, \\quad
        \\mathrm{vc} = \\log \\sum_c \\lVert P_c \\rVert_* ,

    nuclear norms all: the spread of the classes, the confidence of the nearest centre,
    and how much the outputs of a class vary. Over a pool the score is minmax(seli) +
    minmax(ncc) - minmax(vc), a constant component counting 0.

    With :math:`a = \\exp(-\\sum_{j \\le 32} \\lambda_j)`, the sum over the largest
    variances, the within-class and total covariances (1/n) are shrunk to
    :math:`(1-a) S + a \\tfrac{\\mathrm{tr} S}{d} I` where a > 1e-10; otherwise the
    discriminant is scikit-learn's plain one. So the score depends on the scale of the
    features where their variances sum to less than 23, and hardly above that.

    Where classes have no width in some direction (perfect collapse, or fewer than about
    `n_components` + n_classes samples) the plain discriminant leaves it out; where they
    have none at all, rounding is taken for their width, which makes seli as large as it
    can be. With fewer than about ten times `n_components` samples ncc is well above
    chance on pure noise.

    The published code projects on exactly 64 components by a solver that scikit-learn
    picks. It cannot take fewer than 64 features, is randomised on wide ones (seli 0.2 %
    off on 2000 x 256), and on features of lower rank scales the rounding of empty
    components up to features: 32 independent features, doubled, get ncc 0.931
    instead of 0.912.

    Time :math:`O(n d \\min(n, d) + n C \\min(n / C, C))`, memory :math:`O(n d + n C)`.

    References
    ----------
    .. [1] Z. Wang, Y. Luo, L. Zheng, Z. Huang, M. Baktashmotlagh, "How Far Pre-trained
       Models Are from Neural Collapse on the Target Dataset Informs their
       Transferability", ICCV 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import NCTI
    >>> X, y = load_iris(return_X_y=True)
    >>> NCTI().fit(X, y).components_.round(3)
    array([83.073,  0.973,  3.126])
    >>> pool = [NCTI().fit(features, y).components_ for features in (X, X[:, :2])]
    >>> NCTI().pool_scores(pool)
    array([ 2., -1.])
    """

    _component_names = ("seli", "ncc", "vc")
    _weights = (1.0, 1.0, -1.0)

    def __init__(self, *, n_components=64):
        self.n_components = n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"rotation", "translation"})
        return tags

    def _check_parameters(self):
        check_integer(self, "n_components", low=1)

    def _components(self, X, target):
        n_samples, n_classes = len(X), len(target.classes)
        if n_samples <= n_classes:
            msg = f"NCTI needs more samples than classes, got {n_samples} of {n_classes} classes."
            raise ValueError(msg)
        projection = principal_components(X, self.n_components)
        shrinkage = collapse_shrinkage(projection.variances)
        components = collapse_components(projection, target.codes, target.counts, shrinkage)
        rank = projection.points.shape[1]
        return components, {"n_components_": rank, "shrinkage_": shrinkage}
