"""Relatives: how alike models are by what is known of them, as a kernel."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
from scipy import linalg


def read_relatives(relatives):
    """Return what is known of each model: name -> attribute -> number or word."""
    if relatives is None:
        return {}
    if hasattr(relatives, "columns") and hasattr(relatives, "to_dict"):
        relatives = relatives.to_dict("index")
    if not isinstance(relatives, Mapping):
        msg = (
            "`relatives` of AccuracyPredictor must map each model to its family, or to a mapping "
            f"of attributes, or be a data frame, got {type(relatives).__name__}."
        )
        raise TypeError(msg)
    rows = {}
    for model, row in relatives.items():
        row = row if isinstance(row, Mapping) else {"family": row}
        rows[str(model)] = {str(key): value for key, value in row.items() if not _is_missing(value)}
    return rows


def kernel_of_models(models, relatives, share):
    """
    Return the kernel of the models: 1 on the diagonal, at most `share` off it.

    Words are alike if they are equal, numbers by their distance in standard deviations. Every
    attribute counts the same; a model of which one is not known is like no other in it.
    """
    names = sorted({name for row in relatives.values() for name in row})
    kernel = np.zeros((len(models), len(models)))
    for name in names:
        everywhere = [row[name] for row in relatives.values() if name in row]
        kernel += _likeness([relatives.get(model, {}).get(name) for model in models], everywhere)
    kernel *= share / max(len(names), 1)
    np.fill_diagonal(kernel, 1.0)
    return kernel


def kernel_root(kernel):
    """Return L with L L' the kernel; adds nothing where it is positive definite."""
    return linalg.cholesky(kernel, lower=True)


def cross_features(root, crossed, own):
    """
    Return features of other models in the coordinates of the root, and what they leave open.

    `crossed` is the kernel between the models of the root and the others, `own` that of the others.
    """
    features = linalg.solve_triangular(root, crossed, lower=True).T
    return features, own - features @ features.T


def _likeness(values, everywhere):
    """Return how alike the values of one attribute are, 0 where one is missing."""
    there = np.array([value is not None for value in values])
    if all(isinstance(value, Real) for value in everywhere):
        numbers = np.array([0.0 if value is None else float(value) for value in values])
        spread = np.std(np.array(everywhere, dtype=np.float64))
        gaps = (numbers[:, None] - numbers) / (spread if spread > 0 else 1.0)
        alike = np.exp(-0.5 * gaps**2)
    else:
        words = np.array([str(value) for value in values])
        alike = (words[:, None] == words).astype(np.float64)
    return np.where(there[:, None] & there, alike, 0.0)


def _is_missing(value):
    return value is None or (isinstance(value, Real) and not np.isfinite(float(value)))
