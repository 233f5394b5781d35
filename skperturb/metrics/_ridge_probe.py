"""RidgeProbe: the leave-one-out score of a ridge classifier or regressor."""

from typing import NamedTuple

import numpy as np

from skperturb._centred import centre
from skperturb._validation import check_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._spectrum import gram_vectors, svd_vectors
from skperturb.metrics._tags import unit_interval

_EPS = np.finfo(np.float64).eps
_RELATIVE_ALPHAS = np.logspace(-4, 4, 17)


class Factors(NamedTuple):
    """What ridge of every strength has in common, from centred features X = U S V'.

    `vectors` U `(n_samples, rank)`, `squares` S^2 `(rank,)`, `pulled` U' T `(rank,
    n_columns)`; `outside`, what U leaves of T, `(n_samples, n_columns)`, and `free`, the
    share of each sample that U and the intercept leave, `(n_samples,)`.
    """

    vectors: np.ndarray
    squares: np.ndarray
    pulled: np.ndarray
    outside: np.ndarray
    free: np.ndarray


def factorise(centred, T, least_alpha):
    """Factors of centred features and targets.

    From a Gram matrix of the shorter side, unless its rounding, some 1e-16 of the largest
    square, could be felt beside the least strength.
    """
    vectors, squares = gram_vectors(centred)
    if least_alpha < 1e8 * _EPS * squares.max(initial=0.0):
        vectors, squares = svd_vectors(centred, tolerance=max(centred.shape) * _EPS)
    pulled = vectors.T @ T
    if len(squares) == len(T) - 1:
        return Factors(vectors, squares, pulled, np.zeros_like(T), np.zeros(len(T)))
    free = 1.0 - 1.0 / len(T) - np.sum(vectors**2, axis=1)
    return Factors(vectors, squares, pulled, T - vectors @ pulled, free)


def leave_one_out(factors, T, alpha):
    """Prediction of every row of T by ridge with an intercept, fitted without that row."""
    kept = alpha / (factors.squares + alpha)
    residuals = factors.outside + factors.vectors @ (kept[:, None] * factors.pulled)
    # A sample without any freedom decides its own fit alone.
    freedom = np.maximum(factors.free + factors.vectors**2 @ kept, _EPS**2)
    return T - residuals / freedom[:, None]


def best_alpha(factors, T, alphas):
    """The strength with the least leave-one-out squared error, and its predictions."""
    best = (np.inf, None, None)
    for alpha in alphas:
        predictions = leave_one_out(factors, T, alpha)
        error = np.sum((T - predictions) ** 2)
        if error < best[0]:
            best = (error, alpha, predictions)
    return best[1:]


class RidgeProbe(BaseMetric):
    """
    Leave-one-out score of a linear probe, in closed form.

    What a cross-validated linear classifier says about the features, for the price of
    one decomposition: a strong baseline that every other metric has to beat.

    Parameters
    ----------
    alphas : "auto" or array-like of shape (n_alphas,), default="auto"
        Strengths of the penalty to choose from, above 0, in squared units of `X`. "auto"
        takes 17 values, log-spaced from 1e-4 to 1e4 times the mean squared singular
        value of the centred features.
    task : {"auto", "classification", "regression"}, default="auto"
        What `y` holds. "auto" follows :func:`sklearn.utils.multiclass.type_of_target`,
        which takes whole numbers for classes: say "regression" for counts and ages.

    Attributes
    ----------
    score_ : float
        Leave-one-out accuracy in [0, 1] for classes, mean accuracy over labels for label
        indicators, mean :math:`R^2`, at most 1, over outputs for regression.
    alpha_ : float
        The strength that was chosen.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted; only for classification.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    LogME : The evidence of the same linear model, without intercept.

    Notes
    -----
    Targets are +1 and -1 per class or label (regression: the outputs), with an intercept
    that is not penalised. With the hat matrix :math:`H` of ridge the prediction of
    sample i by the model that has not seen it is :math:`t_i - (t_i - \\hat t_i) /
    (1 - H_{ii})`. The strength is the one with the least squared leave-one-out error
    over all columns; a sample counts as right when the column of its class is above all
    others. A constant output has :math:`R^2 = 0`. On noise the score is mostly below
    chance where the classes are balanced, and often 0: leaving a sample out makes its
    class the rarest.

    Time :math:`O(n d \\min(n, d) + 17 n \\min(n, d) C)`, memory :math:`O(n d + n C)`;
    no matrix of n x n where n > d.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import RidgeProbe
    >>> X, y = load_iris(return_X_y=True)
    >>> round(RidgeProbe().fit(X, y).score_, 4)
    0.84
    """

    _tasks = ("classification", "multilabel", "regression")

    def __init__(self, *, alphas="auto", task="auto"):
        self.alphas = alphas
        self.task = task

    @property
    def _invariances(self):
        scale = {"scale"} if isinstance(self.alphas, str) else set()
        return frozenset({"rotation", "translation"} | scale)

    _bounds = staticmethod(unit_interval)

    def _check_parameters(self):
        self._check_task("classification", "regression")
        if isinstance(self.alphas, str):
            check_option(self, "alphas", ("auto",))
            return
        msg = (
            "`alphas` of RidgeProbe must be 'auto' or a list of finite numbers above 0, "
            f"got {self.alphas!r}."
        )
        try:
            alphas = np.asarray(self.alphas, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(msg) from error
        if alphas.ndim != 1 or not len(alphas) or not np.all((alphas > 0) & (alphas < np.inf)):
            raise ValueError(msg)

    def _score(self, X, target):
        T = target.columns if target.task == "regression" else 2.0 * target.columns - 1.0
        centred = centre(X)
        alphas = self._strengths(centred)
        factors = factorise(centred, T - T.mean(axis=0), alphas.min())
        alpha, predictions = best_alpha(factors, T, alphas)
        return _agreement(predictions, T, target), {"alpha_": float(alpha)}

    def _strengths(self, centred):
        if not isinstance(self.alphas, str):
            return np.asarray(self.alphas, dtype=np.float64)
        average = np.einsum("ij,ij->", centred, centred) / min(centred.shape)
        return _RELATIVE_ALPHAS * (average or 1.0)


def _agreement(predictions, T, target):
    """Accuracy or R^2 of the predictions, as the task has it."""
    if target.task == "regression":
        residual = np.sum((T - predictions) ** 2, axis=0)
        total = np.sum((T - T.mean(axis=0)) ** 2, axis=0)
        unexplained = np.divide(residual, total, out=np.ones_like(total), where=total > 0)
        return 1.0 - unexplained.mean()
    if target.task == "multilabel":
        return np.mean((predictions > 0) == (T > 0))
    own = predictions[T > 0]
    others = np.where(T > 0, -np.inf, predictions).max(axis=1)
    return np.mean(own > others)
