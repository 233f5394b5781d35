"""Reader: features of which some rows can be read without the others."""

import mmap
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

_NAMES = ("features", "X")


class FeatureReader(NamedTuple):
    """The number of rows, and the function that returns all (None) or the given rows."""

    n_rows: int
    read: Callable[[Any], Any]


def array_reader(array):
    """Return a reader of an array, a memory map or a sparse matrix by rows, if it has rows."""
    check_matrix(array.shape, array.dtype)
    return FeatureReader(array.shape[0], partial(take_array_rows, array))


def check_matrix(shape, dtype):
    """Raise unless an array has rows, of something that an estimator may take for features."""
    if dtype.hasobject:
        msg = "it holds Python objects, which are never unpickled"
        raise ValueError(msg)
    if dtype.kind in "mM":  # NumPy would turn them into numbers without a word
        msg = f"it holds times ({dtype}), not numbers"
        raise ValueError(msg)
    if not shape:
        msg = "it holds a single number, not a row per sample"
        raise ValueError(msg)


def take_array_rows(array, rows):
    """Return the array itself, or the given rows of it, which are then a copy in memory."""
    if rows is None:
        return array
    if not isinstance(array, np.ndarray):
        return array[rows]
    with _without_reading_ahead(array, len(rows)):
        return np.asarray(array[rows])


@contextmanager
def _without_reading_ahead(array, n_rows):
    """Keep the system from reading megabytes of a mapped file around each of a few rows.

    Where the rows touch half of the file or more, reading ahead is the faster way.
    """
    pages = n_rows * (array.strides[0] + mmap.PAGESIZE)
    mapped = isinstance(array.base, mmap.mmap) and hasattr(mmap, "MADV_RANDOM")
    if not (mapped and array.flags.c_contiguous and 2 * pages < array.nbytes):
        yield
        return
    array.base.madvise(mmap.MADV_RANDOM)
    try:
        yield
    finally:
        array.base.madvise(mmap.MADV_NORMAL)


def choose_array_name(names):
    """Return which of the arrays in one file, by name, are the features."""
    if len(names) == 1:
        return names[0]
    for name in _NAMES:
        if name in names:
            return name
    found = ", ".join(map(repr, names)) or "none"
    msg = f"it must hold a single array, or one called 'features' or 'X', got {found}"
    raise ValueError(msg)
