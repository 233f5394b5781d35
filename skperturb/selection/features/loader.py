"""Loader: what a feature set may be given as, and the features that it stands for."""

import os
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from skperturb._backend import is_tensor
from skperturb._backend import take_rows as take_tensor_rows
from skperturb._validation import check_unmasked
from skperturb.selection.features.files import open_file
from skperturb.selection.features.reader import FeatureReader, take_array_rows


def load_features(source, rows=None, n_expected=None):
    """
    Return the features that a feature set stands for, as an estimator takes them.

    Parameters
    ----------
    source : array-like, sparse matrix, DataFrame, str, path-like or callable
        The features; the path of a .npy, .npz, .parquet or .safetensors file; or what
        returns one of these when it is called, at most after one more call.
    rows : ndarray of int of shape (n_rows,) or None, default=None
        The rows to take, in any order. None takes all.
    n_expected : int or None, default=None
        Number of rows that the feature set must have, checked before any is read from a
        file.

    Returns
    -------
    features : ndarray, sparse matrix, DataFrame or tensor of shape (n_samples, n_features)
        With `rows` a copy in memory. Without, what was given, or a read-only memory map
        of a .npy or .safetensors file. DataFrames and sparse matrices stay what they are.
    """
    reader = open_features(source)
    if n_expected is not None:
        check_n_rows(reader.n_rows, n_expected)
    features = reader.read(rows)
    _check_two_dimensions(features)
    return features


def open_features(source):
    """Return a reader of a feature set; of a file little more than its header is read."""
    if isinstance(source, FeatureRows):
        return source
    source = _call(source)
    if isinstance(source, str | PathLike):
        return open_file(Path(source))
    features = _check_features(source)
    _check_no_times(features)
    check_unmasked(features, "A feature set")
    return FeatureReader(count_rows(features), partial(take_rows, features))


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """Some rows of a feature set of `n_source_rows`, not read before they are asked for."""

    source: Any
    rows: np.ndarray
    n_source_rows: int

    @property
    def n_rows(self):
        return len(self.rows)

    def read(self, rows):
        """Return all of these rows (None), or those at the given places among them."""
        reader = open_features(self.source)
        if reader.n_rows != self.n_source_rows:
            msg = (
                "A feature set must have as many rows as the others of its pool, "
                f"{self.n_source_rows}, got {reader.n_rows}."
            )
            raise ValueError(msg)
        return reader.read(self.rows if rows is None else self.rows[rows])

    def __call__(self):
        return self.read(None)


def absolute_path(source):
    """Return a path as an absolute one: a worker may have started in another folder."""
    return os.path.abspath(source) if isinstance(source, str | PathLike) else source


def count_rows(features):
    """Return the number of rows of features in memory."""
    if not features.shape:
        msg = f"A feature set must have rows, got the single value {features!r}."
        raise TypeError(msg)
    return features.shape[0]


def check_n_rows(n_rows, n_expected):
    """Raise unless a feature set has a row for each of the `n_expected` entries of y."""
    if n_rows != n_expected:
        msg = f"A feature set must have as many rows as y, {n_expected}, got {n_rows}."
        raise ValueError(msg)


def _check_two_dimensions(features):
    n_dims = len(features.shape)
    if n_dims != 2:
        remedy = "average over tokens or positions" if n_dims > 2 else "give a column per feature"
        msg = (
            "A feature set must have 2 dimensions, a row per sample and a column per feature, got "
            f"{n_dims}, of shape {tuple(features.shape)}; {remedy}."
        )
        raise ValueError(msg)


def take_rows(features, rows):
    """Return the given rows of features in memory as their own kind; None takes all as they are."""
    if rows is None:
        return features
    if isinstance(features, np.ndarray):
        return take_array_rows(features, rows)
    if hasattr(features, "iloc"):
        return features.iloc[rows]
    if is_tensor(features):
        return take_tensor_rows(features, rows)
    return (features.tocsr() if sparse.issparse(features) else features)[rows]


def _call(source):
    """Return what a callable returns, or the callable that it returns; others as they are."""
    for _ in range(2):
        if callable(source) and not _is_array_like(source):
            source = source()
    return source


def _check_features(source):
    """Return features held in memory as an array, a sparse matrix, a DataFrame or a tensor."""
    if sparse.issparse(source) or _is_frame(source) or is_tensor(source):
        return source
    if not _is_array_like(source):
        msg = (
            f"A feature set must be array-like, a path or a callable, got {reprlib.repr(source)}; "
            "give the features of one model, or the file that holds them."
        )
        raise TypeError(msg)
    return source if isinstance(source, np.ndarray) else np.asarray(source)


def _check_no_times(features):
    """Raise where all or some of the features are times: NumPy makes numbers of them in silence."""
    # The `dtypes` of a Series are one, and no list of them.
    dtypes = features.dtypes if hasattr(features, "columns") else [getattr(features, "dtype", None)]
    times = [each for each in dtypes if _is_time(each)]
    if times:
        msg = (
            f"A feature set must hold numbers, got {times[0]}; "
            "turn times into numbers first, or leave them out."
        )
        raise ValueError(msg)


def _is_time(dtype):
    """Whether a type of NumPy, pandas (`kind`) or polars (`is_temporal`) is one of times."""
    temporal = getattr(dtype, "is_temporal", None)
    return temporal() if callable(temporal) else getattr(dtype, "kind", "") in ("m", "M")


def _is_array_like(source):
    nested = isinstance(source, Sequence) and not isinstance(source, str | bytes)
    return nested or sparse.issparse(source) or hasattr(source, "__array__") or is_tensor(source)


def _is_frame(source):
    """Whether the source has columns as pandas (`iloc`) or polars (`get_columns`) has."""
    return hasattr(source, "iloc") or hasattr(source, "get_columns")
