"""SFDA: a Fisher discriminant that has to hold after its easy samples were made harder."""

import warnings

import numpy as np
from scipy import linalg, sparse
from scipy.linalg import blas
from scipy.sparse.linalg import LinearOperator, eigsh
from scipy.special import softmax

from skperturb._blocks import Rows, cross_products, gram, product
from skperturb._centred import centre
from skperturb._classes import centred_classes, within_rows
from skperturb._validation import check_share_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_posteriors,
    mean_own_posterior,
    rounding_trace,
)
from skperturb.metrics._gram import regularised_solve, row_coordinates
from skperturb.metrics._tags import unit_interval

_SMALL = 256  # rows of a matrix below which Lanczos' method does not pay
_LEAST_SHRINKAGE = 1e-10
_SATURATED = 1.0 - 1e-6


class MixedRows(Rows):
    """Rows q x + (1-q) m: m the mean of the means of the other classes, q the softened trust.

    Products and means come from those of the rows x.
    """

    def __init__(self, centred, means, codes, posteriors):
        super().__init__(centred)
        self.codes = codes
        self.others = (means.sum(axis=0) - means) / (len(means) - 1)
        self.trust = softmax(posteriors, axis=1)[np.arange(len(codes)), codes][:, None]

    def __getitem__(self, rows):
        mixed, others = self.X[rows], self.others[self.codes[rows]]
        mixed -= others
        mixed *= self.trust[rows]
        mixed += others
        return mixed

    def times(self, V):
        """These rows times V, `(n_rows, n_columns)`."""
        others = product(self.others, V)[self.codes]
        return others + self.trust * (self.X.times(V) - others)

    def class_means(self, counts):
        """Mean of each class, `(n_classes, n_features)`."""
        entries = self.trust[:, 0], self.codes, np.arange(len(self) + 1)
        trust = sparse.csr_matrix(entries, shape=(len(self), len(counts)))
        trusted = np.bincount(self.codes, self.trust[:, 0], len(counts))
        sums = cross_products(self.X, trust).T + (counts - trusted)[:, None] * self.others
        return sums / counts[:, None]


def within_scatter(rows, means, codes):
    """Sum over samples of the outer products of their offsets from their class mean."""
    return gram(within_rows(rows, means, codes), rows.shape[1])


def auto_shrinkage(scatter, n_samples):
    """exp(-5 lambda), lambda the largest eigenvalue of S_w."""
    return np.exp(-5.0 * largest_eigenvalue(scatter) / n_samples)


def largest_eigenvalue(gram):
    """Largest eigenvalue of a Gram matrix: by Lanczos' method where the matrix is large."""
    last = len(gram) - 1
    if last < _SMALL or not gram.any():
        return max(linalg.eigh(gram, eigvals_only=True, subset_by_index=[last, last])[0], 0.0)
    # The error is about the square of the tolerance, over the gap to the next eigenvalue.
    start = np.random.default_rng(0).standard_normal(len(gram))
    times = LinearOperator(gram.shape, lambda v: blas.dsymv(1.0, gram, v), dtype=np.float64)
    return eigsh(times, k=1, tol=1e-8, v0=start, return_eigenvectors=False)[0]


def fisher_posteriors(rows, scatter, means, target, shrinkage, n_features):
    """Posteriors under S = (1-a) S_w + a (tr S_w / d) I, d being `n_features`.

    The `scatter` n S_w is overwritten.
    """
    codes, priors = target.codes, target.counts / len(rows)
    trace = np.trace(scatter) / len(rows)
    trace = max(trace, rounding_trace(trace + priors @ np.sum(means**2, axis=1)))
    share = (1.0 - shrinkage) / len(rows)

    def factor():
        return np.sqrt(share) * np.concatenate(list(within_rows(rows, means, codes)))

    scatter *= share
    directions = regularised_solve(scatter, shrinkage * trace / n_features, means.T, factor)
    return gaussian_posteriors(rows.times(directions), means, priors, directions)


class SFDA(BaseMetric):
    """
    Self-challenging Fisher discriminant analysis.

    A regularised discriminant classifies the samples, each sample is mixed with the
    means of the other classes, the more so the less sure its class is, and the
    discriminant is asked again: as fine-tuning would, it meets harder examples [1]_.

    Parameters
    ----------
    shrinkage : "auto" or float, default="auto"
        Share :math:`a` of the identity in the within-class covariance, in [0, 1]. "auto"
        takes ``exp(-5 * largest eigenvalue)`` of that covariance. Values below 1e-10
        count as 1e-10.

    Attributes
    ----------
    score_ : float
        Mean posterior of the true class after the mixing, in [0, 1].
    shrinkage_ : float
        The share that was used.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    Warns
    -----
    UserWarning
        If the score is above 1 - 1e-6: it is saturated and tells no models apart.

    See Also
    --------
    LDAScore : One discriminant, shrunk by the Ledoit-Wolf estimate, and no mixing.
    skperturb.CappedPCA : Fewer features, so that the score does not saturate.

    Notes
    -----
    With the within-class covariance :math:`S_w` (1/n) and
    :math:`a = \\max(e^{-5 \\lambda_{\\max}(S_w)}, 10^{-10})`

    .. math:: S = (1-a) S_w + a \\tfrac{\\mathrm{tr} S_w}{d} I, \\quad
        P(x) = \\mathrm{softmax}_c\\bigl(x^\\top S^{-1} \\mu_c
        - \\tfrac12 \\mu_c^\\top S^{-1} \\mu_c + \\log \\pi_c\\bigr) .

    Sample i of class k is then replaced by :math:`q_i x_i + (1 - q_i) m_k`, where
    :math:`q_i` is entry k of :math:`\\mathrm{softmax}(P(x_i))` and :math:`m_k` the mean
    of the means of the other classes. Means, :math:`S_w` and its trace are computed
    anew, :math:`a` is kept, and the score is the mean of :math:`P` at the true class.
    The published projection on the eigenvectors of :math:`(S_b, S)` gives the same
    :math:`P`, for they are S-orthonormal. Public code finds :math:`\\lambda_{\\max}` by
    three steps of power iteration from a random start; the scores agree where
    :math:`a` is at its lower end.

    The largest eigenvalue is in squared units of the features, so "auto" depends on
    their scale: large features leave :math:`S_w` practically unregularised, and with n
    near d or below every score is then close to 1, on pure noise as well. Equal rows
    within every class (:math:`S_w = 0`) are classified by the nearest mean, the limit of
    small covariances; constant features score the sum of squared class shares.

    Time :math:`O(n d \\min(n, d))`, memory two matrices of the shorter side and
    :math:`O(n C)`.

    References
    ----------
    .. [1] W. Shao et al., "Not All Models Are Equal: Predicting Model Transferability in
       a Self-challenging Fisher Space", ECCV 2022, arXiv:2207.03036.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import SFDA
    >>> X, y = load_iris(return_X_y=True)
    >>> round(SFDA().fit(X, y).score_, 4)
    0.8765
    """

    _takes_float32 = True

    def __init__(self, *, shrinkage="auto"):
        self.shrinkage = shrinkage

    @property
    def _invariances(self):
        scale = set() if isinstance(self.shrinkage, str) else {"scale"}
        return frozenset({"rotation", "translation"} | scale)

    _wide = False
    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        check_share_or_option(self, "shrinkage", ("auto",))

    def _score(self, X, target):
        codes, counts, n_features = target.codes, target.counts, X.shape[1]
        if len(X) < n_features:
            X = row_coordinates(centre(X))
        centred, means = centred_classes(X, codes, counts)
        scatter = within_scatter(centred, means, codes)
        share = self.shrinkage
        if isinstance(share, str):
            share = auto_shrinkage(scatter, len(X))
        share = max(float(share), _LEAST_SHRINKAGE)
        first = fisher_posteriors(centred, scatter, means, target, share, n_features)
        mixed = MixedRows(centred, means, codes, first)
        means = mixed.class_means(counts)
        scatter = within_scatter(mixed, means, codes)
        second = fisher_posteriors(mixed, scatter, means, target, share, n_features)
        score = mean_own_posterior(second, codes)
        if score > _SATURATED:
            msg = (
                f"SFDA scored {score:.9f}: saturated, it tells no models apart. Take more "
                "samples, fewer features (CappedPCA) or a larger `shrinkage`."
            )
            warnings.warn(msg, UserWarning, stacklevel=4)
        return score, {"shrinkage_": share}
