"""Target: what y means to a metric, as codes of classes or as columns of numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from skperturb._classes import class_counts
from skperturb._validation import check_labels

_TASK_OF_TYPE = {
    "binary": "classification",
    "multiclass": "classification",
    "multilabel-indicator": "multilabel",
    "continuous": "regression",
    "continuous-multioutput": "regression",
}


@dataclass(frozen=True)
class Target:
    """A validated target: arrays `codes` of `classes` for classification, else `outputs`."""

    task: str
    classes: Any = None
    codes: Any = None
    outputs: Any = None

    @cached_property
    def counts(self):
        """Number of samples of each class, `(n_classes,)`."""
        return class_counts(self.codes, len(self.classes))

    @cached_property
    def columns(self):
        """The target as numbers, `(n_samples, n_columns)`; one-hot for classes."""
        if self.task != "classification":
            return self.outputs
        return (self.codes[:, None] == np.arange(len(self.classes))).astype(np.float64)

    @cached_property
    def signs(self):
        """The columns of classes or labels as +1 and -1: of two numbers the larger is +1."""
        low, high = self.columns.min(), self.columns.max()
        return np.where(self.columns > ((low + high) / 2 if low < high else 0.0), 1.0, -1.0)

    @property
    def light_columns(self):
        """The same columns, but a sparse matrix for classes."""
        if self.task != "classification":
            return self.outputs
        n_samples = len(self.codes)
        return sparse.csr_matrix(
            (np.ones(n_samples), self.codes, np.arange(n_samples + 1)),
            shape=(n_samples, len(self.classes)),
        )


def task_of(y):
    """Name the task that the type of `y` suggests, None if there is none."""
    return _TASK_OF_TYPE.get(type_of_target(y, input_name="y", raise_unknown=True))


def make_target(metric, y, *, task, tasks, hint):
    """Read `y` as the target of `task` ("auto": as its type suggests) for `metric`."""
    if sparse.issparse(y):
        msg = f"{type(metric).__name__} needs a dense y, got a sparse one; pass y.toarray()."
        raise ValueError(msg)
    chosen = task_of(y) if task == "auto" else task
    if chosen == "classification" and np.ndim(y) > 1 and task_of(y) == "multilabel":
        chosen = "multilabel"
    if chosen not in tasks or chosen == "classification":
        classes, codes = check_labels(metric, y, hint=hint)
        return Target("classification", classes=classes, codes=codes)
    return Target(chosen, outputs=_as_numbers(metric, y, chosen))


def _as_numbers(metric, y, task):
    """Return `y` as float64 columns."""
    try:
        outputs = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{type(metric).__name__} needs numbers as {task} targets, got y of {y.dtype}."
        raise ValueError(msg) from error
    return outputs.reshape(len(outputs), -1)
