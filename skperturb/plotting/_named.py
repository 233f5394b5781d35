"""Named: what a user says of models by their names, as arrays in the order drawn."""

from collections.abc import Mapping

import numpy as np


def named_accuracies(display, accuracies, names):
    """Return the accuracies of the models, NaN where there is none, or None for no mapping."""
    if accuracies is None:
        return None
    owner = type(display).__name__
    if not isinstance(accuracies, Mapping):
        msg = (
            f"`accuracies` of {owner} must be a mapping of names to accuracies, "
            f"got {type(accuracies).__name__}; try dict(zip(names, accuracies))."
        )
        raise TypeError(msg)
    found = np.array([accuracies.get(name, np.nan) for name in names], float)
    if np.isnan(found).all():
        msg = f"`accuracies` of {owner} must hold at least 1 model of the ranking."
        raise ValueError(msg)
    return found


def named_models(display, highlight, names):
    """Return the indices of the models to highlight."""
    owner = type(display).__name__
    if isinstance(highlight, str):
        msg = f"`highlight` of {owner} must be a list of names, got {highlight!r}."
        raise TypeError(msg)
    for name in highlight:
        if name not in names:
            msg = (
                f"`highlight` of {owner} must hold names of models, got {name!r}; "
                f"the models are {', '.join(map(repr, names))}."
            )
            raise ValueError(msg)
    return [names.index(name) for name in dict.fromkeys(highlight)]
