"""Posteriors: rows of probabilities of source classes, and what they say of the target."""

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix

# Rows of float16, each entry rounded by up to 2**-11 of itself, sum to 1 within this.
_TOLERANCE = 1e-3


def check_posteriors(metric, X):
    """Raise for the first row of X that is no distribution over source classes."""
    backend, start = get_backend(X), 0
    for rows in ChunkedMatrix(X).iter_rows():
        _check_block(
            metric,
            to_numpy(backend.xp.min(rows, axis=1)),
            to_numpy(backend.xp.sum(rows, axis=1)),
            start,
        )
        start += rows.shape[0]


def _check_block(metric, lowest, sums, start):
    """Raise unless the lowest entry of each row is at least 0 and its sum is 1."""
    owner = f"Rows of X for {type(metric).__name__} must be probabilities of the source classes"
    advice = "Pass the outputs of the source model's softmax, not features or logits."
    if np.any(lowest < 0):
        row = np.flatnonzero(lowest < 0)[0]
        msg = f"{owner}, none of them negative, got {lowest[row]:g} in row {start + row}. {advice}"
        raise ValueError(msg)
    off = np.flatnonzero(np.abs(sums - 1.0) > _TOLERANCE)
    if len(off):
        msg = (
            f"{owner} and sum to 1 within {_TOLERANCE:g}, got the sum {sums[off[0]]:g} in row "
            f"{start + off[0]}. {advice}"
        )
        raise ValueError(msg)


class NormalizedRows(ChunkedMatrix):
    """Rows of posteriors, each divided by its sum."""

    def rows(self, selection=slice(None)):
        """Return the rows of a slice, or of indices in a NumPy array."""
        block = super().rows(selection)
        return block / self.backend.xp.sum(block, axis=1, keepdims=True)


def log_expected_prediction(posteriors, codes, n_classes):
    """Mean of log sum_z P(k_i|z) P_iz over rows of a ChunkedMatrix that sum to 1: LEEP.

    Source classes z without mass have P(c|z) = 0.
    """
    backend, xp = posteriors.backend, posteriors.backend.xp
    joint = sum(
        backend.segment_sum(posteriors.rows(block), codes[block], n_classes)
        for block in posteriors.row_slices()
    )
    mass = xp.sum(joint, axis=0)
    conditional = joint / xp.where(mass > 0, mass, xp.ones_like(mass))
    total = 0.0
    for block in posteriors.row_slices():
        expected = xp.sum(posteriors.rows(block) * backend.take(conditional, codes[block]), axis=1)
        # A probability; the sum of its terms may round to more than 1.
        total += float(xp.sum(xp.log(xp.minimum(expected, xp.ones_like(expected)))))
    return total / len(posteriors)
