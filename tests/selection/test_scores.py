"""Scores: rounded to what can be trusted, and no further."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.selection._scores import competition_ranks, round_scores

_FINITE = st.floats(-1e300, 1e300)


@given(_FINITE)
def test_rounding_keeps_nine_digits_and_is_done_once(score):
    rounded = round_scores(score)
    assert rounded == pytest.approx(score, rel=1e-9, abs=0)
    assert round_scores(rounded) == rounded
    assert round_scores(-score) == -rounded


@given(_FINITE, _FINITE)
def test_rounding_keeps_the_order(a, b):
    low, high = round_scores(np.sort([a, b]))
    assert low <= high


def test_what_is_no_number_stays():
    np.testing.assert_array_equal(
        round_scores([np.nan, np.inf, -np.inf, 0.0]), [np.nan, np.inf, -np.inf, 0.0]
    )


def test_scores_that_differ_by_rounding_share_a_rank():
    scores = np.array([0.3, 0.1 + 0.2, 0.3 + 1e-11, 0.3 + 1e-7])
    assert competition_ranks(scores, np.zeros(4, dtype=bool)).tolist() == [2, 2, 2, 1]
