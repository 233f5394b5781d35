"""Comparison with the best: luck alone is no lead, and a clear lead is one."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import studentized_range, t

from skperturb.selection.resampling.comparison import (
    find_surpassed,
    largest_leads,
    standard_errors,
)
from skperturb.selection.resampling.jackknife import (
    compute_sort_keys,
    draw_scores,
    resample_scatter,
    share_above,
)
from skperturb.selection.resampling.stratified import SamplingFrame, draw_resample

_NOISE = np.random.default_rng(0).standard_normal((20_000, 10, 1))
_SE = np.sqrt(2)  # of the difference of two of its models


def _surpassed(scores, noise=_NOISE, level=0.95):
    """Return who is surpassed, where models scatter independently by one."""
    scores = np.reshape(scores, (len(scores), -1)).astype(float)
    draws = scores + noise[:, : len(scores), : scores.shape[1]]
    keys = compute_sort_keys(draws)
    best = int(compute_sort_keys(scores[None])[0].argmax())
    return find_surpassed(scores, draws, keys, best, level).tolist()


@pytest.mark.parametrize("n_models", [2, 3, 10])
def test_the_luckiest_of_equals_leads_as_the_studentized_range_says(n_models):
    equal = _NOISE[:, :n_models, 0]
    leads = largest_leads(equal, standard_errors(equal))
    expected = studentized_range.ppf(0.95, n_models, np.inf) / _SE
    assert np.quantile(leads, 0.95) == pytest.approx(expected, rel=0.02)


def test_two_models_are_compared_at_both_ends():
    assert _surpassed([0, 1.90 * _SE]) == [False, False]
    assert _surpassed([0, 2.02 * _SE]) == [True, False]


def test_models_far_behind_leave_before_the_front_is_compared():
    # 2.1 standard errors are enough between two, not among three (2.34) or four (2.57).
    assert _surpassed([0, 2.1 * _SE]) == [True, False]
    assert _surpassed([0, 2.1 * _SE, 0, 0]) == [False] * 4
    assert _surpassed([0, 2.1 * _SE, -9, -9]) == [True, False, True, True]


def test_copies_are_never_told_apart_and_a_shifted_copy_always():
    noise = _NOISE[:, [0, 0, 0, 1]]
    assert _surpassed([1, 1, 1 - 1e-3, -9], noise) == [False, False, True, True]
    assert _surpassed([1, 1 - 1e-12, 1], noise) == [False] * 3


def test_without_scatter_a_difference_is_one():
    assert _surpassed([1, 1, 0.5], 0 * _NOISE) == [False, False, True]


def test_a_model_without_draws_is_not_compared():
    noise = _NOISE.copy()
    noise[:, 0] = np.nan
    assert _surpassed([0, 9, 0], noise) == [False, False, True]
    assert _surpassed([9, 0, -9], noise) == [False] * 3  # not even by the best


def test_a_lead_by_one_metric_that_is_none_in_ranks_does_not_count():
    noise = np.concatenate([_NOISE[:, :5], _NOISE[:, 5:]], axis=2)
    assert _surpassed([[0, 0], [9, 9]], noise) == [True, False]
    assert _surpassed([[0, 3], [99, 0]], noise) == [False, False]


@given(
    scores=st.lists(st.floats(-5, 5), min_size=2, max_size=6, unique=True),
    shift=st.floats(-100, 100),
    scale=st.sampled_from([1e-3, 0.5, 1.0, 8.0, 1e4]),
)
def test_the_unit_and_the_origin_of_scores_and_the_order_of_models_do_not_matter(
    scores, shift, scale
):
    assume(min(np.diff(sorted(scores))) > 1e-3)
    noise = _NOISE[:2000]
    found = _surpassed(scores, noise)
    assert _surpassed(scale * np.array(scores) + shift, scale * noise) == found
    turned = _surpassed(scores[::-1], noise[:, : len(scores)][:, ::-1])
    assert turned == found[::-1]
    # Who is behind one that is surpassed is so too, all scattering alike but for the draws.
    assert not found[int(np.argmax(scores))]


@pytest.mark.parametrize("sizes", [[10] * 4, [3] * 15, [20, 10, 5, 3, 3, 2, 2]])
def test_ten_equal_models_are_rarely_told_apart_and_pairs_as_often_as_they_should(sizes):
    frame = SamplingFrame(np.repeat(np.arange(len(sizes)), sizes))
    rows = [draw_resample(frame, 0, number) for number in range(1, 61)]
    rng, claimed, naive, outside = np.random.default_rng(1), [], [], []
    for _ in range(200):
        x = rng.standard_normal((10, sum(sizes)))
        scores = x.mean(axis=1)[:, None]
        means = np.stack([x[:, each].mean(axis=1) for each in rows])[:, :, None]
        draws = draw_scores(scores, means, resample_scatter(frame))
        keys, best = compute_sort_keys(draws), scores.argmax()
        claimed.append(find_surpassed(scores, draws, keys, best, 0.95).any())
        chances = [share_above(keys[:, best], each) for each in keys.T]
        naive.append(max(chances) >= 0.95)
        outside += [not 0.05 < share_above(keys[:, i], keys[:, i + 1]) < 0.95 for i in (0, 2, 4, 6)]
    assert np.mean(claimed) <= 0.10  # 0.05 and three standard errors
    assert np.mean(naive) >= 0.6  # what uncorrected pairs would claim
    assert 0.06 <= np.mean(outside) <= 0.14


def test_a_better_model_is_found_as_often_as_its_lead_says():
    # Of two, with 2 and 3 standard errors of the difference: the power of a two-sided test.
    frame = SamplingFrame(np.repeat([0, 1], 20))
    rows = [draw_resample(frame, 0, number) for number in range(1, 61)]
    rng = np.random.default_rng(2)
    for lead, power in ((2, 0.5), (3, 0.83)):
        found = []
        for _ in range(150):
            x = rng.standard_normal((2, 40))
            x[0] += lead * _SE / np.sqrt(40)
            scores = x.mean(axis=1)[:, None]
            means = np.stack([x[:, each].mean(axis=1) for each in rows])[:, :, None]
            draws = draw_scores(scores, means, resample_scatter(frame))
            keys, best = compute_sort_keys(draws), scores.argmax()
            found.append(best == 0 and find_surpassed(scores, draws, keys, best, 0.95).any())
        assert np.mean(found) == pytest.approx(power, abs=0.12)


def test_student_is_what_the_draws_of_two_models_follow():
    rng = np.random.default_rng(0)
    means = rng.standard_normal((31, 2, 1))
    frame = SamplingFrame(np.repeat([0], 16))
    scatter = resample_scatter(frame)
    draws = draw_scores(np.zeros((2, 1)), means, scatter)[:, :, 0]
    leads = largest_leads(draws, standard_errors(draws))
    dof = 1 / (1 / 15 + 1 / 30)
    # Standard errors of the draws are those of Student's distribution, above one.
    expected = t.ppf(0.975, dof) / np.sqrt(dof / (dof - 2))
    assert np.quantile(leads, 0.95) == pytest.approx(expected, rel=0.08)
