"""TransRate: how much the code of the features shrinks once the classes are known."""

import numpy as np

from skperturb._blocks import product, row_blocks, total_square, upper_gram
from skperturb._centred import centred_rows
from skperturb._classes import rows_of_classes
from skperturb._tensor_classes import Members
from skperturb._tensor_rows import TensorRows
from skperturb._tensor_rows import centred_rows as centred_tensor_rows
from skperturb._validation import check_boolean, check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._gram import triangular_root
from skperturb.metrics._tensor_spectrum import log_volume
from skperturb.metrics._tensor_spectrum import triangular_root as tensor_root


def coding_rate(gram, precision, factor):
    """1/2 logdet(I + gram / precision); `factor` returns W with W'W the Gram matrix."""
    root = triangular_root(gram / precision, 1.0, lambda: factor() / np.sqrt(precision))
    return np.log(np.abs(np.diagonal(root))).sum()


def rate_reduction(centred, classes, eps):
    """R(Z) - sum_c pi_c R(Z_c); not below 0, since the log determinant is concave.

    `classes` are the numbers of the rows of each class.
    """
    if isinstance(centred, TensorRows):
        reduce = tensor_rates
    else:
        reduce = wide_rates if centred.is_wide else tall_rates
    total, within = reduce(centred, classes, eps)
    return max(total - within / len(centred), 0.0)


def wide_rates(centred, classes, eps):
    """R(Z) and sum_c n_c R(Z_c) from inner products of rows, all of them in ZZ'."""
    gram, within = centred.gram(), 0.0
    for own in classes:
        part = gram[np.ix_(own, own)]
        within += len(own) * coding_rate(part, len(own) * eps, lambda own=own: centred[own].T)
    return coding_rate(gram, len(centred) * eps, lambda: centred[:].T), within


def tall_rates(centred, classes, eps):
    """R(Z) and sum_c n_c R(Z_c) from Z'Z, the sum of those of the classes.

    A class with fewer rows than features has a smaller matrix of inner products; the
    rows of such classes are summed up together.
    """
    n_features, small, within = centred.shape[1], [np.zeros(0, dtype=int)], 0.0
    gram = np.zeros((n_features, n_features), order="F")
    for own in classes:
        rows = centred[own]
        if len(own) < n_features:
            part, sides = product(rows, rows.T), rows.T
            small.append(own)
        else:
            part, sides = upper_gram([rows], n_features), rows
            gram += part
        within += len(own) * coding_rate(part, len(own) * eps, lambda sides=sides: sides)
    rest = np.concatenate(small)
    blocks = row_blocks(len(rest), n_features, multiplied=True)
    gram += upper_gram((centred[rest[block]] for block in blocks), n_features)
    return coding_rate(gram, len(centred) * eps, lambda: centred[:]), within


def tensor_rates(centred, classes, eps):
    """R(Z) and sum_c n_c R(Z_c) of TensorRows; `classes` are numbers of rows on the device."""
    total = tensor_coding_rate(centred, len(centred) * eps, centred.gram())
    within = 0.0
    for own in classes:
        n_rows = own.shape[0]
        rows = TensorRows(centred.take(own))
        within += n_rows * tensor_coding_rate(rows, n_rows * eps, rows.gram())
    return total, within


def tensor_coding_rate(rows, precision, gram):
    """1/2 logdet(I + gram / precision), the Gram matrix being that of the shorter side."""

    def factor():
        return (rows[:].T if rows.is_wide else rows[:]) / precision**0.5

    return log_volume(tensor_root(rows, gram / precision, 1.0, factor))


class TransRate(BaseMetric):
    """
    Coding rate reduction: the mutual information of features and classes.

    The coding rate is the number of nats per sample that it takes to write the features
    down to a given precision. What knowing the class saves is the score. It needs no
    fit and no inverse, and rewards features that are varied as well as separated [1]_.

    Parameters
    ----------
    eps : float, default=1e-4
        Squared precision of the code, above 0: relative to the mean squared norm of the
        centred rows, or with ``normalize=False`` in squared units of `X`.
    normalize : bool, default=True
        Whether the centred features are first scaled to a mean squared row norm of 1,
        which makes the score independent of the scale of the features.

    Attributes
    ----------
    score_ : float
        The rate reduction in nats, at least 0; 0 for constant features.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    HScore : The share of the variance that lies between the classes.

    Notes
    -----
    With the centred features :math:`Z` and the rows :math:`Z_c` of class c

    .. math:: \\mathrm{TransRate} = R(Z) - \\sum_c \\pi_c R(Z_c), \\quad
        R(Z) = \\tfrac12 \\log\\det\\Bigl(I + \\frac{1}{m \\epsilon} Z^\\top Z\\Bigr),

    m being the number of rows of the matrix at hand. The rows of a class keep their
    offset from the overall mean. Public code weights the classes by 1 / n_classes
    instead of :math:`\\pi_c = n_c / n`, which is the same for classes of equal size
    only; it does not scale the features either: compare with ``normalize=False``.

    With eps as small as the default every direction counts, by about half of
    log(1 / eps), however small its variance. Where a class has fewer samples than there
    are features, the score therefore counts the directions that the class cannot span,
    whatever the labels: with n < d, or many small classes, noise scores as high as
    signal or higher. Put CappedPCA before it or raise `eps`. Without `normalize` large
    features score high, a property of their scale alone.

    Time :math:`O(n d \\min(n, d))`, memory a few matrices of the shorter side and the
    samples of the largest class.

    References
    ----------
    .. [1] L.-K. Huang, J. Huang, Y. Rong, Q. Yang, Y. Wei, "Frustratingly Easy
       Transferability Estimation", ICML 2022, arXiv:2106.09362.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import TransRate
    >>> X, y = load_iris(return_X_y=True)
    >>> round(TransRate().fit(X, y).score_, 4)
    0.5818
    """

    _takes_float32 = True

    def __init__(self, *, eps=1e-4, normalize=True):
        self.eps = eps
        self.normalize = normalize

    @property
    def _invariances(self):
        scale = {"scale"} if self.normalize else set()
        return frozenset({"rotation", "translation"} | scale)

    _wide = False

    @staticmethod
    def _bounds(n_classes):
        return 0, np.inf

    def _check_parameters(self):
        check_real(self, "eps", low=0.0, open_low=True)
        check_boolean(self, "normalize")

    def _score(self, X, target):
        centred = centred_rows(X)
        square = total_square(centred) / len(X)
        if square == 0.0:
            return 0.0, {}
        return self._reduction(centred, square, rows_of_classes(target.codes, target.counts))

    def _tensor_score(self, X, target):
        centred = centred_tensor_rows(X)
        square = centred.total_square() / len(centred)
        if square == 0.0:
            return 0.0, {}
        members = Members(target.codes, target.counts, X)
        return self._reduction(centred, square, members.of_class)

    def _reduction(self, centred, square, classes):
        eps = self.eps * square if self.normalize else float(self.eps)
        return rate_reduction(centred, classes, eps), {}
