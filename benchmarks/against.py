"""Two checkouts compared: each row is called by turns in one process per checkout."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.checkout import Checkout

_HERE = Path(__file__).resolve().parent.parent
HEAD = ["work", "dtype", "other: s", "here: s", "ratio", "median", "other MB", "here MB", "score"]


class Comparison(NamedTuple):
    """Seconds of the calls by turns, `(n_repeats,)` each, peaks in bytes, and scores or None."""

    other_seconds: np.ndarray
    seconds: np.ndarray
    other_peak: float
    peak: float
    other_score: float | None
    score: float | None

    @property
    def ratio(self):
        """How many times as long the fastest call took; other load can only add to it."""
        return self.seconds.min() / self.other_seconds.min()

    @property
    def median_ratio(self):
        """How many times as long a call took as the other's beside it, the median."""
        return np.median(self.seconds / self.other_seconds)

    @property
    def score_change(self):
        """Relative difference of the scores; NaN where there is no score."""
        if self.score is None or self.other_score is None:
            return np.nan
        return abs(self.score - self.other_score) / max(abs(self.other_score), 1e-300)


def comparisons(other, shape, dtype, names, stopwatch):
    """Yield the name and the Comparison of every workload that both checkouts have."""
    with Checkout(other) as there, Checkout(_HERE) as here:
        theirs, ours = there.load(shape, dtype), here.load(shape, dtype)
        for name in ours:
            if name in theirs and (not names or name in names):
                yield name, _compare(name, there, here, stopwatch)


def _compare(name, there, here, stopwatch):
    """Call one workload by turns; who begins changes, so that neither is always second."""
    (other_peak, other_score), (peak, score) = there.inspect(name), here.inspect(name)
    sides = {"there": there, "here": here}
    seconds = {side: [] for side in sides}
    for repeat in range(stopwatch.repeats):
        for side in list(sides)[:: 1 if repeat % 2 else -1]:
            seconds[side].append(sides[side].time(name, stopwatch.clock))
        if max(seconds["here"]) > stopwatch.patience:
            break
    pair = (np.array(seconds[side]) for side in sides)
    return Comparison(*pair, other_peak, peak, other_score, score)


def comparison_row(name, dtype, compared):
    """Cells of a table row, as `HEAD` names them."""
    change = "" if np.isnan(compared.score_change) else f"{compared.score_change:.0e}"
    return [
        name,
        dtype,
        f"{compared.other_seconds.min():.3g}",
        f"{compared.seconds.min():.3g}",
        f"{compared.ratio:.2f}",
        f"{compared.median_ratio:.2f}",
        f"{compared.other_peak / 1e6:.0f}",
        f"{compared.peak / 1e6:.0f}",
        change,
    ]
