"""TransRate: how much the code of the features shrinks once the classes are known."""

import numpy as np

from skperturb._centred import centre
from skperturb._validation import check_boolean, check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._gram import triangular_root


def coding_rate(Z, eps):
    """1/2 logdet(I + Z'Z / (m eps)) of the m rows of Z, on the shorter side of Z."""
    sides = Z.T if Z.shape[0] < Z.shape[1] else Z
    W = sides / np.sqrt(len(Z) * eps)
    root = triangular_root(W.T @ W, 1.0, lambda: W)
    return np.log(np.abs(np.diagonal(root))).sum()


def rate_reduction(Z, codes, counts, eps):
    """R(Z) - sum_c pi_c R(Z_c); not below 0, since the log determinant is concave."""
    order = np.argsort(codes, kind="stable")
    blocks = np.split(Z[order], np.cumsum(counts)[:-1])
    within = sum(len(block) * coding_rate(block, eps) for block in blocks)
    return max(coding_rate(Z, eps) - within / len(Z), 0.0)


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

    Time :math:`O(n d \\min(n, d))`, memory :math:`O(n d)` and one Gram matrix of the
    shorter side.

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

    @property
    def _invariances(self):
        scale = {"scale"} if self.normalize else set()
        return frozenset({"rotation", "translation"} | scale)

    @staticmethod
    def _bounds(n_classes):
        return 0, np.inf

    def _check_parameters(self):
        check_real(self, "eps", low=0.0, open_low=True)
        check_boolean(self, "normalize")

    def _score(self, X, target):
        Z = centre(X)
        length = np.linalg.norm(Z) / np.sqrt(len(Z))
        if length == 0.0:
            return 0.0, {}
        if self.normalize:
            Z /= length
        return rate_reduction(Z, target.codes, target.counts, float(self.eps)), {}
