"""Tasks: pools with labels, and the accuracies that their models really reached."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from skperturb.selection._input_validation import name_feature_sets


class Task(NamedTuple):
    """What messages call the task, its feature sets by name, and its labels."""

    label: str
    feature_sets: dict[str, Any]
    y: Any


def read_tasks(tasks):
    """Return every task as a `Task`, its feature sets unopened."""
    _check_sequence("tasks", tasks, "put a lone task into a list")
    if len(tasks) == 0:
        msg = "`tasks` of ModelRanker must hold at least 1 task, got none."
        raise ValueError(msg)
    return [_read_task(task, place) for place, task in enumerate(tasks)]


def read_accuracies(tasks, accuracies):
    """Return the accuracies of every task as float64 in the order of its models."""
    if accuracies is None:
        msg = "ModelRanker requires accuracies to be passed, but the target y is None."
        raise ValueError(msg)
    _check_sequence("accuracies", accuracies, "of a DataFrame take `frame.to_dict('records')`")
    if len(accuracies) != len(tasks):
        msg = (
            f"`accuracies` of ModelRanker must have one entry per task, {len(tasks)}, "
            f"got {len(accuracies)}."
        )
        raise ValueError(msg)
    return [_accuracies_of(*pair) for pair in zip(tasks, accuracies, strict=True)]


def _check_sequence(name, values, remedy):
    # A frame has a length, too, but iterating it gives the names of its columns.
    keyed = isinstance(values, Mapping | str | bytes) or hasattr(values, "columns")
    if keyed or not (hasattr(values, "__len__") and hasattr(values, "__getitem__")):
        msg = (
            f"`{name}` of ModelRanker must be a sequence with one entry per task, "
            f"got {type(values).__name__}; {remedy}."
        )
        raise TypeError(msg)


def _read_task(task, place):
    label = f"Task {getattr(task, 'name', place)!r}"
    if hasattr(task, "feature_sets") and hasattr(task, "labels"):
        feature_sets, y = task.feature_sets, task.labels
    elif isinstance(task, tuple) and len(task) == 2:
        feature_sets, y = task
    else:
        msg = (
            f"{label} must be a tuple (feature_sets, y) or have the attributes `feature_sets` "
            f"and `labels`, got {type(task).__name__}."
        )
        raise TypeError(msg)
    if y is None:
        msg = f"{label} must have labels, got None."
        raise ValueError(msg)
    return Task(label, name_feature_sets(feature_sets), y)


def _accuracies_of(task, accuracies):
    """Return the accuracies of one task, NaN where a model has none."""
    # A pandas Series has items, too: its index may be in another order than the models.
    by_name = hasattr(accuracies, "items")
    known = (
        _order_by_model(task, accuracies) if by_name else np.asarray(accuracies, dtype=np.float64)
    )
    if known.shape != (len(task.feature_sets),):
        msg = (
            f"{task.label} must have one accuracy for each of its {len(task.feature_sets)} models, "
            f"got an array of shape {known.shape}; give them by name where some are missing."
        )
        raise ValueError(msg)
    if np.isinf(known).any():
        msg = f"{task.label} must have finite accuracies, or NaN where missing, got infinity."
        raise ValueError(msg)
    n_measured = np.sum(~np.isnan(known))
    if n_measured < 2:
        msg = (
            f"{task.label} must have the accuracies of at least 2 models, got {n_measured}; "
            "leave the task out."
        )
        raise ValueError(msg)
    return known


def _order_by_model(task, accuracies):
    """Bring accuracies by name into the order of the models."""
    by_name = {str(name): accuracy for name, accuracy in accuracies.items()}
    if by_name.keys().isdisjoint(task.feature_sets):
        msg = (
            f"{task.label} must have accuracies for models of its pool, such as "
            f"{next(iter(task.feature_sets))!r}, got only names that it does not hold"
            f"{', such as ' + repr(next(iter(by_name))) if by_name else ': none'}."
        )
        raise ValueError(msg)
    return np.array([by_name.get(name, np.nan) for name in task.feature_sets], dtype=np.float64)
