"""Hashing: what makes two feature sets the same, as one digest of their content."""

import hashlib

import numpy as np
from scipy import sparse

from skperturb._backend import to_numpy

_BLOCK_BYTES = 2**22
_SPARSE_BLOCK = 2**10  # rows, whatever they hold: a hash must not depend on explicit zeros


def content_digest(features):
    """
    Return a hash of what loaded features are: kind, type, shape and every value.

    Equal for an array, its memory map, its tensor and its copy in another memory layout or
    byte order, and for a sparse matrix in all its formats. A DataFrame is its column names and
    its columns, because a metric may look at the names: it differs from its values.
    Values are compared by their bytes, so 0.0 differs from -0.0. The same in every
    process. Values that NumPy holds as objects count as they are printed.

    Parameters
    ----------
    features : ndarray, sparse matrix or DataFrame of shape (n_samples, n_features)
        What `load_features` returns. Read in blocks of rows, so no copy of all is made,
        except of a sparse matrix that is not in the CSR format.

    Returns
    -------
    digest : str of length 64
        In hexadecimal.
    """
    digest = hashlib.blake2b(digest_size=32)
    if sparse.issparse(features):
        _update_sparse(digest, features.tocsr())
    elif hasattr(features, "columns"):
        digest.update(repr(("frame", list(features.columns))).encode())
        for column in _iter_columns(features):
            if not isinstance(column.dtype, np.dtype) and hasattr(column, "iloc"):
                digest.update(str(column.dtype).encode())  # categories look like their codes
            _update_array(digest, np.asarray(column))
    else:
        _update_array(digest, np.asarray(to_numpy(features)))
    return digest.hexdigest()


def _iter_columns(frame):
    if hasattr(frame, "iloc"):
        return (frame.iloc[:, i] for i in range(frame.shape[1]))
    return iter(frame.get_columns())


def _update_array(digest, array):
    dtype = array.dtype.newbyteorder("<")
    digest.update(repr((dtype.str, array.shape)).encode())
    step = max(1, _BLOCK_BYTES * len(array) // max(1, array.nbytes))
    for start in range(0, len(array), step):
        block = array[start : start + step]
        if dtype.hasobject:
            digest.update(repr(block.tolist()).encode())
        else:
            digest.update(block.astype(dtype, copy=False).tobytes())


def _update_sparse(digest, csr):
    digest.update(repr(("sparse", csr.shape)).encode())
    for start in range(0, csr.shape[0], _SPARSE_BLOCK):
        block = csr[start : start + _SPARSE_BLOCK]  # a copy, tidied in place
        block.sum_duplicates()
        block.eliminate_zeros()
        for part in (block.indptr, block.indices):
            _update_array(digest, part.astype(np.int64))
        _update_array(digest, block.data)
