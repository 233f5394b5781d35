"""CKAScore: how much the similarities of the samples agree with those of their targets."""

import numpy as np

from skperturb._array_api import on_host
from skperturb._blocks import cross_products
from skperturb._centred import centre, centred_rows, unit_sized
from skperturb._classes import centred_classes
from skperturb._tensor_classes import centred_classes as centred_tensor_classes
from skperturb._tensor_rows import centred_rows as centred_tensor_rows
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._tags import unit_interval
from skperturb.metrics._tensor_columns import NumberColumns


def gram_norm(Z):
    """Frobenius norm of Z'Z, which is that of ZZ', from the smaller of the two."""
    return np.linalg.norm(Z @ Z.T if Z.shape[0] < Z.shape[1] else Z.T @ Z)


def alignment(gram, pulled, norm):
    """||X'T||^2 / (||X'X|| ||T'T||) in Frobenius norms; 0 if X or T is zero throughout.

    `gram` is X'X or XX', `pulled` X'T, and `norm` that of T'T.
    """
    # Fourth powers keep their digits once the features have a total square of 1.
    size = np.trace(gram) or 1.0
    return unit_alignment(size, np.linalg.norm(gram / size), pulled, norm)


def tensor_alignment(centred, pulled, norm):
    """The same, of TensorRows."""
    gram = centred.gram()
    size = float(centred.xp.linalg.trace(gram)) or 1.0
    gram_norm = float(centred.xp.linalg.matrix_norm(gram / size))
    return unit_alignment(size, gram_norm, pulled, norm)


def unit_alignment(size, gram_norm, pulled, norm):
    """The same, from the trace of X'X and from the norm of X'X once divided by that trace."""
    norms = gram_norm * norm
    # At most 1 by the Cauchy-Schwarz inequality, but for rounding.
    return min(np.linalg.norm(pulled / np.sqrt(size)) ** 2 / norms, 1.0) if norms > 0 else 0.0


def class_alignment(X, codes, counts):
    """Alignment with the centred indicators of classes, which no one needs to write down."""
    centred, means = centred_classes(X, codes, counts)
    return alignment(centred.gram(), counts[:, None] * means, indicator_norm(counts))


def indicator_norm(counts):
    """Frobenius norm of T'T for centred indicators T of classes."""
    return np.linalg.norm(np.diag(counts) - np.outer(counts, counts) / counts.sum())


def linear_cka(X, columns):
    """Alignment with any columns of numbers."""
    centred, T = centred_rows(X), unit_sized(centre(columns))
    return alignment(centred.gram(), cross_products(centred, T), gram_norm(T))


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

    _tasks = ("classification", "multilabel", "regression")
    _takes_float32 = True
    _invariances = frozenset({"rotation", "translation", "scale"})

    def __init__(self, *, task="auto"):
        self.task = task

    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        self._check_task("classification", "regression")

    def _score(self, X, target):
        if target.task == "classification":
            return class_alignment(X, target.codes, target.counts), {}
        return linear_cka(X, target.columns), {}

    def _tensor_score(self, X, target):
        if target.task == "classification":
            centred, means = centred_tensor_classes(X, target.codes, target.counts)
            pulled = target.counts[:, None] * means
            return tensor_alignment(centred, pulled, indicator_norm(target.counts)), {}
        centred, T = centred_tensor_rows(X), unit_sized(centre(target.columns))
        pulled = on_host(NumberColumns(X, T).pull(centred))
        return tensor_alignment(centred, pulled, gram_norm(T)), {}
