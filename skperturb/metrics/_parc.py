"""PARC: whether samples that differ in their labels differ in their features."""

import numpy as np
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr

from skperturb._backend import NUMPY
from skperturb._chunked import center
from skperturb._validation import check_integer
from skperturb.decomposition import CappedPCA
from skperturb.metrics._base import BaseMetric

_MAX_SAMPLES = 20_000
_DECIMALS = 10  # of a distance: equal ones must tie, whatever rounding makes of them


def standardise(X):
    """Bring every feature to mean 0 and variance 1, and those without spread to 0."""
    centered = center(X).rows()
    deviations = np.sqrt(NUMPY.sum_squares(centered, axis=0) / len(X))
    return centered / np.where(deviations > 0.0, deviations, 1.0)


def pair_distances(rows):
    """1 - Pearson correlation of each pair of rows, `(n_pairs,)`; a constant row has 0."""
    centered = rows - rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    varied = norms > 1e-10 * np.linalg.norm(rows, axis=1).max()
    unit = np.divide(centered, norms, out=np.zeros_like(centered), where=varied)
    distances = squareform(NUMPY.matmul(unit, unit.T), checks=False)
    np.subtract(1.0, distances, out=distances)
    return np.round(distances, _DECIMALS, out=distances)


def _percent_bounds(task, n_classes):
    return -100, 100


class PARC(BaseMetric):
    """
    Pairwise annotation representation comparison.

    Samples with different labels should have different features: PARC is the rank
    correlation, over all pairs of samples, of the distance of their features and that of
    their labels. It also takes label indicators [1]_.

    Parameters
    ----------
    n_components : int or None, default=32
        Number of principal components of the standardised features to compare, at least
        1; fewer where the data have fewer. None compares the features themselves.

    Attributes
    ----------
    score_ : float
        100 times the rank correlation, in [-100, 100].
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted; only for classification.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    skperturb.CappedPCA : The projection that comes first.

    Notes
    -----
    Features are scaled to variance 1 (those without spread to 0) and projected on their
    principal components. With the rows :math:`u_i` of the result and the rows
    :math:`v_i` of the one-hot labels or label indicators,

    .. math:: \\mathrm{PARC} = 100 \\; \\mathrm{Spearman}_{i > j} \\bigl(
        1 - \\mathrm{corr}(u_i, u_j), \\; 1 - \\mathrm{corr}(v_i, v_j) \\bigr) .

    A row that is constant (no label, or all of them; one feature) has correlation 0 with
    every other, and where all distances are equal the score is 0. Equal distances share
    a rank: distances are rounded to 10 decimals first. A constant or dependent feature
    is not dropped but becomes a component of zeros, which all rows have in common. The
    sign of a component is that which makes its largest loading positive, the first of
    them if there are several. Components of equal variance, which the order of the rows
    would choose, are those of :class:`~skperturb.CappedPCA`.

    Public code gives rank by rounding error to distances of labels that are equal, which
    moves its results by up to a few points; it has NaN for samples without labels; and
    it projects first and standardises the components, which gives directions of little
    variance the weight of the leading ones.

    Classes have only two label distances. With a share p of the pairs within classes
    and no ties among the feature distances the score is at most
    :math:`100 \\sqrt{3 p (1 - p)}`: 82 for three balanced classes, 17 for a hundred.
    Compare models on one target only.

    Time :math:`O(n^2 \\log n)` and memory :math:`O(n^2)`, about 100 bytes a pair. More
    than 20000 rows, 20 GB, are refused: score a stratified subsample.

    References
    ----------
    .. [1] D. Bolya, R. Mittapalli, J. Hoffman, "Scalable Diverse Model Selection for
       Accessible Transfer Learning", NeurIPS 2021, arXiv:2111.06977.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import PARC
    >>> X, y = load_iris(return_X_y=True)
    >>> round(PARC().fit(X, y).score_, 4)
    66.4711
    """

    def __init__(self, *, n_components=32):
        self.n_components = n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.tasks = ("classification", "multilabel")
        tags.target_tags.multi_output = True
        tags.invariances = frozenset({"translation", "scale"})
        tags.bounds = _percent_bounds
        return tags

    def _check_parameters(self):
        if self.n_components is not None:
            check_integer(self, "n_components", low=1)

    def _score(self, X, target):
        if len(X) > _MAX_SAMPLES:
            msg = (
                f"PARC compares all pairs of rows and takes at most {_MAX_SAMPLES} rows, got "
                f"{len(X)}. Score a stratified subsample: set `max_samples` of ModelSelector, or "
                "draw one with sklearn.utils.resample."
            )
            raise ValueError(msg)
        rows = standardise(X)
        if self.n_components is not None:
            rows = CappedPCA(self.n_components).fit_transform(rows)
        of_features, of_labels = pair_distances(rows), pair_distances(target.columns)
        if np.ptp(of_features) == 0.0 or np.ptp(of_labels) == 0.0:
            return 0.0, {}
        return 100.0 * spearmanr(of_features, of_labels).statistic, {}
