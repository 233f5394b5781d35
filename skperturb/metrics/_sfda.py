"""SFDA: a Fisher discriminant that has to hold after its easy samples were made harder."""

import warnings

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix, center
from skperturb._class_stats import center_with_class_means, iter_within_rows
from skperturb._validation import check_fraction_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.cholesky import row_coordinates, solve_regularized
from skperturb.metrics._linalg.gaussian import (
    class_mean_norm_sq,
    iter_posteriors,
    mean_true_posterior,
    rounding_trace,
    softmax,
    take_true_class,
)
from skperturb.metrics._tags import unit_interval

# exp(-5 lambda) of features of any size is 0 in floating point; S_w alone may be singular.
_LEAST_SHRINKAGE = 1e-10
_SATURATED = 1.0 - 1e-6  # the posteriors of other models differ from it in rounding only


class MixedRows(ChunkedMatrix):
    """Rows q x + (1-q) m: m the mean of the means of the other classes, q `confidences`.

    Products come from those of the rows x.
    """

    def __init__(self, centered, means, codes, confidences):
        super().__init__(centered.X)
        self.centered, self.codes, self.confidences = centered, codes, confidences
        total = self.backend.xp.sum(means, axis=0)
        self.others = (total - means) / (means.shape[0] - 1)

    def rows(self, selection=slice(None)):
        """Return the mixed rows of a slice, or of indices in a NumPy array."""
        mixed = self.centered.rows(selection)
        others = self.backend.take(self.others, self.codes[selection])
        mixed -= others
        mixed *= self.backend.asarray(self.confidences[selection])[:, None]
        mixed += others
        return mixed

    def iter_products(self, V):
        """Yield slices of the rows, and these rows times V."""
        others = self.backend.matmul(self.others, V)
        for block, product in self.centered.iter_products(V):
            own = self.backend.take(others, self.codes[block])
            product -= own
            product *= self.backend.asarray(self.confidences[block])[:, None]
            product += own
            yield block, product

    def class_means(self, counts):
        """Return the mean of each class, `(n_classes, n_features)`."""
        backend, sums = self.backend, 0.0
        for block in self.row_slices(for_products=True):
            rows = self.centered.rows(block)
            rows *= backend.asarray(self.confidences[block])[:, None]
            sums = sums + backend.segment_sum(rows, self.codes[block], len(counts))
        # Sums of q x from the rows, and of (1 - q) m from the classes alone.
        doubts = counts - np.bincount(self.codes, self.confidences, len(counts))
        sums = sums + backend.asarray(doubts)[:, None] * self.others
        return sums / backend.asarray(counts.astype(np.float64))[:, None]


def fisher_directions(rows, scatter, means, target, shrinkage, n_features):
    """S^-1 M' under S = (1-a) S_w + a (tr S_w / d) I, d being `n_features`.

    The `scatter` n S_w may be overwritten.
    """
    xp, n_samples = rows.backend.xp, len(rows)
    trace = float(xp.linalg.trace(scatter)) / n_samples
    # Equal rows within every class leave no covariance; rounding is the least.
    trace = max(trace, rounding_trace(trace + class_mean_norm_sq(means, target.counts)))
    share = (1.0 - shrinkage) / n_samples

    def design():
        return share**0.5 * xp.concat(list(iter_within_rows(rows, means, target.codes)))

    return solve_regularized(share * scatter, shrinkage * trace / n_features, means.T, design)


def soft_confidences(rows, means, directions, target):
    """Softmax of the posteriors of each row, at its class, `(n_samples,)` on the host."""
    backend, priors = rows.backend, target.counts / len(rows)
    confidences = [
        to_numpy(take_true_class(softmax(posteriors, backend.xp), target.codes[block], backend))
        for block, posteriors in iter_posteriors(rows, means, priors, directions)
    ]
    return np.concatenate(confidences)


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

    def __init__(self, *, shrinkage="auto"):
        self.shrinkage = shrinkage

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        scale = set() if isinstance(self.shrinkage, str) else {"scale"}
        tags.invariances = frozenset({"rotation", "translation"} | scale)
        tags.bounds = unit_interval
        tags.wide = False
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_fraction_or_option(self, "shrinkage", ("auto",))

    def _score(self, X, target):
        codes, n_features = target.codes, X.shape[1]
        if X.shape[0] < n_features:
            # Nothing outside the span of the rows enters a discriminant: n x n instead of d x d.
            X = row_coordinates(center(X).rows())
        centered, means = center_with_class_means(X, codes, len(target.counts))
        backend = centered.backend
        scatter = backend.syrk(iter_within_rows(centered, means, codes), X.shape[1])
        shrinkage = self._resolve_shrinkage(scatter, len(centered))

        directions = fisher_directions(centered, scatter, means, target, shrinkage, n_features)
        # The published second softmax: a posterior of 1 becomes e / (e + C - 1), never certain.
        confidences = soft_confidences(centered, means, directions, target)
        mixed = MixedRows(centered, means, codes, confidences)
        means = mixed.class_means(target.counts)
        scatter = backend.syrk(iter_within_rows(mixed, means, codes), X.shape[1])
        directions = fisher_directions(mixed, scatter, means, target, shrinkage, n_features)

        score = mean_true_posterior(mixed, means, directions, target)
        self._warn_if_saturated(score)
        return score, {"shrinkage_": shrinkage}

    def _resolve_shrinkage(self, scatter, n_samples):
        """Return the share of the identity: exp(-5 lambda_max(S_w)) for "auto"."""
        shrinkage = self.shrinkage
        if isinstance(shrinkage, str):
            largest = get_backend(scatter).largest_eigenvalue(scatter)
            shrinkage = np.exp(-5.0 * largest / n_samples)
        return max(float(shrinkage), _LEAST_SHRINKAGE)

    @staticmethod
    def _warn_if_saturated(score):
        if score > _SATURATED:
            msg = (
                f"SFDA scored {score:.9f}: saturated, it tells no models apart. Take more "
                "samples, fewer features (CappedPCA) or a larger `shrinkage`."
            )
            warnings.warn(msg, UserWarning, stacklevel=5)
