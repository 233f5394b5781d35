"""SFDA: a Fisher discriminant that has to hold after its easy samples were made harder."""

import warnings

import numpy as np
from scipy import linalg
from scipy.special import softmax

from skperturb._centred import centre, mean_square
from skperturb._classes import class_means
from skperturb._validation import check_share_or_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._discriminant import (
    gaussian_posteriors,
    mean_own_posterior,
    regularised_directions,
    rounding_trace,
)
from skperturb.metrics._gram import row_coordinates
from skperturb.metrics._tags import unit_interval

_LEAST_SHRINKAGE = 1e-10
_SATURATED = 1.0 - 1e-6


def auto_shrinkage(within):
    """exp(-5 lambda), lambda the largest eigenvalue of S_w; `within` are its centred rows."""
    gram = within.T @ within if within.shape[0] > within.shape[1] else within @ within.T
    last = len(gram) - 1
    largest = linalg.eigh(gram, eigvals_only=True, subset_by_index=[last, last])[0]
    return np.exp(-5.0 * max(largest, 0.0) / len(within))


def fisher_posteriors(X, means, target, shrinkage, n_features):
    """Posteriors under S = (1-a) S_w + a (tr S_w / d) I, d being `n_features`."""
    within = X - means[target.codes]
    trace = max(mean_square(within), rounding_trace(mean_square(X)))
    root = np.sqrt((1.0 - shrinkage) / len(X)) * within
    directions = regularised_directions(means, root, shrinkage * trace / n_features)
    return gaussian_posteriors(X, means, target.counts / len(X), directions)


def confidence_mixed(X, means, codes, posteriors):
    """Move every row to q x + (1-q) m: m the mean of the other means, q the softened trust."""
    trust = softmax(posteriors, axis=1)[np.arange(len(X)), codes][:, None]
    others = (means.sum(axis=0) - means) / (len(means) - 1)
    return trust * X + (1.0 - trust) * others[codes]


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
    CappedPCA : Fewer features, so that the score does not saturate.

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

    Time :math:`O(n d \\min(n, d))`, memory :math:`O(n d)` and one matrix of the shorter
    side.

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

    @property
    def _invariances(self):
        scale = set() if isinstance(self.shrinkage, str) else {"scale"}
        return frozenset({"rotation", "translation"} | scale)

    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        check_share_or_option(self, "shrinkage", ("auto",))

    def _score(self, X, target):
        codes, counts, n_features = target.codes, target.counts, X.shape[1]
        X = row_coordinates(centre(X))
        means = class_means(X, codes, counts)
        share = self.shrinkage
        if isinstance(share, str):
            share = auto_shrinkage(X - means[codes])
        share = max(float(share), _LEAST_SHRINKAGE)
        first = fisher_posteriors(X, means, target, share, n_features)
        mixed = confidence_mixed(X, means, codes, first)
        means = class_means(mixed, codes, counts)
        second = fisher_posteriors(mixed, means, target, share, n_features)
        score = mean_own_posterior(second, codes)
        if score > _SATURATED:
            msg = (
                f"SFDA scored {score:.9f}: saturated, it tells no models apart. Take more "
                "samples, fewer features (CappedPCA) or a larger `shrinkage`."
            )
            warnings.warn(msg, UserWarning, stacklevel=4)
        return score, {"shrinkage_": share}
