"""Rows: which samples are looked at, once for the whole pool."""

import numpy as np
from sklearn.utils.multiclass import type_of_target

_KEPT = 2  # rows of a class that no draw goes below: fewer tell nothing of its spread


def strata(y):
    """Return the class of each row as codes, `(n_samples,)`; zeros where y has no classes."""
    if type_of_target(y, input_name="y") in ("binary", "multiclass"):
        return np.unique(y, return_inverse=True)[1].reshape(-1)
    return np.zeros(len(y), dtype=np.intp)


def smallest_sample(codes):
    """Return how many rows a stratified sample needs: 2 of a class, 1 where there is 1."""
    return int(np.minimum(np.bincount(codes), _KEPT).sum())


def stratified_rows(codes, size, rng):
    """Draw `size` rows without replacement, each class by its share, in ascending order.

    No class falls below 2 rows (or the one it has); `size` must allow for that.
    """
    counts = np.bincount(codes)
    return _drawn(codes, _quotas(counts, size), rng)


def resampled_rows(codes, seed, draw):
    """Draw three quarters of the rows of each class without replacement, in ascending order.

    The draw is known by its number alone, so that every model, worker and later run
    sees the same rows.
    """
    return _drawn(codes, kept_sizes(np.bincount(codes)), np.random.default_rng([seed, draw]))


def kept_sizes(counts):
    """Return the rows of each class in a resample: three quarters, not all, and at least 2."""
    three_quarters = np.minimum(-(-3 * counts // 4), counts - 1)
    return np.maximum(np.minimum(counts, _KEPT), three_quarters)


def _quotas(counts, size):
    """Share `size` rows among the classes by largest remainder, none below what it keeps."""
    least = np.minimum(counts, _KEPT)
    exact, before = size * counts / counts.sum(), None
    while before is None or (exact != before).any():
        small = exact <= least
        rate = (size - least[small].sum()) / max(counts[~small].sum(), 1)
        exact, before = np.where(small, least, rate * counts), exact
    quotas = np.floor(exact + 1e-9).astype(int)
    by_remainder = np.argsort(quotas - exact, kind="stable")
    quotas[by_remainder[: size - quotas.sum()]] += 1
    return quotas


def _drawn(codes, quotas, rng):
    """Draw that many rows of each class."""
    shuffled = rng.permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    counts = np.bincount(codes)
    place_in_class = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(by_class[place_in_class < np.repeat(quotas, counts)])
