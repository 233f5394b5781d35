"""Statistics of features: what they look like, as far as a user can act on it."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from skperturb._backend import get_backend, is_tensor, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb.selection.features.columns import read_columns, read_rows
from skperturb.selection.features.hashing import content_digest
from skperturb.selection.features.leaks import find_leak
from skperturb.selection.features.loader import take_rows
from skperturb.selection.features.row_index import RowIndex, describe_index, row_index

_N_PER_BLOCK = 4096  # rows read at once
_N_LOOKED_AT = 32  # rows that tell a feature that varies, and two models apart


class FeatureStats(NamedTuple):
    """Size of a feature set, how many features are constant, what equal sets have in common.

    `leak` is the number of a column that determines the target, None without one; `row_index`
    is what the rows are called, None where they have no names.
    """

    n_rows: int
    n_features: int
    n_constant: int
    same: str
    leak: int | None = None
    row_index: RowIndex | None = None


def feature_stats(features, target, n_rows_of_pool):
    """Return the statistics of a feature set of shape `(n_samples, n_features)`, else None."""
    try:
        n_rows, n_features = features.shape
        features = features.tocsr() if sparse.issparse(features) else features
        some = read_rows(features, _evenly_spaced(n_rows))
        return FeatureStats(
            n_rows,
            n_features,
            _n_constant(features, some),
            same=f"{content_digest(some)} {_sums(features)}",
            leak=find_leak(features, target),
            row_index=describe_index(row_index(features), n_rows_of_pool),
        )
    except Exception:  # not a matrix of numbers, or too large: a score is worth more than this
        return None


def feature_columns(features):
    """Return the number of columns, and their names where all are words; None for neither."""
    n_columns = features.shape[1] if len(features.shape) == 2 else None
    names = list(getattr(features, "columns", []))
    return n_columns, names if names and all(isinstance(name, str) for name in names) else None


def describe_nonfinite(features, rows=None):
    """Say how many values are NaN or infinite and where the first is, "" if that is not known.

    `rows` are the numbers that the rows of the features have in their file, None for 0, 1, ...
    """
    n_nonfinite, first = 0, None
    try:
        for start in range(0, features.shape[0], _N_PER_BLOCK):
            block = np.arange(start, min(start + _N_PER_BLOCK, features.shape[0]))
            found = np.argwhere(~np.isfinite(_to_dense(take_rows(features, block))))
            n_nonfinite += len(found)
            if first is None and len(found):
                first = found[0] + [start, 0]
    except Exception:  # words, or objects: the error has to do without
        return ""
    if first is None:
        return ""
    row = first[0] if rows is None else rows[first[0]]
    n_values = features.shape[0] * features.shape[1]
    return (
        f"{n_nonfinite:,} of {n_values:,} values are not finite, the first in row {row}, "
        f"column {first[1]} (from 0). "
    )


def _evenly_spaced(n_rows):
    return np.unique(np.linspace(0, n_rows - 1, _N_LOOKED_AT).astype(int))


def _to_dense(features):
    return features.toarray() if sparse.issparse(features) else np.asarray(to_numpy(features))


def _sums(features):
    """Return a sum that weighs every row otherwise, as text that rounding leaves alone."""
    if is_tensor(features):
        sums = to_numpy(get_backend(features).xp.sum(features, axis=1))
    elif hasattr(features, "get_columns"):
        sums = features.sum_horizontal()
    elif isinstance(features, np.ndarray):
        blocks = ChunkedMatrix(features).iter_rows()
        sums = np.concatenate([block.sum(axis=1) for block in blocks])
    else:
        sums = features.sum(axis=1)
    sums = np.asarray(sums, dtype=np.float64).ravel()
    return f"{np.cos(np.arange(len(sums))) @ sums:.7g}"


def _n_constant(features, some):
    """Count the features with one value; only those that look so in some rows are read."""
    if sparse.issparse(features):
        return features.shape[1] - _count_varying(features)
    candidates = np.flatnonzero((some == some[0]).all(axis=0))
    if not len(candidates):
        return 0
    columns = read_columns(features, candidates)
    return int((columns == columns[0]).all(axis=0).sum())


def _count_varying(csr):
    """Count the columns of more than one value, from what is stored alone.

    A vocabulary of hashes has a column for every number that there is: nothing here is as
    long as the matrix is wide.
    """
    csr = csr.copy()
    csr.sum_duplicates()
    csr.eliminate_zeros()
    if not csr.nnz:
        return 0
    values = csr.data[np.argsort(csr.indices, kind="stable")]
    _, counts = np.unique(csr.indices, return_counts=True)
    starts = np.cumsum(counts) - counts
    spread = np.maximum.reduceat(values, starts) != np.minimum.reduceat(values, starts)
    return int(((counts < csr.shape[0]) | spread).sum())
