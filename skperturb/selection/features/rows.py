"""Rows: how many all feature sets of a pool have, and which of them a key stands for."""

import reprlib
from os import PathLike

import numpy as np

from skperturb.selection.features.loader import open_features


def count_common_rows(sources):
    """Return the number of rows that all feature sets have which can be opened."""
    counts: dict[str, int] = {}
    errors: dict[str, Exception] = {}
    lazily = sorted(sources, key=lambda name: callable(sources[name]))
    for name in lazily:
        if counts and callable(sources[name]):
            break  # a function may take long, and is checked when it is called for its rows
        try:
            counts[name] = open_features(sources[name]).n_rows
        except Exception as error:
            errors[name] = error
    if not counts:
        name, reason = next(iter(errors.items()))
        msg = f"FeatureSets must hold a feature set that can be opened, got {name!r}: {reason}"
        raise ValueError(msg) from reason
    _check_same_rows(sources, counts)
    return next(iter(counts.values()))


def _check_same_rows(sources, counts):
    first, n_rows = next(iter(counts.items()))
    for name, count in counts.items():
        if count != n_rows:
            is_path = isinstance(sources[name], str | PathLike)
            where = f" (file {str(sources[name])!r})" if is_path else ""
            msg = (
                f"All feature sets must have the same rows, got {n_rows} of {first!r} and {count} "
                f"of {name!r}{where}; compute its features again for the same samples."
            )
            raise ValueError(msg)


def find_rows(key, n_rows):
    """Return the numbers of the rows that a key stands for."""
    if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
        key = key[0]  # how scikit-learn indexes what has a shape
    if not isinstance(key, slice):
        key = np.asarray(key)
        if not key.size:
            key = key.astype(np.intp)
        if key.ndim != 1 or key.dtype.kind not in "biu":
            msg = (
                "FeatureSets takes the name of a model, or rows as a slice, an array of int "
                f"or a mask, got {reprlib.repr(key.tolist())}."
            )
            raise TypeError(msg)
    return np.arange(n_rows)[key]
