"""CKAScore: how much the similarities of the samples agree with those of their targets."""

import numpy as np

from skperturb._backend import NUMPY
from skperturb._chunked import center, scale_to_unit
from skperturb._class_stats import center_with_class_means
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.target_columns import NumberColumns
from skperturb.metrics._tags import unit_interval


def alignment(centered, cross_products, target_gram_norm):
    """||X'T||^2 / (||X'X|| ||T'T||) in Frobenius norms; 0 if X or T is zero throughout.

    `cross_products` are T'X, `target_gram_norm` is ||T'T||.
    """
    xp, gram = centered.backend.xp, centered.gram()
    # Fourth powers keep their digits once the features have a total square of 1.
    size = float(xp.linalg.trace(gram)) or 1.0
    norms = float(xp.linalg.matrix_norm(gram / size)) * target_gram_norm
    if norms == 0.0:
        return 0.0
    # At most 1 by the Cauchy-Schwarz inequality, but for rounding.
    return min(centered.backend.sum_squares(cross_products) / size / norms, 1.0)


def class_cka(X, target):
    """Alignment with the centred indicators of classes, which no one needs to write down."""
    counts = target.counts
    centered, means = center_with_class_means(X, target.codes, len(counts))
    weights = centered.backend.asarray(counts.astype(np.float64))
    target_gram = np.diag(counts) - np.outer(counts, counts) / counts.sum()
    return alignment(centered, weights[:, None] * means, np.linalg.norm(target_gram))


def linear_cka(X, columns):
    """Alignment with any columns of numbers."""
    centered, T = center(X), center(columns)
    T = scale_to_unit(T.rows())
    target_gram = NUMPY.matmul(T, T.T) if T.shape[0] < T.shape[1] else NUMPY.matmul(T.T, T)
    cross_products = NumberColumns(centered.backend, T).rmatmul(centered)
    return alignment(centered, cross_products, np.linalg.norm(target_gram))


class CKAScore(BaseMetric):
    """
    Linear centred kernel alignment of features and targets.

    It asks whether samples with like features have like targets, over all pairs at once,
    without any fit, any parameter and any inverse. It takes classes, label indicators
    and regression targets [1]_ [2]_.

    Parameters
    ----------
    task : {"auto", "classification", "regression"}, default="auto"
        What `y` holds. "auto" follows :func:`sklearn.utils.multiclass.type_of_target`,
        which takes whole numbers for classes: say "regression" for counts and ages.

    Attributes
    ----------
    score_ : float
        The alignment, in [0, 1]; 0 for features or targets that are constant.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted; only for classification.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    HScore : Weighs every direction of the features alike, however small its variance.
    LogME : A linear model of the same targets.

    Notes
    -----
    With the centred features :math:`X` and the centred target columns :math:`Y` (one per
    class, 1 for its members and 0 for the others; or the labels; or the outputs)

    .. math:: \\mathrm{CKA} = \\frac{\\lVert X^\\top Y \\rVert_F^2}
        {\\lVert X^\\top X \\rVert_F \\, \\lVert Y^\\top Y \\rVert_F} .

    Outputs of a regression enter in their own units: one with a large variance decides
    alone, so scale them first if they should count alike. Likewise features of large
    variance outweigh the others. Features that tell the classes apart only in
    directions of small variance score low although a linear classifier would do well.

    This is the biased estimate: pure noise scores the higher the more features there
    are per sample, so compare feature sets of like width on the same rows.

    Time :math:`O(n d \\min(n, d) + n d C)`, memory one Gram matrix of the shorter side.

    References
    ----------
    .. [1] S. Kornblith, M. Norouzi, H. Lee, G. Hinton, "Similarity of Neural Network
       Representations Revisited", ICML 2019, arXiv:1905.00414.
    .. [2] A. Deshpande et al., "A linearized framework and a new benchmark for model
       selection for fine-tuning", 2021, arXiv:2102.00084.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import CKAScore
    >>> X, y = load_iris(return_X_y=True)
    >>> round(CKAScore().fit(X, y).score_, 4)
    0.6633
    """

    def __init__(self, *, task="auto"):
        self.task = task

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.tasks = ("classification", "multilabel", "regression")
        tags.target_tags.multi_output = True
        tags.invariances = frozenset({"rotation", "translation", "scale"})
        tags.bounds = unit_interval
        tags.array_api_support = tags.row_subsets = True
        return tags

    def _check_parameters(self):
        self._check_task("classification", "regression")

    def _score(self, X, target):
        if target.task == "classification":
            return class_cka(X, target), {}
        return linear_cka(X, target.columns), {}
