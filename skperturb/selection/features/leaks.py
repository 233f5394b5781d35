"""Leaks: a column of the features that gives the target away by itself."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from skperturb.selection.features.columns import read_column, read_some_rows

_CHANCE = 0.01  # expected number of columns that fit by chance, below which one is no chance
_N_CLASSES = 16  # classes of which two rows each tell nearly every column that is no leak
_N_ROWS = 32  # rows that tell as much where there are no classes
_N_COLUMNS = 32  # that pass those rows, and are read as a whole
_ROUNDING = 1e-6  # of the range of a column, within a class
_LEAST_CORRELATION = 0.999  # on a few rows


def find_leak(features, target):
    """Return the number of a column that determines a target by itself, None without one.

    Of classes it has one value in each, another in every class. Of numbers or label
    indicators it is one of them, scaled and shifted. Few rows may fit by chance, and are not
    judged.
    """
    if target.task == "classification":
        outputs = [_Classes.of(target.frame.codes)]
    else:
        outputs = [_Numbers(column) for column in np.reshape(target.y, (len(target.y), -1)).T]
    with np.errstate(all="ignore"):
        for output in outputs:
            if np.log(features.shape[1] / _CHANCE) < output.log_arrangements():
                leak = _find_leak_of(output, features)
                if leak is not None:
                    return leak
    return None


def _find_leak_of(output, features):
    columns, some = read_some_rows(features, output.telling_rows())
    for column in columns[output.may_determine(some)][:_N_COLUMNS]:
        if output.is_determined_by(read_column(features, column)):
            return int(column)
    return None


class _Classes(NamedTuple):
    """Rows of each class: `order` sorts the rows by class, `starts` is where each begins."""

    counts: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, codes):
        counts = np.bincount(codes)
        counts = counts[counts > 0]
        return cls(counts, np.argsort(codes, kind="stable"), np.cumsum(counts) - counts)

    def log_arrangements(self):
        """Log of the number of ways to share out the classes that a column tells apart."""
        alike = np.unique(self.counts, return_counts=True)[1]  # may swap their names
        return _log_multinomial(self.counts) - gammaln(alike + 1.0).sum()

    def telling_rows(self):
        """First and last row of the largest classes."""
        largest = np.argsort(-self.counts, kind="stable")[:_N_CLASSES]
        starts, counts = self.starts[largest], self.counts[largest]
        return np.concatenate([self.order[starts], self.order[starts + counts - 1]])

    def may_determine(self, some):
        """Which columns of the telling rows do not contradict."""
        firsts, lasts = some[: len(some) // 2], some[len(some) // 2 :]
        rounding = _ROUNDING * np.ptp(some, axis=0)
        is_same = (np.abs(firsts - lasts) <= rounding).all(axis=0)
        return is_same & (np.diff(np.sort(firsts, axis=0), axis=0) > rounding).all(axis=0)

    def is_determined_by(self, column):
        values = np.asarray(column, dtype=np.float64)[self.order]
        lows, highs = (each.reduceat(values, self.starts) for each in (np.minimum, np.maximum))
        rounding = _ROUNDING * np.ptp(values)
        return (highs - lows).max() <= rounding < np.diff(np.sort(lows)).min()


class _Numbers(NamedTuple):
    """One output of a target without classes."""

    values: np.ndarray

    def log_arrangements(self):
        """Log of the number of orders of the values."""
        return _log_multinomial(np.unique(self.values, return_counts=True)[1])

    def telling_rows(self):
        """Rows at even steps from the least to the largest value."""
        places = np.linspace(0, len(self.values) - 1, _N_ROWS).astype(int)
        return np.unique(np.argsort(self.values, kind="stable")[places])

    def may_determine(self, some):
        """Which columns of the telling rows do not contradict."""
        values = self.values[self.telling_rows()].astype(np.float64)
        values, some = values - values.mean(), some - some.mean(axis=0)
        norms = np.linalg.norm(values) * np.linalg.norm(some, axis=0)
        return np.abs(values.dot(some)) >= _LEAST_CORRELATION * norms

    def is_determined_by(self, column):
        column = np.asarray(column)
        eps = np.finfo(column.dtype).eps if column.dtype.kind == "f" else 0.0
        found, values = (np.asarray(each, np.float64) for each in (column, self.values))
        centered, values = found - found.mean(), values - values.mean()
        residual = np.abs(centered - values * (values.dot(centered) / values.dot(values))).max()
        # Rounding of the type that holds the column may be as large as its values.
        rounding = max(1e-9, 4 * eps) * np.abs(found).max()
        return residual <= min(rounding, 0.01 * centered.std())


def _log_multinomial(counts):
    return gammaln(counts.sum() + 1.0) - gammaln(counts + 1.0).sum()
