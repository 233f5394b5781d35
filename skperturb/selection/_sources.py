"""Sources: what a feature set may be given as, and the features that it stands for."""

import hashlib
import reprlib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from scipy import sparse

from skperturb._backend import is_tensor, take_rows, to_numpy
from skperturb.selection._formats import stored_file
from skperturb.selection._stored import Stored, some_rows

_BLOCK_BYTES = 2**22
_SPARSE_BLOCK = 2**10  # rows, whatever they hold: a hash must not depend on explicit zeros


def opened(source, rows=None, n_expected=None):
    """
    Return the features that a feature set stands for, as an estimator takes them.

    Parameters
    ----------
    source : array-like, sparse matrix, DataFrame, str, path-like or callable
        The features; the path of a .npy, .npz, .parquet or .safetensors file; or what
        returns one of these when it is called, at most after one more call.
    rows : ndarray of int of shape (n_rows,) or None, default=None
        The rows to take, ascending and each once. None takes all.
    n_expected : int or None, default=None
        Number of rows that the feature set must have, checked before any is read from a
        .npy, .parquet or .safetensors file.

    Returns
    -------
    features : ndarray, sparse matrix, DataFrame or tensor of shape (n_samples, n_features)
        With `rows` a copy in memory. Without, what was given, or a read-only memory map
        of a .npy or .safetensors file. DataFrames and sparse matrices stay what they are.
    """
    source = _called(source)
    if isinstance(source, str | PathLike):
        stored = stored_file(Path(source))
    else:
        features = _held(source)
        stored = Stored(n_rows(features), lambda rows: _rows_of(features, rows))
    if n_expected is not None:
        _check_n_rows(stored.n_rows, n_expected)
    return stored.read(rows)


def _called(source):
    """Return what a callable returns, or the callable that it returns; others as they are."""
    for _ in range(2):
        if callable(source) and not _is_array_like(source):
            source = source()
    return source


def _held(source):
    """Return features held in memory as an array, a sparse matrix or a DataFrame."""
    if sparse.issparse(source) or _is_frame(source) or is_tensor(source):
        return source
    if not _is_array_like(source):
        msg = (
            f"A feature set must be array-like, a path or a callable, got {reprlib.repr(source)}; "
            "give the features of one model, or the file that holds them."
        )
        raise TypeError(msg)
    return source if isinstance(source, np.ndarray) else np.asarray(source)


def _is_array_like(source):
    nested = isinstance(source, Sequence) and not isinstance(source, str | bytes)
    return nested or sparse.issparse(source) or hasattr(source, "__array__") or is_tensor(source)


def _is_frame(source):
    """Whether the source has columns as pandas (`iloc`) or polars (`get_columns`) has."""
    return hasattr(source, "iloc") or hasattr(source, "get_columns")


def _rows_of(features, rows):
    if rows is None or isinstance(features, np.ndarray):
        return some_rows(features, rows)
    if hasattr(features, "iloc"):
        return features.iloc[rows]
    if is_tensor(features):
        return take_rows(features, rows)
    return (features.tocsr() if sparse.issparse(features) else features)[rows]


def n_rows(features):
    """Return the number of rows of opened features."""
    if not features.shape:
        msg = f"A feature set must have rows, got the single value {features!r}."
        raise TypeError(msg)
    return features.shape[0]


def check_rows(features, n):
    """Raise unless opened features have a row for each of the `n` entries of y."""
    _check_n_rows(n_rows(features), n)


def _check_n_rows(found, n):
    if found != n:
        msg = f"A feature set must have as many rows as y, {n}, got {found}."
        raise ValueError(msg)


def content_digest(features):
    """
    Return a hash of what opened features are: kind, type, shape and every value.

    Equal for an array, its memory map, its tensor and its copy in another memory layout or
    byte order, and for a sparse matrix in all its formats. A DataFrame is its column names and
    its columns, because a metric may look at the names: it differs from its values.
    Values are compared by their bytes, so 0.0 differs from -0.0. The same in every
    process. Values that NumPy holds as objects count as they are printed.

    Parameters
    ----------
    features : ndarray, sparse matrix or DataFrame of shape (n_samples, n_features)
        What `opened` returns. Read in blocks of rows, so no copy of all is made, except
        of a sparse matrix that is not in the CSR format.

    Returns
    -------
    digest : str of length 64
        In hexadecimal.
    """
    digest = hashlib.blake2b(digest_size=32)
    if sparse.issparse(features):
        _add_sparse(digest, features.tocsr())
    elif hasattr(features, "columns"):
        digest.update(repr(("frame", list(features.columns))).encode())
        for column in _columns(features):
            if not isinstance(column.dtype, np.dtype) and hasattr(column, "iloc"):
                digest.update(str(column.dtype).encode())  # categories look like their codes
            _add_array(digest, np.asarray(column))
    else:
        _add_array(digest, np.asarray(to_numpy(features)))
    return digest.hexdigest()


def _columns(frame):
    if hasattr(frame, "iloc"):
        return (frame.iloc[:, i] for i in range(frame.shape[1]))
    return frame.get_columns()


def _add_array(digest, array):
    dtype = array.dtype.newbyteorder("<")
    digest.update(repr((dtype.str, array.shape)).encode())
    step = max(1, _BLOCK_BYTES * len(array) // max(1, array.nbytes))
    for start in range(0, len(array), step):
        block = array[start : start + step]
        if dtype.hasobject:
            digest.update(repr(block.tolist()).encode())
        else:
            digest.update(block.astype(dtype, copy=False).tobytes())


def _add_sparse(digest, csr):
    digest.update(repr(("sparse", csr.shape)).encode())
    for start in range(0, csr.shape[0], _SPARSE_BLOCK):
        block = csr[start : start + _SPARSE_BLOCK]  # a copy, tidied in place
        block.sum_duplicates()
        block.eliminate_zeros()
        for part in (block.indptr, block.indices):
            _add_array(digest, part.astype(np.int64))
        _add_array(digest, block.data)
