"""NearestCentroidScore: how sure the nearest class mean is of the right class."""

from skperturb._class_stats import center_with_class_means, within_ss
from skperturb._validation import check_boolean
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.gaussian import mean_true_posterior, rounding_trace
from skperturb.metrics._tags import unit_interval


def nearest_centroid_score(X, target, *, standardize=False):
    """Mean posterior of the true class under Gaussians with the identity as covariance."""
    # About the mean of all rows: the posterior does not change with the origin.
    centered, means = center_with_class_means(X, target.codes, len(target.counts))
    precision = 1.0
    if standardize:
        n_samples, n_features = centered.shape
        least = rounding_trace(centered.norm_sq() / n_samples)
        within = within_ss(centered, means, target.codes) / n_samples
        precision = n_features / max(within, least)
    return mean_true_posterior(centered, means, precision * means.T, target)


class NearestCentroidScore(BaseMetric):
    """
    Mean probability of the true class under a nearest-centroid classifier.

    Features in which every class gathers around its own mean score high: what the
    literature on neural collapse measures. It is the cheapest of the metrics.

    Parameters
    ----------
    standardize : bool, default=False
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
    Without `standardize` it depends on the scale of the features: large features give
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

    def __init__(self, *, standardize=False):
        self.standardize = standardize

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        scale = {"scale"} if self.standardize else set()
        tags.invariances = frozenset({"rotation", "translation"} | scale)
        tags.bounds = unit_interval
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_boolean(self, "standardize")

    def _score(self, X, target):
        return nearest_centroid_score(X, target, standardize=self.standardize), {}
