"""Quarters: the units that each resample leaves out, in a design that shares most of the work.

The units of each class are dealt to 16 cells, the points of the affine plane of order four. It
has 20 lines of four cells, in five directions: the lines of one direction share no cell, lines
of two directions share one. Each of 20 resamples leaves out a line; the next 20 come from new
cells. What is summed once over each cell thus serves five resamples. Resamples of two directions
overlap as much as independent ones do on average, and four of one direction leave each unit out
once: 20 resamples have 15 independent contrasts, where independent draws would have 19.
"""

from typing import NamedTuple

import numpy as np

N_CELLS = 16
N_LINES = 20  # resamples of one deal
_SIDE = 4  # cells of a line, and lines of a direction
LOOSE = -1  # the cell of units that are too few for one in each


def _affine_lines():
    """Return the cells of each line, direction by direction, `(20, 4)`."""
    # Multiplication in the field of four elements, where addition is the exclusive or.
    products = np.array([[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2]])
    row, column = np.divmod(np.arange(N_CELLS), _SIDE)
    line_of_cell = [column ^ products[slope, row] for slope in range(_SIDE)] + [row]
    return np.array([np.flatnonzero(of == line) for of in line_of_cell for line in range(_SIDE)])


LINES = _affine_lines()


class Deal(NamedTuple):
    """
    Units that are dealt to cells, each stratum in equal parts.

    `cells` is the cell of each unit. What is left of a stratum is loose: of these a line takes
    as many as its quota asks for, other ones in each line of a direction.
    """

    cells: np.ndarray
    strata: np.ndarray
    quotas: np.ndarray
    seed: tuple

    def leave_out(self, line):
        """Return whether each unit is left out with a line."""
        in_line = np.isin(self.cells, LINES[line])
        direction, place = divmod(line, _SIDE)
        loose = np.flatnonzero(self.cells == LOOSE)
        strata, rng = self.strata[loose], np.random.default_rng([*self.seed, direction])
        n_loose = np.bincount(strata, minlength=len(self.quotas))
        quotas = self.quotas - _SIDE * (np.bincount(self.strata) // N_CELLS)
        # Where a stratum is too small for four lines, which of them meet is left to chance.
        places = rng.permuted(np.tile(np.arange(_SIDE), (len(quotas), 1)), axis=1)[:, place]
        shifted = shuffled_ranks(strata, rng) - (places * quotas)[strata]
        in_line[loose] = shifted % n_loose[strata] < quotas[strata]
        return in_line


def deal_units(strata, quotas, seed):
    """Deal units to cells at random; `quotas` is how many of each stratum a resample leaves out."""
    ranks = shuffled_ranks(strata, np.random.default_rng(seed))
    n_dealt = np.bincount(strata) // N_CELLS * N_CELLS
    cells = np.where(ranks < n_dealt[strata], ranks % N_CELLS, LOOSE)
    return Deal(cells, strata, quotas, tuple(seed))


def n_contrasts(n_resamples):
    """Return how many differences of resamples are independent: three of four of a direction."""
    return min(n_resamples - 1, (1 - 1 / _SIDE) * n_resamples)


def scatter_divisor(n_resamples):
    """Return what squared deviations from the mean of some resamples are to be divided by.

    Four resamples of a direction have the mean of all units, so that their own mean takes nothing
    from the scatter about it. Of k others each two have a correlation of -1/3.
    """
    k = n_resamples % _SIDE
    return n_resamples - k * (_SIDE - k) / (_SIDE - 1) / n_resamples


def shuffled_ranks(codes, rng):
    """Return the place of each member in a random order of its class, from 0."""
    shuffled = rng.permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    ranks = np.empty(len(codes), dtype=np.intp)
    ranks[by_class] = ranks_within(codes[by_class])
    return ranks


def ranks_within(sorted_codes):
    """Count the members of each class from 0, where equal codes stand side by side."""
    counts = np.bincount(sorted_codes)
    return np.arange(len(sorted_codes)) - np.repeat(np.cumsum(counts) - counts, counts)
