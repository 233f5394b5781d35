"""Accuracies that models reached: checked, and in the order of the models of a task."""

import warnings
from collections import Counter

import numpy as np

from skperturb.prediction._scored_task import check_task_sequence, name_task


def read_accuracies(tasks, accuracies, link_name):
    """Return the accuracies of every task as float64 in the order of its models."""
    if accuracies is None:
        msg = "AccuracyPredictor requires accuracies to be passed, but the target y is None."
        raise ValueError(msg)
    values = _read_per_task("accuracies", tasks, accuracies)
    for task, row in zip(tasks, values, strict=True):
        check_range(task, row, link_name)
    return values


def read_standard_errors(tasks, errors):
    """Return the standard errors of every task, NaN where they are not known."""
    if errors is None:
        return [np.full(len(task.models), np.nan) for task in tasks]
    values = _read_per_task("standard_errors", tasks, errors)
    for task, row in zip(tasks, values, strict=True):
        _check_errors(task, row)
    return values


def read_known(task, known, link_name):
    """
    Return what has been measured on a task so far and the standard errors, NaN for other models.

    A value is an accuracy, or a pair of an accuracy and its standard error.
    """
    if known is None:
        known = {}
    if not hasattr(known, "items"):
        msg = f"`known` must be a mapping of model to accuracy, got {type(known).__name__}."
        raise TypeError(msg)
    strange = [str(name) for name in known.keys() if str(name) not in task.models]  # noqa: SIM118 a pandas Series iterates over its values
    if strange:
        msg = (
            f"{name_task(task)} must hold every model of `known`, got {strange[0]!r}; "
            f"it holds {_some(task.models)}."
        )
        raise ValueError(msg)
    pairs = {
        name: each if isinstance(each, tuple) else (each, np.nan) for name, each in known.items()
    }
    values = _by_name(task, {name: value for name, (value, _) in pairs.items()})
    errors = _by_name(task, {name: error for name, (_, error) in pairs.items()})
    check_range(task, values, link_name)
    _check_errors(task, errors)
    return values, errors


def check_unrepeated(title, row):
    """Raise where numbers by name, such as a Series of pandas, have two for one model."""
    counts = Counter(map(str, row.keys()))
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        msg = (
            f"{title} must have one number for each model, got {repeated[0]!r} more than once; "
            "give the mean of its runs."
        )
        raise ValueError(msg)


def check_range(task, values, link_name):
    """Raise unless the accuracies are finite, and in (0, 1) where logits are taken."""
    if np.isinf(values).any():
        msg = f"{name_task(task)} must have finite accuracies, or NaN where missing, got infinity."
        raise ValueError(msg)
    if link_name != "logit":
        return
    bad = np.flatnonzero((values <= 0.0) | (values >= 1.0))
    if not len(bad):
        return
    value, model = values[bad[0]], task.models[bad[0]]
    if value in (0.0, 1.0):
        remedy = "give 1/(2 n) or 1 - 1/(2 n) for n test samples"
    elif 1.0 < np.nanmax(values) <= 100.0 and np.nanmin(values) > 0.0:
        remedy = "they look like per cent: divide by 100"
    else:
        remedy = "`link='identity'` takes other figures of merit"
    msg = (
        f"{name_task(task)} must have accuracies in (0, 1), got {value:g} for {model!r}; {remedy}."
    )
    raise ValueError(msg)


def _check_errors(task, errors):
    bad = np.flatnonzero((errors < 0) | np.isinf(errors))
    if len(bad):
        msg = (
            f"{name_task(task)} must have finite standard errors of at least 0, "
            f"got {errors[bad[0]]:g} for {task.models[bad[0]]!r}."
        )
        raise ValueError(msg)


def _read_per_task(name, tasks, values):
    check_task_sequence(name, values)
    if len(values) != len(tasks):
        msg = (
            f"`{name}` of AccuracyPredictor must have one entry per task, {len(tasks)}, "
            f"got {len(values)}."
        )
        raise ValueError(msg)
    return [_read_row(name, *pair) for pair in zip(tasks, values, strict=True)]


def _read_row(name, task, row):
    """Return the numbers of one task, NaN where a model has none."""
    if hasattr(row, "items"):  # a pandas Series, too: its order may be another one
        return _by_name(task, row)
    row = np.asarray(row, dtype=np.float64)
    if row.shape != (len(task.models),):
        msg = (
            f"{name_task(task)} must have one number in `{name}` for each of its "
            f"{len(task.models)} models, got an array of shape {row.shape}; give them by name "
            "where some are missing."
        )
        raise ValueError(msg)
    return row


def _by_name(task, row):
    """Bring numbers by name into the order of the models; say whom the task does not hold."""
    check_unrepeated(name_task(task), row)
    by_name = {str(name): value for name, value in row.items()}
    strange = [name for name in by_name if name not in task.models]
    if by_name and len(strange) == len(by_name):
        msg = (
            f"{name_task(task)} must have accuracies of its own models, such as "
            f"{task.models[0]!r}, got only names that it does not hold, such as {strange[0]!r}."
        )
        raise ValueError(msg)
    if strange:
        msg = f"{name_task(task)}: left out {_some(strange)}, not among the models of its pool."
        warnings.warn(msg, UserWarning, stacklevel=2)
    values = [by_name.get(model, np.nan) for model in task.models]
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _some(names):
    """Name the first three."""
    more = f" and {len(names) - 3} others" if len(names) > 3 else ""
    return ", ".join(map(repr, names[:3])) + more
