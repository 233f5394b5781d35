"""Rows: a sample keeps the classes, and a draw is known by its number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.selection.resampling.stratified import (
    kept_sizes,
    resampled_rows,
    smallest_sample,
    strata,
    stratified_rows,
)

_CODES = st.lists(st.integers(1, 40), min_size=1, max_size=8).flatmap(
    lambda counts: st.permutations(np.repeat(np.arange(len(counts)), counts).tolist())
)


@given(codes=_CODES, data=st.data())
def test_a_sample_has_its_size_and_two_rows_of_each_class(codes, data):
    codes = np.array(codes)
    size = data.draw(st.integers(smallest_sample(codes), len(codes)))
    rows = stratified_rows(codes, size, np.random.default_rng(0))
    assert len(rows) == size
    assert (np.diff(rows) > 0).all()
    kept = np.bincount(codes[rows], minlength=codes.max() + 1)
    assert (kept >= np.minimum(np.bincount(codes), 2)).all()


@given(sizes=st.lists(st.integers(50, 500), min_size=2, max_size=6), share=st.floats(0.1, 0.9))
def test_large_classes_keep_their_shares(sizes, share):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    size = round(share * len(codes))
    rows = stratified_rows(codes, size, np.random.default_rng(0))
    exact = size * np.array(sizes) / len(codes)
    assert (np.abs(np.bincount(codes[rows]) - exact) < 1).all()


def test_every_row_is_drawn_equally_often():
    codes = np.repeat([0, 1], [30, 10])
    rng = np.random.default_rng(0)
    drawn = np.zeros(40)
    for _ in range(4000):
        drawn[stratified_rows(codes, 20, rng)] += 1
    # Five standard deviations of a binomial share of one half over 4,000 draws.
    np.testing.assert_allclose(drawn / 4000, 0.5, atol=5 * 0.5 / np.sqrt(4000))


@given(codes=_CODES, draw=st.integers(1, 5))
def test_a_resample_is_known_by_its_number(codes, draw):
    codes = np.array(codes)
    rows = resampled_rows(codes, 7, draw)
    np.testing.assert_array_equal(rows, resampled_rows(codes, 7, draw))
    counts = np.bincount(codes)
    np.testing.assert_array_equal(
        np.bincount(codes[rows], minlength=len(counts)), kept_sizes(counts)
    )


@pytest.mark.parametrize(
    ("count", "kept"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (8, 6), (100, 75)]
)
def test_a_quarter_of_a_class_is_left_out_and_two_rows_stay(count, kept):
    assert kept_sizes(np.array([count])) == kept


def test_classes_are_strata_and_numbers_are_one():
    np.testing.assert_array_equal(strata(np.array(["b", "a", "b"])), [1, 0, 1])
    np.testing.assert_array_equal(strata(np.array([0.5, 1.5, 2.5])), [0, 0, 0])
    np.testing.assert_array_equal(strata(np.array([[0.5, 1.0], [1.5, 0.0]])), [0, 0])
