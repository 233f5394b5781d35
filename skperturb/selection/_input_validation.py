"""Validation of input: pool, target and groups of a selector, checked before any work."""

from collections import Counter
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from skperturb._validation import label_array
from skperturb.selection._metrics import metric_task
from skperturb.selection.features.loader import open_features
from skperturb.selection.features.row_index import describe_index, row_index
from skperturb.selection.resampling.chance import shuffled_order
from skperturb.selection.resampling.stratified import SamplingFrame

_TASKS = {"binary": "classification", "multiclass": "classification"} | {
    "continuous": "regression",
    "continuous-multioutput": "regression",
}
_UNREADABLE = -1


class PoolTarget(NamedTuple):
    """The target of a pool, encoded once, and the groups of its rows as codes or None.

    `frame` says from what rows are drawn: its `codes` are those of the classes, zeros where
    no metric looks at classes. `row_index` is what pandas calls the rows of y.
    """

    y: np.ndarray
    task: str
    frame: SamplingFrame
    row_index: Any = None

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
        row_index = None if self.row_index is None else self.row_index[rows]
        return PoolTarget(self.y[rows], self.task, self.frame.take(rows), row_index)

    def shuffle(self, seed):
        """Return the target with its labels given to other rows."""
        order = shuffled_order(len(self.y), self.groups, seed)
        frame = SamplingFrame(self.frame.codes[order], self.groups)
        return PoolTarget(self.y[order], self.task, frame)


def name_feature_sets(feature_sets):
    """Return `{name: feature set}` of a mapping or a sequence, in the order given.

    A sequence of `(name, feature set)` pairs keeps its names; any other is numbered.
    """
    # FeatureSets, known by what it can do: its module imports this one.
    if hasattr(feature_sets, "sources"):
        pairs = list(feature_sets.sources().items())
    elif isinstance(feature_sets, Mapping):
        pairs = list(feature_sets.items())
    elif isinstance(feature_sets, Sequence) and not isinstance(feature_sets, str | bytes):
        named = bool(feature_sets) and all(map(_is_named, feature_sets))
        pairs = list(feature_sets) if named else list(enumerate(feature_sets))
    else:
        msg = (
            "`feature_sets` must be a mapping of names to feature sets or a sequence of "
            f"feature sets, got {type(feature_sets).__name__}; put them into a dict or a list."
        )
        raise TypeError(msg)
    if not pairs:
        msg = "`feature_sets` must hold at least 1 feature set, got an empty pool."
        raise ValueError(msg)
    names = [str(name) for name, _ in pairs]
    _check_unique(names)
    return dict(zip(names, (features for _, features in pairs), strict=True))


def _is_named(item):
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _check_unique(names):
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"Names in `feature_sets` must be unique, got {min(repeated)!r} more than once."
        raise ValueError(msg)


def check_target(selector, y):
    """Return the target as an array of numbers or labels of one kind."""
    if y is None:
        msg = f"{type(selector).__name__} requires y to be passed, but the target y is None."
        raise ValueError(msg)
    y = check_array(label_array(y), ensure_2d=False, dtype=None, input_name="y")
    y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    if y.dtype.kind == "S":
        msg = "y must hold words or numbers, got bytes; turn them into words, with y.astype(str)."
        raise ValueError(msg)
    if y.dtype == object and len({isinstance(each, str) for each in y.ravel()}) > 1:
        found = " and ".join(sorted({type(each).__name__ for each in y.ravel()}))
        msg = f"y must hold labels of one kind, all words or all numbers, got {found}."
        raise ValueError(msg)
    return y


def encode_target(selector, y, groups, metrics, index=None):
    """Return a checked target with its classes and groups as codes, as the metrics take it."""
    y_task = _TASKS.get(type_of_target(y, input_name="y"), "multilabel")
    tasks = {metric_task(metric, y_task) for metric in metrics.values()}
    task = "regression" if tasks == {"regression"} else y_task
    # Without classes all rows are one stratum.
    codes = np.zeros(len(y), dtype=np.intp)
    if task == "classification":
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            msg = (
                f"{type(selector).__name__} needs at least 2 classes, got 1: every label is {y[0]}."
            )
            raise ValueError(msg)
    group_codes = _check_groups(type(selector).__name__, groups, len(y))
    _check_index_of_groups(type(selector).__name__, groups, index, len(y))
    return PoolTarget(y, task, SamplingFrame(codes.reshape(-1), group_codes), index)


def _check_index_of_groups(title, groups, index, n_rows):
    """Raise where pandas calls the rows of the groups otherwise than those of y."""
    own, expected = (describe_index(each, n_rows) for each in (row_index(groups), index))
    # Positions say nothing of rows that others call by names.
    if None in (own, expected) or own.positions != expected.positions or own == expected:
        return
    msg = (
        f"`groups` of {title} must have the index of y, got another one; take "
        "groups.reindex(y.index), or reset both if their rows are in the same order."
    )
    raise ValueError(msg)


def _check_groups(title, groups, n_rows):
    """Return the group of each row as codes, None where there are no groups."""
    if groups is None:
        return None
    groups = check_array(
        label_array(groups, "groups"), ensure_2d=False, dtype=None, input_name="groups"
    )
    if groups.ndim == 2 and groups.shape[1] > 1:
        msg = f"`groups` of {title} must be one column, got an array of shape {groups.shape}."
        raise ValueError(msg)
    groups = column_or_1d(groups)
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
        [only] = found.tolist()  # NumPy would print its type, too
        msg = (
            f"`groups` of {title} must hold at least 2 groups, got 1, {only!r}, for all rows; "
            "leave it out if the rows do not belong together."
        )
        raise ValueError(msg)
    return codes.reshape(-1)


def check_lengths(pool, n_rows):
    """Raise if no feature set can have a row for every entry of y, as far as a look tells."""
    sizes = set()
    for source in pool.values():
        size = _known_length(source)
        # One that may fit is enough: those that do not are failures of their own.
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
