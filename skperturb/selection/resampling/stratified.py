"""Stratified draws: rows without replacement, each class by its share, groups whole."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np

from skperturb.selection.resampling.quarters import (
    N_LINES,
    deal_units,
    ranks_within,
    shuffled_ranks,
)

_LEAST = 2  # rows of a class that no draw goes below: fewer tell nothing of its spread


@dataclass(frozen=True)
class SamplingFrame:
    """
    What rows are drawn from: their classes as codes, their groups as codes or None.

    Rows without classes have the codes 0. A unit, what is drawn as a whole, is a row or a group.
    """

    codes: np.ndarray
    groups: Any = None

    @cached_property
    def strata(self):
        """Stratum of each unit."""
        return self.codes if self.groups is None else group_strata(self.codes, self.groups)

    def take(self, rows):
        """Return the frame of some rows."""
        if self.groups is None:
            return SamplingFrame(_recode(self.codes[rows]))
        return SamplingFrame(_recode(self.codes[rows]), _recode(self.groups[rows]))


def smallest_sample(frame, seed):
    """Return how many rows a sample needs: 2 of a class (1 where there is 1), groups whole."""
    if frame.groups is None:
        return int(np.minimum(np.bincount(frame.codes), _LEAST).sum())
    order, n_leads = _sample_order(frame, seed)
    return int(np.bincount(frame.groups)[order[:n_leads]].sum())


def draw_sample(frame, size, seed):
    """Draw rows without replacement, each class by its share, in ascending order.

    No class falls below 2 rows (or the one it has); `size` must allow for that. Of groups
    come as many as fit into `size` rows.
    """
    if frame.groups is None:
        quotas = _quotas(np.bincount(frame.codes), size)
        ranks = shuffled_ranks(frame.codes, np.random.default_rng(seed))
        return np.flatnonzero(ranks < quotas[frame.codes])
    order, _ = _sample_order(frame, seed)
    n_rows = np.cumsum(np.bincount(frame.groups)[order])
    drawn = np.zeros(len(order), dtype=bool)
    drawn[order[n_rows <= size]] = True
    return np.flatnonzero(drawn[frame.groups])


def _sample_order(frame, seed):
    """Return the groups in the order in which samples take them, and how many must lead.

    Every stretch of the order holds all strata by their shares, and a sample is its
    beginning, so that a larger sample holds a smaller one of the same seed. In front stand
    the groups that give each class its least rows.
    """
    position = _stratified_order(frame.strata, np.random.default_rng(seed))
    by_class = np.lexsort((position[frame.groups], frame.codes))
    first_rows = by_class[ranks_within(frame.codes[by_class]) < _LEAST]
    leads = np.zeros(len(position), dtype=bool)
    leads[frame.groups[first_rows]] = True
    return np.lexsort((position, ~leads)), leads.sum()


def draw_resample(frame, seed, number):
    """Draw three quarters of the rows of each class, or of the groups, in ascending order.

    The resample is known by its number, from 1, alone, so that every model, worker and later run
    sees the same rows.
    """
    ((rows, _),) = draw_resamples(frame, seed, [number])
    return rows


def draw_resamples(frame, seed, numbers):
    """Yield the rows of some resamples, and the cell of each row (see `quarters`)."""
    sizes = np.bincount(frame.strata)
    n_left_out = sizes - resample_sizes(sizes)
    for deal_idx, in_deal in groupby(numbers, key=lambda number: (number - 1) // N_LINES):
        deal = deal_units(frame.strata, n_left_out, [seed, deal_idx])
        cells = deal.cells if frame.groups is None else deal.cells[frame.groups]
        for number in in_deal:
            drawn = ~deal.leave_out((number - 1) % N_LINES)
            if frame.groups is not None:
                _restore_classes(drawn, frame)
                drawn = drawn[frame.groups]
            yield np.flatnonzero(drawn), cells


def resample_sizes(counts):
    """Return how many of each class a resample keeps: three quarters, not all, and at least 2."""
    three_quarters = np.minimum(-(-3 * counts // 4), counts - 1)
    return np.maximum(np.minimum(counts, _LEAST), three_quarters)


def group_strata(codes, groups):
    """Return the stratum of each group: of the classes in it, the one that fewest groups hold.

    Groups of one class are then drawn as rows are. In mixed groups the rarest class decides,
    because it is the one that a draw could lose; of equally rare ones, the most frequent in
    the group.
    """
    pairs, counts = np.unique(np.stack([groups, codes]), axis=1, return_counts=True)
    group, class_idx = pairs
    n_groups_with = np.bincount(class_idx)
    order = np.lexsort((-counts, n_groups_with[class_idx], group))
    _, first = np.unique(group[order], return_index=True)
    return class_idx[order[first]]


def _quotas(counts, size):
    """Share `size` rows among the classes by largest remainder, none below its least."""
    least = np.minimum(counts, _LEAST)
    exact, before = size * counts / counts.sum(), None
    # Classes held at their least leave fewer rows to the others, which may push one more to
    # its least: until nothing changes.
    while before is None or (exact != before).any():
        small = exact <= least
        rate = (size - least[small].sum()) / max(counts[~small].sum(), 1)
        exact, before = np.where(small, least, rate * counts), exact
    # A whole share may come out just below itself.
    quotas = np.floor(exact + 1e-9).astype(int)
    by_remainder = np.argsort(quotas - exact, kind="stable")
    quotas[by_remainder[: size - quotas.sum()]] += 1
    return quotas


def _stratified_order(strata, rng):
    """Return the position of each group in a random order that interleaves the strata."""
    # Member i of n stands at (i + 1/2) / n: any stretch holds the strata by their shares.
    share_before = (shuffled_ranks(strata, rng) + 0.5) / np.bincount(strata)[strata]
    position = np.empty(len(strata), dtype=np.intp)
    position[np.argsort(share_before, kind="stable")] = np.arange(len(strata))
    return position


def _restore_classes(drawn, frame):
    """Add a group for each class that lost its least rows, the one with most rows of it."""
    least = np.minimum(np.bincount(frame.codes), _LEAST)
    while True:
        kept = drawn[frame.groups]
        n_drawn = np.bincount(frame.codes[kept], minlength=len(least))
        short = np.flatnonzero(n_drawn < least)
        if not len(short):
            return
        lost = ~kept & (frame.codes == short[0])
        drawn[np.bincount(frame.groups[lost]).argmax()] = True


def _recode(codes):
    """Number the codes that occur from 0, in their order."""
    return np.unique(codes, return_inverse=True)[1].reshape(-1)
