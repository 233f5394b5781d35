"""PACTranGaussian: a PAC-Bayesian bound on the loss of a linear classifier."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning

from skperturb._backend import NUMPY
from skperturb._chunked import center
from skperturb._validation import check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.spectrum import principal_coordinates
from skperturb.metrics._tags import at_most_zero

_MAX_ITER = 10_000
# No stop where the risk hardly falls: the Hessian still moves there.
_TO_THE_END = {"ftol": 0.0, "gtol": 1e-9, "maxcor": 20}


class Classifier(NamedTuple):
    """The linear classifier at the minimum of its regularised risk."""

    risk: float
    posteriors: np.ndarray
    converged: bool


def unit_features(X):
    """Centre X and scale it to a mean squared row norm of n_features, 0 if it is constant."""
    centered = center(X).rows()
    return centered / np.sqrt(np.mean(centered**2) or 1.0)


def risk_and_gradient(flat, rows, columns, penalties):
    """Mean cross entropy + sum_j penalties_j ||w_j||^2 / 2, and its gradient by w."""
    n_samples, n_classes = columns.shape
    weights = flat.reshape(-1, n_classes)
    logs = log_softmax(NUMPY.matmul(rows, weights), axis=1)
    penalty_gradient = penalties[:, None] * weights
    risk = -np.einsum("ij,ij->", columns, logs) / n_samples + np.sum(weights * penalty_gradient) / 2
    gradient = NUMPY.matmul(rows.T, (np.exp(logs) - columns) / n_samples) + penalty_gradient
    return risk, gradient.ravel()


def fit_classifier(X, columns, strength):
    """Minimise mean cross entropy + ||W||^2 / (2 strength n) over weights and intercepts."""
    n_samples, n_classes = columns.shape
    rows, squares = principal_coordinates(X)
    penalty = 1.0 / (strength * n_samples)
    # In units of the curvature at the start, all directions are about equally steep.
    units = np.sqrt(np.append(squares / n_samples / n_classes + penalty, 1.0 / n_classes))
    rows = np.column_stack([rows, np.ones(n_samples)]) / units
    penalties = np.append(np.full(len(squares), penalty), 0.0) / units**2
    found = minimize(
        risk_and_gradient,
        np.zeros(rows.shape[1] * n_classes),
        args=(rows, columns, penalties),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MAX_ITER, "maxfun": 2 * _MAX_ITER, **_TO_THE_END},
    )
    posteriors = softmax(NUMPY.matmul(rows, found.x.reshape(-1, n_classes)), axis=1)
    return Classifier(float(found.fun), posteriors, np.abs(found.jac).max() < 1e-6)


def hessian_trace(X, posteriors):
    """Trace of the Hessian of mean cross entropy by all weights and intercepts."""
    curvatures = np.sum(posteriors * (1.0 - posteriors), axis=1)
    return np.mean(curvatures * (np.einsum("ij,ij->i", X, X) + 1.0))


def flatness_term(trace, shape, strength, prior_std):
    """C d / (2 lambda) log(1 + lambda sigma_0^2 tr H / (C d)), `shape` being (n, d, C)."""
    n_samples, n_features, n_classes = shape
    weight = n_classes * prior_std**2 / (2.0 * strength * n_samples)
    return weight * np.log1p(strength * n_samples * trace / (n_classes * n_features))


class PACTranGaussian(BaseMetric):
    """
    Negative PAC-Bayesian bound on the loss of a linear classifier.

    The bound is the loss of the best regularised linear classifier plus a price for a
    sharp minimum, one whose loss grows fast when the weights are disturbed. It is what
    theory says of the loss on new samples, with no held-out data [1]_.

    Parameters
    ----------
    strength : float, default=10.0
        Precision of the data relative to that of the prior, :math:`\\lambda \\sigma_0^2 /
        n`, above 0. The larger, the weaker the penalty on the weights.
    prior_std : float, default=10.0
        Standard deviation :math:`s` of the prior, above 0, as :math:`\\sigma_0 = s / \\sqrt d`.
        It weighs the flatness term.

    Attributes
    ----------
    score_ : float
        Minus the bound, at most 0: ``-(risk_ + flatness_)``.
    risk_ : float
        Mean cross entropy plus penalty at the minimum.
    flatness_ : float
        The flatness term.
    hessian_trace_ : float
        Trace of the Hessian of the mean cross entropy at the minimum.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    Warns
    -----
    ConvergenceWarning
        If the minimum was not found to a gradient of 1e-6.

    See Also
    --------
    LogME : The evidence of a linear regression model, in closed form.

    Notes
    -----
    The features are centred and scaled to a mean squared row norm of d. With a prior
    :math:`N(0, \\sigma_0^2 I)` on the weights :math:`W` of a softmax classifier with
    intercepts b, the mean cross entropy L and its Hessian H, a normal posterior with one
    variance and L to second order, the bound that is least over this posterior is

    .. math:: \\min_{W, b} \\Bigl[ L(W, b)
        + \\frac{\\lVert W \\rVert^2}{2 \\lambda \\sigma_0^2} \\Bigr]
        + \\frac{C d}{2 \\lambda} \\log \\Bigl( 1
        + \\frac{\\lambda \\sigma_0^2}{C d} \\mathrm{tr} H \\Bigr) ,

    at the minimum, with :math:`\\lambda \\sigma_0^2 = \\text{strength} \\cdot n` and
    :math:`\\sigma_0^2 = s^2 / d`, hence :math:`C d / (2 \\lambda) = C \\,
    s^2 / (2 \\, \\text{strength} \\, n)`. The trace is
    :math:`\\tfrac1n \\sum_{ic} p_{ic} (1 - p_{ic}) (\\lVert x_i \\rVert^2 + 1)` with the
    posteriors p; the 1 is that of the intercepts, which are not penalised. The risk is
    convex: L-BFGS from zero in principal coordinates, each in units of its curvature,
    runs to a gradient of 1e-9, or until rounding hides the descent; the score is exact
    to about 1e-7 of itself.

    The formula follows from the prior, the posterior and the expansion above, and has
    the terms of the authors' code; the numbers of the equations in the paper, its
    treatment of the intercepts and its values of :math:`\\lambda` and :math:`\\sigma_0`
    could not be verified against its text. The defaults are a pair from the authors'
    code ("lda_factor" 10, "s2_factor" 100). That code differs in three ways: it does not
    scale the features; the Hessian in its flatness term is that of the summed loss, n
    times the one of the mean loss that the bound is about; and it starts from random
    weights and stops after 100 steps.

    Where classes can be separated, as with n < d, the risk is small on any features, and
    so is the Hessian: the score then says little. The bound grows with the number of
    classes; compare models on one target only.

    Time :math:`O(n d \\min(n, d) + t n \\min(n, d) C)` with t steps, some tens to
    hundreds; memory :math:`O(n d + n C + \\min(n, d) C)`.

    References
    ----------
    .. [1] N. Ding, X. Chen, T. Levinboim, S. Changpinyo, R. Soricut, "PACTran:
       PAC-Bayesian Metrics for Estimating the Transferability of Pretrained Models to
       Classification Tasks", ECCV 2022, arXiv:2203.05126.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import PACTranGaussian
    >>> X, y = load_iris(return_X_y=True)
    >>> round(PACTranGaussian().fit(X, y).score_, 4)
    -0.4083
    """

    def __init__(self, *, strength=10.0, prior_std=10.0):
        self.strength = strength
        self.prior_std = prior_std

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.invariances = frozenset({"rotation", "translation", "scale"})
        tags.bounds = at_most_zero
        return tags

    def _check_parameters(self):
        check_real(self, "strength", low=0.0, open_low=True)
        check_real(self, "prior_std", low=0.0, open_low=True)

    def _score(self, X, target):
        X = unit_features(X)
        classifier = fit_classifier(X, target.columns, self.strength)
        if not classifier.converged:
            msg = f"PACTranGaussian stopped after {_MAX_ITER} steps, short of the minimum."
            warnings.warn(msg, ConvergenceWarning, stacklevel=5)
        trace = hessian_trace(X, classifier.posteriors)
        shape = (*X.shape, len(target.classes))
        flatness = flatness_term(trace, shape, self.strength, self.prior_std)
        return -(classifier.risk + flatness), {
            "risk_": classifier.risk,
            "flatness_": float(flatness),
            "hessian_trace_": float(trace),
        }
