"""Posteriors: rows of probabilities of source classes, and what they say of the target."""

import numpy as np

from skperturb._blocks import row_blocks
from skperturb._classes import class_sums

# Rows of float16, each entry rounded by up to 2**-11 of itself, sum to 1 within this.
_TOLERANCE = 1e-3


def check_posteriors(metric, X):
    """Raise for the first row of X that is no distribution over source classes."""
    owner = type(metric).__name__
    advice = "Pass the outputs of the source model's softmax, not features or logits."
    negative = X.min(axis=1) < 0
    if negative.any():
        row = np.flatnonzero(negative)[0]
        msg = (
            f"Rows of X for {owner} must be probabilities of the source classes, none of "
            f"them negative, got {X[row].min():g} in row {row}. {advice}"
        )
        raise ValueError(msg)
    sums = X.sum(axis=1)
    off = np.abs(sums - 1.0) > _TOLERANCE
    if off.any():
        row = np.flatnonzero(off)[0]
        msg = (
            f"Rows of X for {owner} must be probabilities of the source classes and sum to "
            f"1 within {_TOLERANCE:g}, got the sum {sums[row]:g} in row {row}. {advice}"
        )
        raise ValueError(msg)


def conditionals(posteriors, codes, n_classes):
    """P(c|z), `(n_classes, n_source_classes)`; 0 for source classes without mass."""
    joint = class_sums(posteriors, codes, n_classes)
    mass = joint.sum(axis=0)
    return np.divide(joint, mass, out=np.zeros_like(joint), where=mass > 0)


def log_expected_prediction(posteriors, codes, n_classes):
    """Mean of log sum_z P(k_i|z) P_iz: LEEP of rows that sum to 1."""
    given, expected = conditionals(posteriors, codes, n_classes), np.empty(len(posteriors))
    for block in row_blocks(*posteriors.shape):
        np.einsum("ij,ij->i", posteriors[block], given[codes[block]], out=expected[block])
    # A probability; the sum of its terms may round to more than 1.
    return np.log(np.minimum(expected, 1.0)).mean()
