"""HScore: between-class scatter, seen through the inverse covariance of the features."""

from typing import NamedTuple

import numpy as np

from skperturb._array_api import beside
from skperturb._blocks import product, row_squares
from skperturb._centred import CentredRows
from skperturb._classes import centred_classes
from skperturb._tensor_classes import centred_classes as centred_tensor_classes
from skperturb._validation import check_share_or_option
from skperturb.metrics import _tensor_spectrum
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._gram import regularised_solve
from skperturb.metrics._shrinkage import ledoit_wolf_share
from skperturb.metrics._spectrum import gram_spectrum, svd_spectrum
from skperturb.metrics._tensor_columns import indicator_columns

# Relative to the largest singular value; a pseudo-inverse that keeps smaller ones
# amplifies rounding instead of features.
_RANK_TOLERANCE = 1e-7
_SAFE_SHARE = 1e-8  # eigenvalues of a Gram matrix above have eight digits
_ROUNDING_SHARE = 5e-15  # and below this share of the largest count as zero anyway


class Contrasts(NamedTuple):
    """Centred features Z with the Gram matrix of their shorter side, and class contrasts.

    `between` is Z'D `(n_features, n_classes)`, D being `indicators` of the classes, so
    that S_b = Z'D D'Z / n.
    """

    centred: CentredRows
    gram: np.ndarray
    between: np.ndarray


def class_contrasts(X, codes, counts):
    """Centre the features, and contrast the classes."""
    centred, means = centred_classes(X, codes, counts)
    return Contrasts(centred, centred.gram(), (np.sqrt(counts)[:, None] * means).T)


def indicators(target):
    """D, centred indicators (e_c - pi_c) / sqrt(n_c) of classes, `(n_samples, n_classes)`.

    Centred features do not see the mean of a column; a nearly singular solve would.
    """
    return (target.columns - target.columns.mean(axis=0)) / np.sqrt(target.counts)


def h_score(contrasts, target):
    """tr(S_t^+ S_b) = ||U' D||^2, U being the left singular vectors of Z."""

    def exact_spectrum():
        return svd_spectrum(contrasts.centred[:], indicators(target), tolerance=_RANK_TOLERANCE)

    spectrum = gram_spectrum(contrasts.centred, indicators(target), contrasts.gram)
    return projected_square(spectrum, exact_spectrum)


def tensor_h_score(centred, columns):
    """The same of TensorRows."""

    def exact_spectrum():
        return _tensor_spectrum.svd_spectrum(centred, columns, tolerance=_RANK_TOLERANCE)

    if not centred.is_double:
        return np.sum(exact_spectrum().projections ** 2)
    return projected_square(_tensor_spectrum.gram_spectrum(centred, columns), exact_spectrum)


def projected_square(spectrum, exact_spectrum):
    """||U' D||^2 from the spectrum that a Gram matrix gives, if that will do.

    The Gram matrix decides the rank where its eigenvalues leave no doubt: all of them far
    above its rounding, or down in it.
    """
    shares = spectrum.squares / spectrum.squares.max(initial=1e-300)
    large = shares > _SAFE_SHARE
    if np.all(large | (shares < _ROUNDING_SHARE)):
        return np.sum(spectrum.projections[large] ** 2)
    return np.sum(exact_spectrum().projections ** 2)


def shrunk_h_score(contrasts, target, shrinkage):
    """(1-a) tr(((1-a) S_t + a (tr S_t / d) I)^-1 S_b), on the shorter side of X.

    Where Z is wide, A^-1 Z' = Z' B^-1 with B of n x n (push-through).
    """
    centred, gram, between = contrasts
    n_samples, n_features = centred.shape
    variance = np.trace(gram) / (n_samples * n_features)
    if variance == 0.0:
        return 0.0
    share = (1.0 - shrinkage) / n_samples
    right = indicators(target) if centred.is_wide else between
    pulled = product(gram, right) if centred.is_wide else right

    def factor():
        return np.sqrt(share) * (centred[:].T if centred.is_wide else centred[:])

    solved = regularised_solve(share * gram, shrinkage * variance, right, factor)
    return share * np.sum(pulled * solved)


def tensor_shrunk_h_score(centred, gram, right, shrinkage):
    """The same of TensorRows; `right` is D on the device where Z is wide, and Z'D elsewhere."""
    n_samples, n_features = centred.shape
    variance = float(centred.xp.linalg.trace(gram)) / (n_samples * n_features)
    if variance == 0.0:
        return 0.0
    share = (1.0 - shrinkage) / n_samples
    pulled = gram @ right if centred.is_wide else right

    def factor():
        return share**0.5 * (centred[:].T if centred.is_wide else centred[:])

    solved = _tensor_spectrum.regularised_solve(
        centred, share * gram, shrinkage * variance, right, factor
    )
    return share * float(centred.xp.sum(pulled * solved))


class HScore(BaseMetric):
    """
    H-score: how far apart the class means lie, in the metric of the features.

    It needs nothing but means and one covariance [1]_. The classical estimate saturates
    once there are about as many features as samples; shrinking the covariance [2]_, as
    here by default, puts that off.

    Parameters
    ----------
    shrinkage : {"ledoit_wolf"}, float or None, default="ledoit_wolf"
        How far the covariance :math:`S_t` is shrunk towards a multiple of the identity:
        by the Ledoit-Wolf estimate, by a fixed share in [0, 1], or (None) not at all.

    Attributes
    ----------
    score_ : float
        The H-score, in ``[0, min(n_classes - 1, rank)]``.
    shrinkage_ : float
        The share that was used; 0.0 for None.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    GBC : Distance of classes that may differ in their variances.

    Notes
    -----
    With the total and between-class covariances :math:`S_t`, :math:`S_b` (both 1/n) and
    the share :math:`a`

    .. math:: H = (1-a) \\, \\mathrm{tr}\\Bigl( \\bigl((1-a) S_t
        + a \\tfrac{\\mathrm{tr} S_t}{d} I\\bigr)^{-1} S_b \\Bigr),

    and :math:`\\mathrm{tr}(S_t^+ S_b)` for a = 0, where singular values of the centred
    features below 1e-7 of the largest count as zero (a pseudo-inverse at 1e-15 explodes
    on features that are nearly dependent). Unshrunk and with n <= d, features of any
    kind reach n_classes - 1. Public code of the shrunk version divides :math:`S_b` by
    n - 1 and :math:`S_t` by n; multiply this score by n / (n - 1) to compare.

    Time :math:`O(n d \\min(n, d))`, memory two Gram matrices of the shorter side.

    References
    ----------
    .. [1] Y. Bao et al., "An Information-Theoretic Approach to Transferability in Task
       Transfer Learning", ICIP 2019.
    .. [2] S. Ibrahim, N. Ponomareva, R. Mazumder, "Newer is not always better:
       Rethinking transferability metrics, their peculiarities, stability and
       performance", ECML PKDD 2022, arXiv:2110.06893.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import HScore
    >>> X, y = load_iris(return_X_y=True)
    >>> round(HScore(shrinkage=None).fit(X, y).score_, 4)
    1.1919
    """

    _takes_float32 = True
    _invariances = frozenset({"rotation", "translation", "scale"})

    @property
    def _wide(self):
        return self.shrinkage is not None

    def __init__(self, *, shrinkage="ledoit_wolf"):
        self.shrinkage = shrinkage

    @staticmethod
    def _bounds(n_classes):
        return 0, n_classes - 1

    def _check_parameters(self):
        if self.shrinkage is not None:
            check_share_or_option(self, "shrinkage", ("ledoit_wolf",))

    def _score(self, X, target):
        contrasts = class_contrasts(X, target.codes, target.counts)
        if self.shrinkage == "ledoit_wolf":
            squares = row_squares(contrasts.centred)
            norm = np.sum(contrasts.gram**2)
            shrinkage = ledoit_wolf_share(norm, squares, X.shape[1])
        else:
            shrinkage = float(self.shrinkage or 0.0)
        if shrinkage == 0.0:
            return h_score(contrasts, target), {"shrinkage_": 0.0}
        score = shrunk_h_score(contrasts, target, shrinkage)
        return score, {"shrinkage_": float(shrinkage)}

    def _tensor_score(self, X, target):
        centred, means = centred_tensor_classes(X, target.codes, target.counts)
        columns, shrinkage = indicator_columns(X, target), self.shrinkage or 0.0
        if shrinkage == 0.0:
            return tensor_h_score(centred, columns), {"shrinkage_": 0.0}
        gram = centred.gram()
        if shrinkage == "ledoit_wolf":
            norm = float(centred.xp.sum(gram**2))
            shrinkage = float(ledoit_wolf_share(norm, centred.row_squares(), X.shape[1]))
            if shrinkage == 0.0:
                return tensor_h_score(centred, columns), {"shrinkage_": 0.0}
        between = (np.sqrt(target.counts)[:, None] * means).T
        right = columns.dense() if centred.is_wide else beside(between, X)
        score = tensor_shrunk_h_score(centred, gram, right, float(shrinkage))
        return score, {"shrinkage_": float(shrinkage)}
