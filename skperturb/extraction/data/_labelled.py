"""LabelledData: rows with their labels, and what was left out of them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_TRAINING = ("train", "training")
_OTHERS = ("val", "valid", "validation", "dev", "eval", "test", "testing")


@dataclass
class LabelledData:
    """
    What a reader has found.

    Attributes
    ----------
    X : list
        The rows, as `extract_features` takes them.
    y : ndarray of shape (n_samples,) or None
        The labels, where the data have some.
    groups : ndarray of shape (n_samples,) or None
        Rows that belong together.
    notes : list of str
        What was chosen and not asked for, such as the training part.
    """

    X: Any
    y: Any = None
    groups: Any = None
    notes: list[str] = field(default_factory=list)


def choose_split(asked, names, where):
    """
    Return which part of the data to take, and a note where that was not asked for.

    Parameters
    ----------
    asked : str
        The name of a part, "all", or "auto": the training part where there is one beside
        others.
    names : collection of str
        What the parts are called, or the classes, where there are no parts.
    where : str
        For errors.

    Returns
    -------
    split : str or None
        None takes all.
    notes : list of str
        None or one.
    """
    if asked == "all":
        return None, []
    if asked != "auto":
        if asked not in names:
            msg = f"`split` must be one of {', '.join(sorted(names))} in {where}, got {asked!r}."
            raise ValueError(msg)
        return asked, []
    known = {name.casefold() for name in names} <= {*_TRAINING, *_OTHERS}
    training = next((name for name in names if name.casefold() in _TRAINING), None)
    if known and training is not None and len(names) > 1:
        left = ", ".join(sorted(set(names) - {training}))
        return training, [f"only {training!r} of {where} is used, and not {left}"]
    return None, []


def check_classes(y):
    """Raise for labels that no ranking can come from: one class, or a class of one row."""
    if y is None or np.asarray(y).dtype.kind == "f":
        return
    names, counts = np.unique(y, return_counts=True)
    if len(names) < 2:
        msg = f"The labels must be of at least 2 classes, got only {names[0]!s}."
        raise ValueError(msg)
    lone = names[counts == 1]
    if len(lone):
        shown = ", ".join(map(str, lone[:10])) + (", ..." if len(lone) > 10 else "")
        msg = (
            f"A class must have at least 2 rows, but {len(lone)} of {len(names)} have 1: {shown}; "
            "leave them out or merge them into others."
        )
        raise ValueError(msg)
