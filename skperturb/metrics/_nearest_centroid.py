"""NearestCentroidScore: how sure the nearest class mean is of the right class."""

from skperturb._array_api import beside, on_host
from skperturb._blocks import total_square
from skperturb._classes import centred_classes, within_square
from skperturb._tensor_classes import centred_classes as centred_tensor_classes
from skperturb._tensor_classes import within_square as tensor_within_square
from skperturb._validation import check_boolean
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_offsets,
    gaussian_posteriors,
    mean_own_posterior,
    rounding_trace,
)
from skperturb.metrics._tags import unit_interval
from skperturb.metrics._tensor_columns import ClassColumns


def nearest_centroid_score(X, codes, counts, *, normalize=False):
    """Mean posterior of the true class under Gaussians with the identity as covariance."""
    # About the mean of all rows: the posterior does not change with the origin.
    centred, means = centred_classes(X, codes, counts)
    precision = 1.0
    if normalize:
        least = rounding_trace(total_square(centred) / len(X))
        precision = X.shape[1] / max(within_square(centred, means, codes) / len(X), least)
    directions = precision * means.T
    posteriors = gaussian_posteriors(centred.times(directions), means, counts / len(X), directions)
    return mean_own_posterior(posteriors, codes)


def tensor_score(X, target, *, normalize=False):
    """The same of a tensor, on its device."""
    centred, means = centred_tensor_classes(X, target.codes, target.counts)
    n_samples, n_features = centred.shape
    precision = 1.0
    if normalize:
        least = rounding_trace(centred.total_square() / n_samples)
        square = tensor_within_square(centred, means, target.codes)
        precision = n_features / max(square / n_samples, least)
    directions = precision * means.T
    offsets = beside(gaussian_offsets(means, target.counts / n_samples, directions), X)
    return own_posteriors(centred, beside(directions, X), offsets, ClassColumns(X, target)).mean()


def own_posteriors(centred, directions, offsets, columns):
    """Posterior of the class of each row, `(n_samples,)`, on the host."""
    xp, found = centred.xp, []
    for block in centred.slices(len(columns.counts)):
        logs = centred[block] @ directions + offsets
        odds = xp.exp(logs - xp.max(logs, axis=1, keepdims=True))
        found.append(xp.sum(odds * columns.dense(block), axis=1) / xp.sum(odds, axis=1))
    return on_host(xp.concat(found))


class NearestCentroidScore(BaseMetric):
    """
    Mean probability of the true class under a nearest-centroid classifier.

    Features in which every class gathers around its own mean score high: what the
    literature on neural collapse measures. It is the cheapest of the metrics.

    Parameters
    ----------
    normalize : bool, default=False
        Whether the features are first scaled so that the trace of the within-class
        covariance is the number of features, which makes the score independent of the
        scale of the features.

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
    KNNScore : Judges by neighbours, and does not assume one centre per class.

    Notes
    -----
    The score is the mean over samples of

    .. math:: \\mathrm{softmax}_c\\bigl(x^\\top \\mu_c - \\tfrac12 \\lVert \\mu_c \\rVert^2
        + \\log \\pi_c\\bigr)

    at the true class, the posterior of Gaussian classes with the identity as covariance.
    Without `normalize` it depends on the scale of the features: large features give
    posteriors of 0 and 1. The means are those of the scored samples, so unless d is well
    below n it is high on pure noise as well.

    The code published for ETran and for Spread and Attract calls this quantity LDA: it
    passes a non-symmetric matrix to a symmetric eigensolver, which cancels the
    covariance.

    Time :math:`O(n d C)`, memory :math:`O(n C + C d)`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import NearestCentroidScore
    >>> X, y = load_iris(return_X_y=True)
    >>> round(NearestCentroidScore().fit(X, y).score_, 4)
    0.8173
    """

    _takes_float32 = True

    def __init__(self, *, normalize=False):
        self.normalize = normalize

    @property
    def _invariances(self):
        scale = {"scale"} if self.normalize else set()
        return frozenset({"rotation", "translation"} | scale)

    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        check_boolean(self, "normalize")

    def _score(self, X, target):
        score = nearest_centroid_score(X, target.codes, target.counts, normalize=self.normalize)
        return score, {}

    def _tensor_score(self, X, target):
        return tensor_score(X, target, normalize=self.normalize), {}
