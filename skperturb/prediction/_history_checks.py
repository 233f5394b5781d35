"""Checks of what is written into a history."""

from numbers import Real

import numpy as np


def check_name(kind, name):
    """Return the name if it is a text that says something."""
    if not isinstance(name, str) or not name.strip():
        msg = f"The name of a {kind} must be a text that is not empty, got {name!r}."
        raise ValueError(msg)
    return name


def check_accuracy(task, model, value):
    """Return the accuracy as a float in (0, 1), or say what it looks like."""
    msg = f"The accuracy of {model!r} on {task!r} must be in (0, 1), got {value!r}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(msg + ".")
    value = float(value)
    if 1.0 < value <= 100.0:
        msg = f"{msg}; per cent? Divide by 100."
        raise ValueError(msg)
    if not 0.0 < value < 1.0:
        raise ValueError(msg + ".")
    return value


def standard_error_of(value, standard_error, n_test):
    """Return the standard error, from the number of test samples if need be."""
    if standard_error is not None and n_test is not None:
        msg = "Give `standard_error` or `n_test`, not both."
        raise ValueError(msg)
    if n_test is not None:
        if not isinstance(n_test, int | np.integer) or n_test < 1:
            msg = f"`n_test` must be an integer of at least 1, got {n_test!r}."
            raise ValueError(msg)
        return float(np.sqrt(value * (1.0 - value) / n_test))
    if standard_error is None:
        return None
    is_number = isinstance(standard_error, Real) and not isinstance(standard_error, bool)
    if not is_number or not 0.0 <= float(standard_error) < np.inf:
        msg = f"`standard_error` must be a finite number of at least 0, got {standard_error!r}."
        raise ValueError(msg)
    return float(standard_error)
