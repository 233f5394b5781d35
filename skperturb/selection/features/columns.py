"""Columns: some rows, or some columns, of features of any kind as NumPy's array."""

import numpy as np
from scipy import sparse

from skperturb._backend import is_tensor, release_pages, to_numpy
from skperturb._backend import take_rows as take_tensor_rows


def read_rows(features, rows):
    """Return some rows of features, of a sparse matrix as CSR."""
    if sparse.issparse(features):
        return features.tocsr()[rows]
    if is_tensor(features):
        return to_numpy(take_tensor_rows(features, rows))
    if isinstance(features, np.ndarray):
        return _read_array_rows(features, rows)
    return np.asarray(features.iloc[rows] if hasattr(features, "iloc") else features[rows])


def _read_array_rows(features, rows):
    """Return some rows of an array; of a memory map a row brings along pages around it."""
    some = np.empty((len(rows), *features.shape[1:]), features.dtype)
    for i, row in enumerate(rows):
        some[i] = features[row]
        release_pages(features)
    return some


def read_columns(features, columns):
    """Return some columns of features that are not sparse."""
    if hasattr(features, "iloc"):
        return np.asarray(features.iloc[:, columns])
    if is_tensor(features):
        return to_numpy(take_tensor_rows(features, columns, axis=1))
    return np.asarray(features[:, columns])


def read_column(features, column):
    """Return one column of features, `(n_rows,)`."""
    if not sparse.issparse(features):
        return read_columns(features, np.array([column]))[:, 0]
    # No more than what is stored is looked at: a matrix of hashes may be 1e9 columns wide.
    csr, values = features.tocsr(), np.zeros(features.shape[0])
    places = np.flatnonzero(csr.indices == column)
    np.add.at(values, np.searchsorted(csr.indptr, places, side="right") - 1, csr.data[places])
    return values


def read_some_rows(features, rows):
    """Return the numbers of columns, and some rows of them in float64.

    They are all columns, of sparse features those that have values in these rows.
    """
    some = read_rows(features, rows)
    if not sparse.issparse(some):
        return np.arange(some.shape[1]), np.asarray(some, dtype=np.float64)
    columns, indices = np.unique(some.indices, return_inverse=True)
    narrow = (some.data, indices.reshape(-1), some.indptr)
    shape = (some.shape[0], len(columns))
    return columns, sparse.csr_array(narrow, shape=shape).toarray().astype(np.float64)
