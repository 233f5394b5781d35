"""Stratified draws: a sample keeps the classes and the groups, and is known by its number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.selection.resampling.stratified import (
    SamplingFrame,
    draw_resample,
    draw_sample,
    group_strata,
    resample_sizes,
    smallest_sample,
)

_CODES = st.lists(st.integers(1, 40), min_size=1, max_size=8).flatmap(
    lambda counts: st.permutations(np.repeat(np.arange(len(counts)), counts).tolist())
)


@st.composite
def _grouped(draw):
    """Draw a frame of up to 60 rows: classes and groups that may cut across each other."""
    n_rows = draw(st.integers(4, 60))
    codes = draw(st.lists(st.integers(0, 4), min_size=n_rows, max_size=n_rows))
    groups = draw(st.lists(st.integers(0, 12), min_size=n_rows, max_size=n_rows))
    return SamplingFrame(_recoded(codes), _recoded(groups))


def _recoded(codes):
    return np.unique(codes, return_inverse=True)[1]


@given(codes=_CODES, data=st.data())
def test_a_sample_has_its_size_and_two_rows_of_each_class(codes, data):
    frame = SamplingFrame(np.array(codes))
    size = data.draw(st.integers(smallest_sample(frame, 0), len(codes)))
    rows = draw_sample(frame, size, 0)
    assert len(rows) == size
    assert (np.diff(rows) > 0).all()
    kept = np.bincount(frame.codes[rows], minlength=frame.codes.max() + 1)
    assert (kept >= np.minimum(np.bincount(codes), 2)).all()


@given(sizes=st.lists(st.integers(50, 500), min_size=2, max_size=6), share=st.floats(0.1, 0.9))
def test_large_classes_keep_their_shares(sizes, share):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    size = round(share * len(codes))
    rows = draw_sample(SamplingFrame(codes), size, 0)
    exact = size * np.array(sizes) / len(codes)
    assert (np.abs(np.bincount(codes[rows]) - exact) < 1).all()


def test_every_row_is_drawn_equally_often():
    frame = SamplingFrame(np.repeat([0, 1], [30, 10]))
    drawn = np.zeros(40)
    for seed in range(4000):
        drawn[draw_sample(frame, 20, seed)] += 1
    # Five standard deviations of a binomial share of one half over 4,000 draws.
    np.testing.assert_allclose(drawn / 4000, 0.5, atol=5 * 0.5 / np.sqrt(4000))


@given(codes=_CODES, number=st.integers(1, 5))
def test_a_resample_is_known_by_its_number(codes, number):
    frame = SamplingFrame(np.array(codes))
    rows = draw_resample(frame, 7, number)
    np.testing.assert_array_equal(rows, draw_resample(frame, 7, number))
    counts = np.bincount(codes)
    np.testing.assert_array_equal(
        np.bincount(frame.codes[rows], minlength=len(counts)), resample_sizes(counts)
    )


@pytest.mark.parametrize(
    ("count", "kept"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (8, 6), (100, 75)]
)
def test_a_quarter_of_a_class_is_left_out_and_two_rows_stay(count, kept):
    assert resample_sizes(np.array([count])) == kept


# ---------------------------------------------------------------- groups


def _check_whole(frame, rows):
    """Raise unless groups are whole, and each class has two rows or all that there are."""
    inside = np.zeros(len(frame.codes), dtype=bool)
    inside[rows] = True
    for group in np.unique(frame.groups):
        assert len(np.unique(inside[frame.groups == group])) == 1
    kept = np.bincount(frame.codes[rows], minlength=frame.codes.max() + 1)
    assert (kept >= np.minimum(np.bincount(frame.codes), 2)).all()


@given(frame=_grouped(), number=st.integers(1, 5))
def test_a_resample_never_splits_a_group(frame, number):
    rows = draw_resample(frame, 3, number)
    _check_whole(frame, rows)
    np.testing.assert_array_equal(rows, draw_resample(frame, 3, number))


@given(frame=_grouped(), seed=st.integers(0, 5), data=st.data())
def test_a_sample_never_splits_a_group_and_holds_the_smaller_ones(frame, seed, data):
    least = smallest_sample(frame, seed)
    small = data.draw(st.integers(least, len(frame.codes)))
    large = data.draw(st.integers(small, len(frame.codes)))
    few, many = (draw_sample(frame, size, seed) for size in (small, large))
    _check_whole(frame, few)
    assert least <= len(few) <= small
    assert set(few) <= set(many)


@given(frame=_grouped(), data=st.data())
def test_the_frame_of_some_rows_is_that_of_their_codes(frame, data):
    rows = data.draw(st.sets(st.integers(0, len(frame.codes) - 1), min_size=1))
    part = frame.take(np.array(sorted(rows)))
    np.testing.assert_array_equal(part.codes, _recoded(frame.codes[sorted(rows)]))
    np.testing.assert_array_equal(part.groups, _recoded(frame.groups[sorted(rows)]))


def test_a_group_stands_for_its_rarest_class():
    groups = np.array([0, 0, 0, 1, 1, 2, 2, 3])
    codes = np.array([0, 0, 1, 0, 2, 0, 1, 2])
    # Class 1 is in groups 0 and 2, class 2 in 1 and 3, class 0 in three groups.
    np.testing.assert_array_equal(group_strata(codes, groups), [1, 2, 1, 2])


def test_of_equally_rare_classes_the_most_frequent_counts():
    groups, codes = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 0, 1, 1])
    np.testing.assert_array_equal(group_strata(codes, groups), [0, 1])


def test_groups_of_one_class_are_drawn_by_the_shares_of_the_classes():
    codes = np.repeat([0, 1], [160, 40])
    frame = SamplingFrame(codes, np.arange(200) // 4)  # 40 groups of one class, 10 of the other
    for seed in range(20):
        rows = draw_sample(frame, 100, seed)
        assert len(rows) == 100
        assert abs(np.mean(codes[rows]) - 0.2) <= 0.04  # one group more or less
    rows = draw_resample(frame, 0, 1)
    np.testing.assert_array_equal(np.bincount(codes[rows]), [120, 32])


def test_a_class_that_all_groups_left_out_held_comes_back():
    # Every class is in three groups, each of them in a stratum of its own.
    groups = np.repeat(np.arange(9), 4)
    codes = np.array([[i % 3, i % 3, 3, i // 3 + 3] for i in range(9)]).ravel()
    frame = SamplingFrame(_recoded(codes), groups)
    for number in range(200):
        _check_whole(frame, draw_resample(frame, 0, number + 1))
