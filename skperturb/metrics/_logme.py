"""LogME: the maximal evidence of a Bayesian linear model of the targets."""

import warnings
from functools import singledispatch

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._memoize import memoize
from skperturb._row_subset import RowSubset, SubsetMatrix
from skperturb._validation import check_integer, check_real
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._linalg.evidence import maximise_evidence, split_energies
from skperturb.metrics._linalg.spectrum import gram_spectrum, svd_spectrum
from skperturb.metrics._linalg.target_columns import NumberColumns, target_columns


def maximal_evidence(X, columns, *, tol=1e-6, max_iter=100):
    """Maximal log evidence of every column of a target, from one Gram matrix of X.

    The Gram matrix carries an error of a few roundings of its largest eigenvalue. Where
    that may hide a direction, be felt beside alpha / beta, or be all that is left of a
    target that is fitted nearly perfectly, the singular value decomposition takes over.
    """
    # Without an intercept there is no centring, which would hide dead columns.
    matrix = drop_zero_columns(X)
    n_samples, eps = len(matrix), matrix.backend.eps
    if matrix.backend.is_double:
        spectrum = gram_spectrum(matrix, columns, matrix.gram())
        if not (hides_directions(spectrum, matrix.shape) or hides_residuals(spectrum, n_samples)):
            energies = split_energies(spectrum, n_samples)
            evidence = maximise_evidence(energies, tol=tol, max_iter=max_iter)
            singular_values_sq = spectrum.singular_values_sq
            # Eigenvalues carry an absolute error of one rounding of the largest: eight digits
            # of alpha / beta + s^2 must be left.
            floor = 1e8 * eps * singular_values_sq.max(initial=0.0)
            if evidence.ratio.min() + singular_values_sq.min(initial=np.inf) >= floor:
                return evidence
    spectrum = svd_spectrum(matrix, columns, tolerance=max(matrix.shape) * eps)
    return maximise_evidence(split_energies(spectrum, n_samples), tol=tol, max_iter=max_iter)


@memoize
@singledispatch
def drop_zero_columns(X):
    """ChunkedMatrix of X without zero columns, which would hide directions of rounding."""
    backend, is_live = get_backend(X), np.zeros(X.shape[1], dtype=bool)
    for block in backend.row_slices(*X.shape):
        unseen = np.flatnonzero(~is_live)
        if not len(unseen):
            return ChunkedMatrix(X)
        rows = (
            X[block, ...]
            if len(unseen) == len(is_live)
            else backend.take(X[block, ...], unseen, axis=1)
        )
        is_live[unseen] = to_numpy(backend.xp.any(rows != 0, axis=0))
    some = is_live.any() and not is_live.all()
    return ChunkedMatrix(backend.take(X, np.flatnonzero(is_live), axis=1) if some else X)


def hides_directions(spectrum, shape):
    """Whether some eigenvalues of a Gram matrix may be nothing but rounding."""
    squares = spectrum.singular_values_sq
    return len(squares) < min(shape) or np.any(squares < 1e-12 * squares.max(initial=0.0))


def hides_residuals(spectrum, n_samples):
    """Whether the residual of a target, where there can be one, may be mostly rounding.

    A projection z on a direction s carries an error of s_max / s roundings.
    """
    squares = spectrum.singular_values_sq
    # As many directions as samples leave no residual; no direction leaves nothing else.
    if len(squares) == n_samples or not len(squares):
        return False
    eps = np.finfo(np.float64).eps
    rounding = eps * squares.max() * np.sum(spectrum.projections**2 / squares[:, None], axis=0)
    return np.any(spectrum.residuals < np.maximum(1e8 * rounding, 1e-7 * spectrum.totals))


@drop_zero_columns.register
def _(X: RowSubset):
    # Inner products of rows do not know of them, and a subset may have zero columns of its own.
    return SubsetMatrix(X)


class LogME(BaseMetric):
    """
    Log of the maximum evidence: how well a linear model explains the targets.

    The evidence weighs fit against complexity, so a wide feature set is not rewarded for
    its width. LogME needs no held-out data, takes classes, label indicators and
    regression targets, and does not depend on the scale of the features [1]_ [2]_.

    Parameters
    ----------
    task : {"auto", "classification", "regression"}, default="auto"
        What `y` holds. "auto" follows :func:`sklearn.utils.multiclass.type_of_target`,
        which takes whole numbers for classes: say "regression" for counts and ages.
    tol : float, default=1e-6
        Largest last step in log(alpha / beta), above 0. The score is exact to about the
        square of it.
    max_iter : int, default=100
        Largest number of Newton steps per column, at least 1.

    Attributes
    ----------
    score_ : float
        Mean over target columns of the maximal log evidence per sample.
    alpha_ : ndarray of shape (n_columns,)
        Precision of the weights at the maximum, per column: of each class, in the order
        of `classes_`, each label or each output. Infinite where no weights are best, NaN
        for a column that was left out.
    beta_ : ndarray of shape (n_columns,)
        Precision of the noise at the maximum, per column.
    converged_ : ndarray of shape (n_columns,)
        Whether the last step was within `tol`, per column.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted; only for classification.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    RidgeProbe : The same linear model, judged by leave-one-out accuracy.

    Notes
    -----
    Each column :math:`t` (one per class, 1 for its members and 0 for the others; or a
    label; or an output) is modelled without intercept as
    :math:`t \\sim N(Xw, \\beta^{-1} I)`, :math:`w \\sim N(0, \\alpha^{-1} I)`, and

    .. math:: \\log p(t) = \\tfrac n2 \\log\\beta + \\tfrac d2 \\log\\alpha
        - \\tfrac n2 \\log 2\\pi - \\tfrac\\beta2 \\lVert t - Xm \\rVert^2
        - \\tfrac\\alpha2 \\lVert m \\rVert^2
        - \\tfrac12 \\sum_{i=1}^{d} \\log(\\alpha + \\beta s_i^2)

    is maximised over :math:`\\alpha` and :math:`\\beta`: globally, on a grid and by
    Newton steps in :math:`\\log(\\alpha/\\beta)`, since the best :math:`\\beta` is then
    known in closed form. The last sum runs over all d directions; of features of rank
    r < d, d - r of them have a singular value of zero and contribute
    :math:`\\log\\alpha` each. The most copied public implementation leaves those out, and
    therefore scores pure noise higher the wider it is. For n >= d the public
    implementations agree with this one to about 1e-4: they stop early, and some add 1e-5
    to denominators.

    A target that the features do not explain at all has its supremum at infinite alpha,
    the null model, which is what is returned. A perfect fit has no bound; its residual
    is taken as machine precision times the square norm of the target. A column of zeros
    has no evidence and is left out of the mean (an unused label, say).

    Time :math:`O(n d \\min(n, d) + \\min(n, d)^3)` and a few passes over
    :math:`\\min(n, d) \\cdot C`, memory one Gram matrix of the shorter side.

    References
    ----------
    .. [1] K. You, Y. Liu, J. Wang, M. Long, "LogME: Practical Assessment of Pre-trained
       Models for Transfer Learning", ICML 2021, arXiv:2102.11005.
    .. [2] K. You, Y. Liu, Z. Zhang, J. Wang, M. I. Jordan, M. Long, "Ranking and Tuning
       Pre-trained Models: A New Paradigm for Exploiting Model Hubs", JMLR 23, 2022,
       arXiv:2110.10545.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import LogME
    >>> X, y = load_iris(return_X_y=True)
    >>> round(LogME().fit(X, y).score_, 4)
    -0.1601
    """

    def __init__(self, *, task="auto", tol=1e-6, max_iter=100):
        self.task = task
        self.tol = tol
        self.max_iter = max_iter

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.tasks = ("classification", "multilabel", "regression")
        tags.target_tags.multi_output = True
        tags.invariances = frozenset({"rotation", "scale"})
        tags.array_api_support = tags.row_subsets = True
        return tags

    def _check_parameters(self):
        self._check_task("classification", "regression")
        check_real(self, "tol", low=0.0, open_low=True)
        check_integer(self, "max_iter", low=1)

    def _score(self, X, target):
        columns = target_columns(get_backend(X), target)
        is_used = columns.norms_sq() > 0.0
        if not is_used.any():
            msg = "LogME needs a target that is not zero throughout, got only zeros."
            raise ValueError(msg)
        # A column of zeros has evidence without bound: it says nothing of the features.
        if not is_used.all():
            columns = NumberColumns(columns.backend, target.outputs[:, is_used])
        evidence = maximal_evidence(X, columns, tol=self.tol, max_iter=self.max_iter)
        self._warn_unless_converged(evidence)
        return evidence.per_sample.mean(), {
            "alpha_": _fill_in(is_used, evidence.alpha, np.nan),
            "beta_": _fill_in(is_used, evidence.beta, np.nan),
            "converged_": _fill_in(is_used, evidence.converged, True),
        }

    def _warn_unless_converged(self, evidence):
        if not evidence.converged.all():
            msg = (
                f"LogME stopped after {self.max_iter} steps before log(alpha / beta) was "
                f"known to {self.tol:g}; raise `max_iter` or `tol`."
            )
            warnings.warn(msg, ConvergenceWarning, stacklevel=5)


def _fill_in(is_used, values, missing):
    """Values of the used columns in their places, and `missing` elsewhere."""
    filled = np.full(len(is_used), missing)
    filled[is_used] = values
    return filled
