"""Target: what y means to a metric, as codes of classes or as columns of numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from skperturb._class_stats import class_counts
from skperturb._validation import check_labels

_TASK_OF_TYPE = {
    "binary": "classification",
    "multiclass": "classification",
    "multilabel-indicator": "multilabel",
    "continuous": "regression",
    "continuous-multioutput": "regression",
}
# What else to try with a target that holds no classes: these take all kinds.
_HINT = " CKAScore, LogME and RidgeProbe also take label indicators and regression targets."


@dataclass(frozen=True)
class Target:
    """
    A validated target, as the hook ``_score(X, target)`` of a metric gets it.

    Attributes
    ----------
    task : {"classification", "multilabel", "regression"}
        What the target holds.
    classes : ndarray of shape (n_classes,)
        The labels, sorted; None unless the task is classification.
    codes : ndarray of int of shape (n_samples,)
        Index of the class of each sample; None unless the task is classification.
    outputs : ndarray of shape (n_samples, n_outputs)
        Label indicators or regression targets in float64; None for classification.
    """

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
        """Label indicators as +1 and -1: of two numbers the larger is +1."""
        low, high = self.outputs.min(), self.outputs.max()
        return np.where(self.outputs > ((low + high) / 2 if low < high else 0.0), 1.0, -1.0)


def suggest_task(y):
    """Name the task that the type of `y` suggests, None if there is none."""
    return _TASK_OF_TYPE.get(type_of_target(y, input_name="y", raise_unknown=True))


def make_target(metric, y, *, tasks):
    """Read `y` as the target of the metric's `task`, or of the one that its type suggests."""
    if sparse.issparse(y):
        msg = f"{type(metric).__name__} needs a dense y, got a sparse one; pass y.toarray()."
        raise ValueError(msg)
    task = getattr(metric, "task", "auto")
    task = suggest_task(y) if task == "auto" else task
    if task == "classification" and np.ndim(y) > 1 and suggest_task(y) == "multilabel":
        task = "multilabel"
    if task not in tasks or task == "classification":
        classes, codes = check_labels(metric, y, hint=_HINT)
        return Target("classification", classes=classes, codes=codes)
    return Target(task, outputs=_to_columns(metric, y, task))


def _to_columns(metric, y, task):
    """Return `y` as float64 columns."""
    try:
        outputs = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{type(metric).__name__} needs numbers as {task} targets, got y of {y.dtype}."
        raise ValueError(msg) from error
    return outputs.reshape(len(outputs), -1)
