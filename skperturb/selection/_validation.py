"""Validation: parameters, target and groups of a selector, checked before any work."""

from collections.abc import Iterable
from numbers import Integral, Real
from os import PathLike, fspath
from typing import NamedTuple

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from skperturb._array_api import on_host
from skperturb._validation import check_integer, check_real, check_seed
from skperturb.selection._diagnostics import DIAGNOSTICS
from skperturb.selection._scores import metric_task
from skperturb.selection.features.loader import open_features
from skperturb.selection.resampling.stratified import SamplingFrame

_TASKS = {"binary": "classification", "multiclass": "classification"} | {
    "continuous": "regression",
    "continuous-multioutput": "regression",
}
_UNREADABLE = -1


class PoolTarget(NamedTuple):
    """The target of a pool, encoded once, and the groups of its rows as codes or None.

    `frame` says from what rows are drawn: its `codes` are those of the classes, zeros where
    no metric looks at classes.
    """

    y: np.ndarray
    task: str
    frame: SamplingFrame

    @property
    def groups(self):
        """Group of each row as codes, None where there are none."""
        return self.frame.groups

    @property
    def n_classes(self):
        """Number of classes, 1 where there are none."""
        return int(self.frame.codes.max()) + 1

    def take(self, rows):
        """Return the target of some rows."""
        return PoolTarget(self.y[rows], self.task, self.frame.take(rows))


def check_params(selector):
    """Raise unless the parameters that all selectors have are what they must be."""
    title = type(selector).__name__
    check_seed(selector, "random_state")
    check_integer(selector, "verbose", low=0)
    if check_integer(selector, "n_resamples", low=0) == 1:
        msg = f"`n_resamples` of {title} must be 0 or at least 2, got 1."
        raise ValueError(msg)
    level = check_real(selector, "confidence_level", low=0.0, high=1.0, open_low=True)
    if level == 1:
        msg = f"`confidence_level` of {title} must be below 1, got 1."
        raise ValueError(msg)
    check_diagnostics(selector)
    _check_error_score(selector)
    _check_cv(selector)


def check_diagnostics(selector):
    """Return the names of the diagnostics that are wanted, in the order of their reports."""
    wanted = selector.diagnostics
    if isinstance(wanted, str) and wanted == "all":
        return list(DIAGNOSTICS)
    if wanted is None:
        return []
    listed = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    names = list(wanted) if listed else [wanted]
    if all(isinstance(name, str) and name in DIAGNOSTICS for name in names):
        return [name for name in DIAGNOSTICS if name in names]
    msg = (
        f"`diagnostics` of {type(selector).__name__} must be 'all', None or a list of "
        f"{', '.join(map(repr, DIAGNOSTICS))}, got {wanted!r}."
    )
    raise ValueError(msg)


def check_max_samples(selector, n_rows):
    """Return `max_samples` as a number of rows, None for all."""
    value = selector.max_samples
    msg = (
        f"`max_samples` of {type(selector).__name__} must be an integer of at least 1, a share "
        f"in (0, 1] or None, got {value!r}."
    )
    if value is None:
        return None
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(msg)
    if isinstance(value, Integral):
        size, sound = int(value), value >= 1
    else:
        sound = 0 < float(value) <= 1
        size = max(1, round(float(value) * n_rows)) if sound else 0
    if not sound:
        raise ValueError(msg)
    return None if size >= n_rows else size


def _check_error_score(selector):
    value = selector.error_score
    if isinstance(value, str) and value == "raise":
        return
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = (
            f"`error_score` of {type(selector).__name__} must be 'raise' or a number, "
            f"got {value!r}."
        )
        raise ValueError(msg)


def _check_cv(selector):
    """Raise unless `cv` is a number of folds or a splitter, which can split any rows."""
    if hasattr(selector.cv, "split") and not isinstance(selector.cv, str):
        return
    folds = selector.cv
    if isinstance(folds, bool) or not isinstance(folds, Integral) or folds < 2:
        msg = (
            f"`cv` of {type(selector).__name__} must be an integer of at least 2 or a splitter "
            f"such as KFold(), got {folds!r}."
        )
        raise ValueError(msg)


def check_target(selector, y):
    """Return the target as an array of numbers or labels of one kind."""
    if y is None:
        msg = f"{type(selector).__name__} requires y to be passed, but the target y is None."
        raise ValueError(msg)
    y = check_array(on_host(y), ensure_2d=False, dtype=None, input_name="y")
    y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    try:
        type_of_target(y, input_name="y")
    except TypeError as error:
        msg = f"y must hold labels of one kind, all words or all numbers: {error}."
        raise ValueError(msg) from error
    return y


def encode_target(selector, y, groups, metrics):
    """Return a checked target with its classes and groups as codes, as the metrics take it."""
    y_task = _TASKS.get(type_of_target(y, input_name="y"), "multilabel")
    tasks = {metric_task(metric, y_task) for metric in metrics.values()}
    task = "regression" if tasks == {"regression"} else y_task
    codes = np.zeros(len(y), dtype=np.intp)
    if task == "classification":
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            msg = (
                f"{type(selector).__name__} needs at least 2 classes, got 1: every label is {y[0]}."
            )
            raise ValueError(msg)
    groups = _check_groups(type(selector).__name__, groups, len(y))
    return PoolTarget(y, task, SamplingFrame(codes.reshape(-1), groups))


def _check_groups(title, groups, n_rows):
    """Return the group of each row as codes, None where there are no groups."""
    if groups is None:
        return None
    groups = column_or_1d(check_array(groups, ensure_2d=False, dtype=None, input_name="groups"))
    if len(groups) != n_rows:
        msg = (
            f"`groups` of {title} must have one entry per row, as y has, {n_rows}, "
            f"got {len(groups)}."
        )
        raise ValueError(msg)
    try:
        found, codes = np.unique(groups, return_inverse=True)
    except TypeError as error:
        msg = f"`groups` of {title} must be of one kind, all words or all numbers: {error}."
        raise ValueError(msg) from error
    if len(found) < 2:
        msg = (
            f"`groups` of {title} must hold at least 2 groups, got 1, {found[0]!r}, for all rows; "
            "leave it out if the rows do not belong together."
        )
        raise ValueError(msg)
    return codes.reshape(-1)


def check_lengths(pool, n_rows):
    """Raise if no feature set can have a row for every entry of y, as far as a look tells."""
    sizes = set()
    for source in pool.values():
        size = _known_length(source)
        if size in (None, n_rows):
            return
        sizes.add(size)
    sizes.discard(_UNREADABLE)
    if not sizes:
        return
    found = str(sizes.pop()) if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
    msg = (
        f"y must have one entry per row of the feature sets, which have {found} rows, "
        f"got {n_rows} entries."
    )
    raise ValueError(msg)


def _known_length(source):
    """Return the rows of a feature set where that takes no reading of it, else None."""
    if callable(source):
        return None
    if isinstance(source, str | PathLike) and not fspath(source).lower().endswith(".npy"):
        return None
    try:
        return open_features(source).n_rows
    except Exception:  # whatever is wrong with it is reported when it is scored
        return _UNREADABLE
