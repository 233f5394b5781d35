"""Labels: one per row of the features; what they are, and what they cannot be."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.multiclass import type_of_target

from skperturb._cli._columns import read_column
from skperturb._cli._errors import WrongUsage

TASKS = ("classification", "multilabel", "regression")
_TASK_OF_TYPE = {
    "binary": "classification",
    "multiclass": "classification",
    "multilabel-indicator": "multilabel",
}
_N_MANY = 20  # classes of whole numbers, from which on they may be amounts


@dataclass
class Labels:
    """Labels `(n_samples,)` or `(n_samples, n_outputs)`, their task, and what to say of them."""

    y: np.ndarray
    task: str
    where: str
    note: str | None = None


def describe_labels(labels):
    """Say how many rows and classes there are, and from where they were read."""
    return f"{len(labels.y):,} rows, {_describe_values(labels)}, from {labels.where}"


def _describe_values(labels):
    if labels.task == "multilabel":
        return f"{labels.y.shape[1]} labels each"
    if labels.task == "regression":
        return f"targets from {labels.y.min():g} to {labels.y.max():g}"
    classes, counts = np.unique(labels.y, return_counts=True)
    # Small classes are what a reader should know of; equal ones take fewer words.
    if counts.min() == counts.max():
        return f"{len(classes):,} classes of {counts[0]:,} rows each"
    small, large = classes[counts.argmin()], classes[counts.argmax()]
    return (
        f"{len(classes):,} classes (smallest {small!s}: {counts.min():,} rows, "
        f"largest {large!s}: {counts.max():,})"
    )


def read_labels(path, name=None, task=None):
    """Return the labels in a file for a task, None for the one that they suggest."""
    column = read_column(path, name, "--labels")
    y = _check_labels(column.values, path)
    note = None
    if task in (None, "classification") and _is_one_hot(y):
        y, task = y.argmax(axis=1), "classification"
        note = (
            f"{path} holds one 1 per row: {len(np.unique(y))} classes; with --task multilabel "
            "every column is a label of its own."
        )
    y = _as_task(y, task, path)
    task = task or _TASK_OF_TYPE.get(type_of_target(y, input_name="the labels"), "regression")
    if task == "classification":
        _check_classes(y, column)
        note = note or _find_amounts(y)
    return Labels(y, task, column.where, note)


def _check_labels(y, path):
    """Return labels in a shape that a metric takes, of at least 2 kinds."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim not in (1, 2) or not y.size:
        msg = f"--labels must hold one label per row, got {path} of shape {y.shape}."
        raise WrongUsage(msg)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        missing = np.count_nonzero(~np.isfinite(y))
        msg = f"--labels must be finite, got {missing} of {y.size} in {path} that are not."
        raise WrongUsage(msg)
    if y.dtype.kind not in "biufUS":
        msg = f"--labels must be text or numbers, got {y.dtype} in {path}."
        raise WrongUsage(msg)
    if len(np.unique(y, axis=0)) < 2:
        msg = f"--labels must have at least 2 classes, got 1 in {path}: every label is {y[0]}."
        raise WrongUsage(msg)
    return y


def _is_one_hot(y):
    """Whether every row has a single 1 among zeros, as classes are written for some libraries."""
    if y.ndim != 2 or y.dtype.kind not in "biuf":
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _as_task(y, task, path):
    """Return labels as a task takes them; there are labels that some tasks cannot have."""
    if task == "regression":
        if y.dtype.kind not in "biuf":
            msg = f"--task regression needs numbers, got {y.flat[0]!s} in {path}."
            raise WrongUsage(msg)
        return y.astype(np.float64)
    if task == "multilabel" and not (y.ndim == 2 and np.isin(y, (0, 1)).all()):
        msg = f"--task multilabel needs a table of 0 and 1, a row per sample, got {path}."
        raise WrongUsage(msg)
    if task == "classification":
        if y.ndim == 2:
            msg = f"--task classification needs one label per row, got {y.shape[1]} in {path}."
            raise WrongUsage(msg)
        # scikit-learn would take numbers with fractions for amounts.
        return y.astype(str) if y.dtype.kind == "f" else y
    return y


def _check_classes(y, column):
    """Raise where no class has two rows: those are names of samples, not labels."""
    if y.ndim == 1 and len(np.unique(y)) == len(y):
        others = f" The file also has {', '.join(column.others)}." if column.others else ""
        msg = (
            f"every one of the {len(y):,} labels is different, such as {y[0]!s}: {column.where} "
            "looks like an id of the samples, or a line that was not cut at its separator; name "
            f"the column of the labels with --label-column.{others} Amounts need --task regression."
        )
        raise WrongUsage(msg)


def _find_amounts(y):
    """Return a note where whole numbers may be amounts, such as ages, None elsewhere."""
    classes, counts = np.unique(y, return_counts=True)
    if y.dtype.kind in "iuf" and len(classes) > _N_MANY and counts.min() == 1:
        return (
            f"the labels are {len(classes)} different whole numbers, taken for classes; if they "
            "are amounts, add --task regression."
        )
    return None
