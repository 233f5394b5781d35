"""Tensor moves: rows on a device, moved with their classes.

What is learned of the classes comes as NumPy arrays, and the rows stay where they are.
"""

import numpy as np

from skperturb._array_api import beside, extra, on_host
from skperturb._tensor_rows import TensorRows


def copied(X):
    """Copy of an array of any library."""
    return X.copy() if isinstance(X, np.ndarray) else TensorRows(X).xp.asarray(X, copy=True)


def _moved(X, codes, move):
    """Rows moved block by block, `move` taking rows and their codes in double precision."""
    rows, at = TensorRows(X), extra().at
    moved, codes = rows.xp.empty_like(X), beside(codes, X)
    for block in rows.slices():
        values = rows.xp.astype(move(rows[block], codes[block]), X.dtype, copy=False)
        moved = at(moved)[block, ...].set(values)
    return moved


def shift(X, codes, shifts):
    """Add `shifts[c]` to row i, its class being c = `codes[i]`."""
    xp, shifts = TensorRows(X).xp, beside(shifts, X)
    return _moved(X, codes, lambda rows, own: rows + xp.take(shifts, own, axis=0))


def spread(X, codes, means, steps, still):
    """Move row i by `steps[c]` away from `means[c]`, unless it lies within `still[c]` of it."""
    xp = TensorRows(X).xp
    means, steps, still = (beside(each, X) for each in (means, steps, still))

    def move(rows, own):
        offsets = rows - xp.take(means, own, axis=0)
        distances = xp.linalg.vector_norm(offsets, axis=1)
        moving = distances > xp.take(still, own)
        strides = xp.take(steps, own) / xp.where(moving, distances, xp.ones_like(distances))
        strides = xp.where(moving, strides, xp.zeros_like(strides))
        return rows + offsets * strides[:, None]

    return _moved(X, codes, move)


def nearest(X, means):
    """Code of the class with the nearest mean for each row, `(n_rows,)`, on the host."""
    # Distances are expanded squares: a common offset would cost their digits.
    origin = means.mean(axis=0)
    rows, means = TensorRows(X, origin=beside(origin, X)), beside(means - origin, X)
    halves = rows.xp.sum(means * means, axis=1) / 2
    nearest = [rows.xp.argmin(halves - block @ means.T, axis=1) for block in rows.blocks()]
    return np.concatenate([on_host(each) for each in nearest])
