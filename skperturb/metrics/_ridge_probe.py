"""RidgeProbe: the leave-one-out score of a ridge classifier or regressor."""

import numpy as np

from skperturb._backend import to_numpy
from skperturb._chunked import center
from skperturb._class_stats import center_labelled
from skperturb._validation import check_option
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.ridge_loo import RidgeLeaveOneOut, decompose
from skperturb.metrics._linalg.target_columns import centered_signs

# Two per decade: between neighbours the leave-one-out error of a probe hardly changes.
_RELATIVE_ALPHAS = np.logspace(-4, 4, 17)
_TIE = 1e-9  # of predictions of targets of +1 and -1


def _accuracy_or_r_squared(task, n_classes):
    return (-np.inf, 1) if task == "regression" else (0, 1)


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
    side and 17 numbers per sample; no matrix of n x n where n > d.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import RidgeProbe
    >>> X, y = load_iris(return_X_y=True)
    >>> round(RidgeProbe().fit(X, y).score_, 4)
    0.84
    """

    def __init__(self, *, alphas="auto", task="auto"):
        self.alphas = alphas
        self.task = task

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.tasks = ("classification", "multilabel", "regression")
        tags.target_tags.multi_output = True
        scale = {"scale"} if isinstance(self.alphas, str) else set()
        tags.invariances = frozenset({"rotation", "translation"} | scale)
        tags.bounds = _accuracy_or_r_squared
        tags.array_api_support = tags.row_subsets = True
        return tags

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
        if target.task == "classification":
            centered = center_labelled(X, target.codes, len(target.counts))
        else:
            centered = center(X)
        gram = centered.gram()
        alphas = self._resolve_alphas(float(centered.backend.xp.linalg.trace(gram)), X.shape)
        columns = centered_signs(centered.backend, target)
        loo = RidgeLeaveOneOut(decompose(centered, float(alphas.min()), gram), columns, alphas)
        best = loo.best_alpha_idx()
        return _SCORE_OF_TASK[target.task](loo, best, target), {"alpha_": float(alphas[best])}

    def _resolve_alphas(self, norm_sq, shape):
        if not isinstance(self.alphas, str):
            return np.asarray(self.alphas, dtype=np.float64)
        return _RELATIVE_ALPHAS * (norm_sq / min(shape) or 1.0)


def _accuracy(loo, best, target):
    """Share of the rows whose own class is predicted above all others."""
    backend, n_right = loo.matrix.backend, 0
    xp = backend.xp
    for block, residuals in loo.iter_residuals(best):
        is_own = backend.asarray(loo.columns.indicators(block))
        predicted = xp.where(is_own, 1.0 - residuals, -1.0 - residuals)
        # Compared in the units of the targets, +1 and -1: a tie counts as wrong.
        lowest = xp.full_like(predicted, -np.inf)
        own = xp.max(xp.where(is_own, predicted, lowest), axis=1)
        others = xp.max(xp.where(is_own, lowest, predicted), axis=1)
        n_right += int(xp.sum(xp.astype(own > others + _TIE, xp.int64)))
    return n_right / len(loo.matrix)


def _label_accuracy(loo, best, target):
    """Share of the labels whose sign is predicted; a tie of both counts as wrong."""
    n_right = sum(
        np.sum(signs * (signs - to_numpy(residuals)) > _TIE)
        for block, residuals in loo.iter_residuals(best)
        for signs in [target.signs[block]]
    )
    return n_right / target.signs.size


def _r_squared(loo, best, target):
    """R^2 of the leave-one-out predictions, in the mean over outputs."""
    sum_squares = loo.matrix.backend.sum_squares
    unexplained = sum(to_numpy(sum_squares(r, axis=0)) for _, r in loo.iter_residuals(best))
    total = np.sum((target.outputs - target.outputs.mean(axis=0)) ** 2, axis=0)
    shares = np.divide(unexplained, total, out=np.ones_like(total), where=total > 0)
    return 1.0 - shares.mean()


_SCORE_OF_TASK = {
    "classification": _accuracy,
    "multilabel": _label_accuracy,
    "regression": _r_squared,
}
