"""Blocks: passes over features that read them once and never hold a copy of the whole."""

import numpy as np
from scipy.linalg import blas

_CACHED = 2**17  # numbers, 1 MB: a block that is computed with while it stays in the cache
_MULTIPLIED = 2**20  # numbers, 8 MB: a block long enough for products to run at full speed


def row_blocks(n_rows, n_columns, *, multiplied=False):
    """Slices that cut rows into blocks for the cache, or for a product."""
    step = max(1, (_MULTIPLIED if multiplied else _CACHED) // max(1, n_columns))
    return [slice(start, start + step) for start in range(0, n_rows, step)]


def gram(blocks, n_columns, *, dtype=np.float64):
    """Sum of B'B over blocks B of rows, `(n_columns, n_columns)`.

    BLAS adds each product to the sum in place, and computes one triangle of it only.
    """
    rank_update = blas.dsyrk if dtype == np.float64 else blas.ssyrk
    upper = np.zeros((n_columns, n_columns), dtype=dtype, order="F")
    for block in blocks:
        upper = rank_update(1.0, block.T, beta=1.0, c=upper, overwrite_c=True)
    return mirrored(upper)


def mirrored(upper, step=256):
    """Copy the upper triangle of a square matrix to the lower one, in place."""
    for start in range(0, len(upper), step):
        block = slice(start, start + step)
        upper[start + step :, block] = upper[block, start + step :].T
        corner = np.triu(upper[block, block])
        upper[block, block] = corner + np.triu(corner, 1).T
    return upper


def products(rows, V):
    """`rows` times V, `(n_rows, n_columns)`, block by block in float64."""
    return np.concatenate([rows[block] @ V for block in row_blocks(*rows.shape)])


def row_squares(rows):
    """Squared norm of each row, `(n_rows,)`."""
    found = []
    for block in row_blocks(*rows.shape):
        part = rows[block]
        found.append(np.einsum("ij,ij->i", part, part))
    return np.concatenate(found)


def total_square(rows):
    """Sum of the squares of all numbers in `rows`."""
    return row_squares(rows).sum()
