"""RidgeProbe: the leave-one-out score of a ridge classifier or regressor."""

import numpy as np

from skperturb._blocks import cross_products
from skperturb._centred import centred_rows
from skperturb._classes import centred_classes
from skperturb._tensor_rows import centred_rows as centred_tensor_rows
from skperturb._validation import check_option
from skperturb.metrics import _tensor_leave_one_out as on_device
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._leave_one_out import chosen_fit, exact_freedom, factorise
from skperturb.metrics._tags import unit_interval
from skperturb.metrics._tensor_columns import sign_columns

_RELATIVE_ALPHAS = np.logspace(-4, 4, 17)


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

    Time :math:`O(n d \\min(n, d) + n \\min(n, d) C)`, the second term for each strength
    that a lower bound of its error does not rule out; memory a few matrices of the shorter
    side and :math:`O(n C)`; no matrix of n x n where n > d.
    For classes and labels :math:`H_{ii}` comes from products in float32, and again from
    float64 wherever the bounds of their rounding leave a choice or a prediction open.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import RidgeProbe
    >>> X, y = load_iris(return_X_y=True)
    >>> round(RidgeProbe().fit(X, y).score_, 4)
    0.84
    """

    _tasks = ("classification", "multilabel", "regression")

    _takes_float32 = True

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
        T = target.columns if target.task == "regression" else target.signs
        pulled = T - T.mean(axis=0)
        centred, crossed = _crossed(X, pulled, target)
        gram = centred.gram()
        alphas = self._strengths(np.trace(gram), centred.shape)
        factors = factorise(centred, pulled, crossed, alphas.min(), gram)
        fit = chosen_fit(factors, pulled, alphas, rough=target.task != "regression")
        score = _r_squared(fit, T) if target.task == "regression" else _accuracy(fit, T, target)
        return score, {"alpha_": float(alphas[fit[1]])}

    def _tensor_score(self, X, target):
        centred = centred_tensor_rows(X)
        alphas = self._strengths(centred.total_square(), centred.shape)
        factors = on_device.TensorFactors(centred, sign_columns(X, target), alphas.min())
        left_out = on_device.TensorLeaveOneOut(factors, alphas)
        k = left_out.best()
        return _tensor_agreement(left_out, k, target), {"alpha_": float(alphas[k])}

    def _strengths(self, square, shape):
        if not isinstance(self.alphas, str):
            return np.asarray(self.alphas, dtype=np.float64)
        average = square / min(shape)
        return _RELATIVE_ALPHAS * (average or 1.0)


def _crossed(X, T, target):
    """Centred features, and a function of nothing that returns their products with T."""
    if target.task != "classification":
        centred = centred_rows(X)
        return centred, lambda: cross_products(centred, T)
    centred, means = centred_classes(X, target.codes, target.counts)
    return centred, lambda: (2.0 * target.counts[:, None] * means).T


def _r_squared(fit, T):
    """R^2 of the leave-one-out predictions."""
    left_out, k, residuals = fit
    return _explained(np.sum((residuals / left_out.freedom[:, k, None]) ** 2, axis=0), T)


def _explained(residual, T):
    """R^2 in the mean over columns, from their sums of squared residuals."""
    total = np.sum((T - T.mean(axis=0)) ** 2, axis=0)
    unexplained = np.divide(residual, total, out=np.ones_like(total), where=total > 0)
    return 1.0 - unexplained.mean()


def _accuracy(fit, T, target):
    """Share of right leave-one-out predictions; exact leverages decide where it is close.

    More freedom never makes a right prediction wrong: what holds at both ends of a doubt
    holds within.
    """
    left_out, k, residuals = fit
    freedom = left_out.freedom[:, [k]]
    if left_out.is_exact:
        return _is_right(T - residuals / freedom, T, target).mean()
    doubt = left_out.doubt[:, [k]]
    right = _is_right(T - residuals / (freedom - doubt), T, target)
    differs = right != _is_right(T - residuals / (freedom + doubt), T, target)
    close = np.flatnonzero(differs.reshape(len(T), -1).any(axis=1))
    exact = exact_freedom(left_out.factors, left_out.kept[:, [k]], close)
    right[close] = _is_right(T[close] - residuals[close] / exact, T[close], target)
    return right.mean()


def _is_right(predictions, T, target):
    """Whether the column of the class is above all others; of labels, whether signs agree."""
    if target.task == "multilabel":
        return (predictions > 0) == (T > 0)
    own = predictions[T > 0]
    return own > np.where(T > 0, -np.inf, predictions).max(axis=1)


def _tensor_agreement(left_out, k, target):
    """The same agreement, of residuals that stay on the device of a tensor."""
    if target.task == "regression":
        return _explained(on_device.residual_squares(left_out, k), target.outputs)
    if target.task == "multilabel":
        return on_device.right_labels(left_out, k, target.signs)
    return on_device.right_classes(left_out, k)
