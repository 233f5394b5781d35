"""TransRate: how much the code of the features shrinks once the classes are known."""

from functools import partial

import numpy as np

from skperturb._chunked import center
from skperturb._class_stats import class_indices, iter_class_blocks
from skperturb._validation import check_boolean, check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.cholesky import cholesky_factor, half_log_det
from skperturb.metrics._tags import at_least_zero


def coding_rate(gram, precision, design):
    """1/2 logdet(I + gram / precision); `design` returns W with W'W the Gram matrix."""
    factor = cholesky_factor(gram / precision, 1.0, lambda: design() / precision**0.5)
    return half_log_det(factor)


def rate_reduction(centered, classes_idx, eps):
    """R(Z) - sum_c pi_c R(Z_c); not below 0, since the log determinant is concave."""
    # det(I + ZZ') = det(I + Z'Z): the smaller of the two matrices will do.
    rates = wide_rates if centered.is_wide else tall_rates
    total, within = rates(centered, classes_idx, eps)
    return max(total - within / len(centered), 0.0)


def wide_rates(centered, classes_idx, eps):
    """R(Z) and sum_c n_c R(Z_c) from inner products of rows, all of them in ZZ'."""
    gram, take, within = centered.gram(), centered.backend.take, 0.0
    for class_idx in classes_idx:
        # The rows of a class keep their offset from the overall mean, so ZZ' has them all.
        part = take(take(gram, class_idx), class_idx, axis=1)
        rate = coding_rate(part, len(class_idx) * eps, lambda idx=class_idx: centered.rows(idx).T)
        within += len(class_idx) * rate
    return coding_rate(gram, len(centered) * eps, lambda: centered.rows().T), within


def _shorter_side(centered, class_idx):
    """Rows of a class, as the columns of a matrix where they are fewer than the features."""
    rows = centered.rows(class_idx)
    return rows.T if rows.shape[0] < rows.shape[1] else rows


def tall_rates(centered, classes_idx, eps):
    """R(Z) and sum_c n_c R(Z_c) from Z'Z, the sum of those of the classes.

    A class with fewer rows than features has a smaller matrix of inner products; the
    rows of such classes are summed up together.
    """
    backend, n_features = centered.backend, centered.shape[1]
    small, within, gram = [], 0.0, backend.syrk([], n_features)
    for class_idx in classes_idx:
        design = partial(_shorter_side, centered, class_idx)
        if len(class_idx) < n_features:
            # Its products are too short to be added to Z'Z one class at a time.
            small.append(class_idx)
            part = backend.syrk([design()], len(class_idx))
        else:
            blocks = iter_class_blocks(centered, class_idx, for_products=True)
            part = backend.syrk(blocks, n_features)
            gram += part
        within += len(class_idx) * coding_rate(part, len(class_idx) * eps, design)
    if small:
        gram += backend.syrk(
            iter_class_blocks(centered, np.concatenate(small), for_products=True), n_features
        )
    return coding_rate(gram, len(centered) * eps, centered.rows), within


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

    def __init__(self, *, eps=1e-4, normalize=True):
        self.eps = eps
        self.normalize = normalize

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        scale = {"scale"} if self.normalize else set()
        tags.invariances = frozenset({"rotation", "translation"} | scale)
        tags.bounds = at_least_zero
        tags.wide = False
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_real(self, "eps", low=0.0, open_low=True)
        check_boolean(self, "normalize")

    def _score(self, X, target):
        centered = center(X)
        mean_norm_sq = centered.norm_sq() / len(centered)
        if mean_norm_sq == 0.0:
            return 0.0, {}
        eps = self.eps * mean_norm_sq if self.normalize else float(self.eps)
        classes_idx = class_indices(target.codes, len(target.counts))
        return rate_reduction(centered, classes_idx, eps), {}
