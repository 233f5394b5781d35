"""Statistics of features: what they look like, as far as a user can act on it."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from skperturb._array_api import is_tensor, namespace, on_host, taken
from skperturb.selection.features.hashing import content_digest

_N_LOOKED_AT = 32  # rows that tell a feature that varies, and two models apart


class FeatureStats(NamedTuple):
    """Size of a feature set, how many features are constant, what equal sets have in common."""

    n_rows: int
    n_features: int
    n_constant: int
    same: str


def feature_stats(features):
    """Return the statistics of a feature set of shape `(n_samples, n_features)`, else None."""
    try:
        n_rows, n_features = features.shape
        features = features.tocsr() if sparse.issparse(features) else features
        some = _some_rows(features)
        same = f"{content_digest(some)} {_sums(features)}"
        return FeatureStats(n_rows, n_features, _n_constant(features, some), same)
    except Exception:  # not a matrix of numbers, or too large: a score is worth more than this
        return None


def feature_columns(features):
    """Return the number of columns, and their names where all are words; None for neither."""
    n_columns = features.shape[1] if len(features.shape) == 2 else None
    names = list(getattr(features, "columns", []))
    return n_columns, names if names and all(isinstance(name, str) for name in names) else None


def _sums(features):
    """Return a sum that weighs every row otherwise, as text that rounding leaves alone."""
    if is_tensor(features):
        sums = on_host(namespace(features).sum(features, axis=1))
    elif hasattr(features, "get_columns"):
        sums = features.sum_horizontal()
    elif isinstance(features, np.ndarray) and features.dtype == np.float16:
        sums = features.sum(axis=1, dtype=np.float64)  # its own sums end at 65,504
    else:
        sums = features.sum(axis=1)
    sums = np.asarray(sums, dtype=np.float64).ravel()
    return f"{np.cos(np.arange(len(sums))) @ sums:.7g}"


def _some_rows(features):
    rows = np.unique(np.linspace(0, features.shape[0] - 1, _N_LOOKED_AT).astype(int))
    if sparse.issparse(features):
        return features[rows]
    if is_tensor(features):
        return on_host(taken(features, rows))
    return np.asarray(features.iloc[rows] if hasattr(features, "iloc") else features[rows])


def _n_constant(features, some):
    """Count the features with one value; only those that look so in some rows are read."""
    if sparse.issparse(features):
        return features.shape[1] - _count_varying(features)
    candidates = np.flatnonzero((some == some[0]).all(axis=0))
    if not len(candidates):
        return 0
    if hasattr(features, "iloc"):
        columns = np.asarray(features.iloc[:, candidates])
    elif is_tensor(features):
        columns = on_host(taken(features, candidates, axis=1))
    else:
        columns = np.asarray(features[:, candidates])
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
