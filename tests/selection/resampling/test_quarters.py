"""Quarters: the design of the resamples is the affine plane, and counts as what it is."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.selection.resampling.quarters import (
    LINES,
    LOOSE,
    N_CELLS,
    N_LINES,
    deal_units,
    n_contrasts,
    scatter_divisor,
    shuffled_ranks,
)

_SIZES = st.lists(st.integers(1, 70), min_size=1, max_size=6)


def _deal(sizes, seed=0):
    """Deal strata of these sizes, of which a resample leaves out a quarter, rounded down."""
    strata = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    return deal_units(strata, np.array(sizes) // 4, [seed, 0])


def test_any_two_cells_are_on_one_line_and_directions_part_the_cells():
    assert LINES.shape == (N_LINES, 4)
    pairs = [pair for line in LINES for pair in itertools.combinations(line.tolist(), 2)]
    assert sorted(pairs) == list(itertools.combinations(range(N_CELLS), 2))
    for direction in LINES.reshape(5, 16):
        assert sorted(direction) == list(range(N_CELLS))


@given(sizes=_SIZES)
def test_cells_hold_equal_parts_of_each_stratum(sizes):
    deal = _deal(sizes)
    for stratum, size in enumerate(sizes):
        cells = deal.cells[deal.strata == stratum]
        assert (np.bincount(cells[cells != LOOSE], minlength=N_CELLS) == size // N_CELLS).all()
        assert np.sum(cells == LOOSE) == size % N_CELLS


@given(sizes=_SIZES, direction=st.integers(0, 4))
def test_four_resamples_of_a_direction_leave_a_unit_out_once_at_most(sizes, direction):
    deal = _deal(sizes)
    lines = range(4 * direction, 4 * direction + 4)
    n_times = np.sum([deal.leave_out(line) for line in lines], axis=0)
    assert n_times.max() <= 1
    n_left_out = np.bincount(deal.strata, weights=n_times, minlength=len(sizes))
    np.testing.assert_array_equal(n_left_out, 4 * (np.array(sizes) // 4))


@given(sizes=_SIZES, line=st.integers(0, N_LINES - 1))
def test_a_line_leaves_out_its_cells_and_the_quota_of_each_stratum(sizes, line):
    deal = _deal(sizes)
    left_out = deal.leave_out(line)
    for cell in range(N_CELLS):
        assert (left_out[deal.cells == cell] == (cell in LINES[line])).all()
    n_left_out = np.bincount(deal.strata[left_out], minlength=len(sizes))
    np.testing.assert_array_equal(n_left_out, np.array(sizes) // 4)


def test_every_unit_is_left_out_equally_often():
    n_deals, shares = 400, []
    for seed in range(n_deals):
        deal = _deal([37, 5], seed)
        shares.append(np.mean([deal.leave_out(line) for line in range(N_LINES)], axis=0))
    expected = np.where(deal.strata == 0, 9 / 37, 1 / 5)
    # Five standard errors of a mean over deals.
    error = np.std(shares, axis=0).max() / np.sqrt(n_deals)
    np.testing.assert_allclose(np.mean(shares, axis=0), expected, atol=5 * error)


def test_strata_too_small_for_four_lines_do_not_repeat_themselves_together():
    """Of three units, two lines of a direction leave out the same; which two differs."""
    deal = deal_units(np.repeat(np.arange(12), 3), np.ones(12, dtype=int), [0, 0])
    drawn = np.array([deal.leave_out(line) for line in range(N_LINES)])
    assert (drawn.sum(axis=1) == 12).all()
    assert len(np.unique(drawn, axis=0)) == N_LINES


def _covariance(n_resamples):
    """Covariance of means over what lines leave out, about their own mean, each of variance 1."""
    is_left_out = np.zeros((n_resamples, N_CELLS))
    for number, line in enumerate(np.resize(LINES, (n_resamples, 4))):
        is_left_out[number, line] = 1
    # Each deal is a draw of its own.
    contrasts = is_left_out - 1 / 4
    is_one_deal = np.equal.outer(*[np.arange(n_resamples) // N_LINES] * 2)
    covariance = contrasts @ contrasts.T / 3 * is_one_deal
    centering = np.eye(n_resamples) - 1 / n_resamples
    return centering @ covariance @ centering


@pytest.mark.parametrize("n_resamples", [2, 3, 4, 5, 7, 10, 18, 20, 21, 60, 100])
def test_the_divisor_and_the_contrasts_are_those_of_the_design(n_resamples):
    covariance = _covariance(n_resamples)
    assert scatter_divisor(n_resamples) == pytest.approx(np.trace(covariance))
    # Satterthwaite's degrees of freedom of a sum of squares.
    dof = np.trace(covariance) ** 2 / np.sum(covariance**2)
    assert n_contrasts(n_resamples) == pytest.approx(dof, rel=0.1)


def test_ranks_number_the_members_of_each_class():
    codes = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [4, 1, 6]))
    ranks = shuffled_ranks(codes, np.random.default_rng(0))
    for code, size in enumerate([4, 1, 6]):
        assert sorted(ranks[codes == code]) == list(range(size))
