"""HScore: between-class scatter, seen through the inverse covariance of the features."""

import numpy as np

from skperturb._backend import to_numpy
from skperturb._class_stats import center_labelled, center_with_class_means
from skperturb._memoize import memoize
from skperturb._validation import check_fraction_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.cholesky import cholesky_factor
from skperturb.metrics._linalg.gaussian import ledoit_wolf_shrinkage
from skperturb.metrics._linalg.spectrum import gram_spectrum, svd_spectrum
from skperturb.metrics._linalg.target_columns import contrast_columns

# Relative to the largest singular value; a pseudo-inverse that keeps smaller ones
# amplifies rounding instead of features.
_RANK_TOLERANCE = 1e-7
_SAFE_EIGENVALUE = 1e-8  # eigenvalues of a Gram matrix above have eight digits
_ROUNDED_EIGENVALUE = 5e-15  # and below this share of the largest count as zero anyway


# A smaller share of the identity regularises nothing, and only amplifies rounding.
_LEAST_SHRINKAGE = 1e-12


def h_score(centered, contrasts, gram):
    """tr(S_t^+ S_b) = ||U' D||^2, U being the left singular vectors of the centred features.

    The Gram matrix decides the rank where its eigenvalues leave no doubt: all of them far
    above its rounding, or down in it.
    """
    if centered.backend.is_double:
        spectrum = gram_spectrum(centered, contrasts, gram)
        shares = spectrum.singular_values_sq / spectrum.singular_values_sq.max(initial=1e-300)
        large = shares > _SAFE_EIGENVALUE
        if np.all(large | (shares < _ROUNDED_EIGENVALUE)):
            return np.sum(spectrum.projections[large] ** 2)
    exact = svd_spectrum(centered, contrasts, tolerance=_RANK_TOLERANCE)
    return np.sum(exact.projections**2)


def shrunk_h_score(centered, contrasts, means, gram, shrinkage):
    """(1-a) tr(((1-a) S_t + a (tr S_t / d) I)^-1 S_b), on the shorter side of the features.

    Where the centred features Z are wide, A^-1 Z' = Z' B^-1 with B of n x n (push-through).
    """
    backend = centered.backend
    factor = factorise_shrunk(centered, gram, shrinkage)
    if factor is None:
        return 0.0
    if centered.is_wide:
        rhs = contrasts.rows()
        products = backend.matmul(gram, rhs)
    else:
        weights = backend.asarray(np.sqrt(contrasts.counts))
        rhs = products = (weights[:, None] * means).T  # Z'D
    share = (1.0 - shrinkage) / len(centered)
    return share * float(backend.xp.sum(products * backend.cho_solve(factor, rhs)))


@memoize
def factorise_shrunk(centered, gram, shrinkage):
    """Cholesky factor of (1-a) S_t + a (tr S_t / d) I on the shorter side; None if S_t is 0."""
    n_samples, n_features = centered.shape
    variance = float(centered.backend.xp.linalg.trace(gram)) / (n_samples * n_features)
    if variance == 0.0:
        return None
    share = (1.0 - shrinkage) / n_samples

    def design():
        rows = centered.rows()
        return share**0.5 * (rows.T if centered.is_wide else rows)

    return cholesky_factor(share * gram, shrinkage * variance, design)


@memoize
def estimate_shrinkage(centered, gram):
    """Ledoit-Wolf share of the identity in the covariance of centred features."""
    backend = centered.backend
    if centered.is_wide:
        norms_sq = to_numpy(backend.xp.linalg.diagonal(gram))
        powers = norms_sq.sum(), norms_sq.dot(norms_sq)
    else:
        powers = centered.norm_powers(gram)
    return ledoit_wolf_shrinkage(backend.sum_squares(gram), powers, centered.shape)


def _rank_bounds(task, n_classes):
    return 0, n_classes - 1


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
    on features that are nearly dependent). A share below 1e-12 counts as 0: it would regularise
    nothing, and only amplify rounding. Unshrunk and with n <= d, features of any
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

    def __init__(self, *, shrinkage="ledoit_wolf"):
        self.shrinkage = shrinkage

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"rotation", "translation", "scale"})
        tags.bounds = _rank_bounds
        tags.wide = self.shrinkage is not None
        tags.array_api_support = tags.row_subsets = True
        return tags

    def _check_parameters(self):
        if self.shrinkage is not None:
            check_fraction_or_option(self, "shrinkage", ("ledoit_wolf",))

    def _score(self, X, target):
        labels = target.codes, len(target.counts)
        if X.shape[0] <= X.shape[1]:
            centered, means = center_labelled(X, *labels), None  # inner products of rows will do
        else:
            centered, means = center_with_class_means(X, *labels)
        contrasts, gram = contrast_columns(centered.backend, target), centered.gram()
        shrinkage = self._resolve_shrinkage(centered, gram)
        if shrinkage == 0.0:
            return h_score(centered, contrasts, gram), {"shrinkage_": 0.0}
        score = shrunk_h_score(centered, contrasts, means, gram, shrinkage)
        return score, {"shrinkage_": shrinkage}

    def _resolve_shrinkage(self, centered, gram):
        """Return the share of the identity that is used, 0 where it would be lost in rounding."""
        shrinkage = self.shrinkage or 0.0
        if shrinkage == "ledoit_wolf":
            shrinkage = estimate_shrinkage(centered, gram)
        return float(shrinkage) if shrinkage >= _LEAST_SHRINKAGE else 0.0
