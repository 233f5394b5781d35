"""Row index: what pandas calls the rows, so that two orders of the same rows are told apart."""

import hashlib
from typing import NamedTuple

import numpy as np


class RowIndex(NamedTuple):
    """What rows are called: by `positions` among so many rows or by other names, and a digest."""

    positions: bool
    digest: str


def row_index(frame):
    """Return the index of a data frame or series of pandas, None of anything else."""
    return np.asarray(frame.index) if hasattr(frame, "iloc") else None


def describe_index(index, n_rows):
    """Return a RowIndex of an index as `row_index` returns it; `n_rows` are those of the pool."""
    if index is None:
        return None
    positions = (
        index.dtype.kind in "iu"
        and index.min(initial=0) >= 0
        and index.max(initial=0) < n_rows
        and len(np.unique(index)) == len(index)
    )
    names = "\n".join(map(str, index.tolist()))
    return RowIndex(bool(positions), hashlib.blake2b(names.encode(), digest_size=16).hexdigest())
