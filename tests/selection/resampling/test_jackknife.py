"""Jackknife: resamples scatter as other samples of the same task would."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.exceptions import FitFailedWarning

from skperturb import ModelSelector
from skperturb.metrics import HScore, KNNScore, LogME, NearestCentroidScore, RidgeProbe
from skperturb.selection.resampling.jackknife import (
    Scatter,
    center_resamples,
    compute_sort_keys,
    draw_scores,
    estimate_uncertainty,
    first_shares,
    rank_draws,
    resample_scatter,
    score_intervals,
    share_above,
)
from skperturb.selection.resampling.stratified import SamplingFrame, draw_resample


class MeanOfFirst(BaseEstimator):
    """A score whose distribution is known: the mean of the first feature."""

    def fit(self, X, y):
        """Store the mean."""
        self.score_ = float(X[:, 0].mean())
        return self


class Fragile(MeanOfFirst):
    """A score that part of the rows cannot give."""

    def fit(self, X, y):
        """Refuse small samples."""
        if len(X) < 50:
            msg = "too few rows"
            raise ValueError(msg)
        return super().fit(X, y)


@pytest.fixture(scope="module")
def pool():
    """Three models: two alike, one far behind."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = 2 * rng.standard_normal((3, 6))[np.arange(60) % 3]
    sets = {
        name: means + noise for name, noise in zip("ab", rng.normal(0, 1, (2, 60, 6)), strict=True)
    }
    return sets | {"blind": rng.standard_normal((60, 6))}, y


def test_the_scatter_of_resamples_is_the_standard_error():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((100, 1)), np.repeat([0, 1], 50)
    selector = ModelSelector(MeanOfFirst(), n_resamples=2000, confidence_level=0.6827)
    results = selector.fit({"a": x}, y).results_
    # Stratified: the variance within classes counts.
    expected = np.sqrt((x[:50].var(ddof=1) + x[50:].var(ddof=1)) / 2 / 100)
    found = (results["score_high"] - results["score_low"]) / 2
    np.testing.assert_allclose(found, expected, rtol=0.08)


def test_small_classes_are_put_right():
    # Classes of 3 rows keep 2: a mean of 2 of 3 has half the variance of a mean of 3.
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((300, 1)), np.repeat(np.arange(100), 3)
    selector = ModelSelector(MeanOfFirst(), n_resamples=1000, confidence_level=0.6827)
    results = selector.fit({"a": x}, y).results_
    expected = np.sqrt(x.reshape(100, 3).var(axis=1, ddof=1).mean() / 300)
    found = (results["score_high"] - results["score_low"]) / 2
    np.testing.assert_allclose(found, expected, rtol=0.1)


def test_the_scatter_of_groups_is_the_standard_error_of_their_means():
    # Rows of a group are equal: 50 groups of 4 rows tell as much as 50 rows do.
    rng = np.random.default_rng(2)
    means, y = rng.standard_normal(50), np.repeat([0, 1], 100)
    groups = np.repeat(np.arange(50), 4)
    selector = ModelSelector(MeanOfFirst(), n_resamples=800, confidence_level=0.6827)
    results = selector.fit({"a": means[groups][:, None]}, y, groups=groups).results_
    expected = np.sqrt((means[:25].var(ddof=1) + means[25:].var(ddof=1)) / 2 / 50)
    found = (results["score_high"] - results["score_low"]) / 2
    np.testing.assert_allclose(found, expected, rtol=0.12)
    lone = selector.set_params(n_resamples=200).fit({"a": means[groups][:, None]}, y).results_
    assert lone["score_high"] - lone["score_low"] < 1.4 * found  # as if they were 200


@pytest.mark.parametrize("sizes", [[20, 20], [4, 4], [8, 3, 3, *[2] * 8]])
def test_intervals_hold_the_truth_as_often_as_they_say(sizes):
    rng, held = np.random.default_rng(0), []
    frame = SamplingFrame(np.repeat(np.arange(len(sizes)), sizes))
    rows = [draw_resample(frame, 0, number) for number in range(1, 61)]
    for _ in range(40):  # pools of 10 models
        x = rng.standard_normal((10, sum(sizes)))
        means = np.stack([x[:, each].mean(axis=1, keepdims=True) for each in rows])
        scores = x.mean(axis=1, keepdims=True)
        draws = draw_scores(scores, means, resample_scatter(frame))
        low, high = score_intervals(scores, draws, [(-np.inf, np.inf)], 0.95)
        held += ((low <= 0) & (high >= 0)).ravel().tolist()
    # Three standard errors; with a few rows only Student's distribution holds so much.
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize("sizes", [[20, 20], [3] * 15, [40, 9, 5, 3, 3, 2, 2, 1], [8, 3, *[2] * 8]])
def test_the_scatter_is_that_of_other_samples_for_all_sizes_of_classes(sizes):
    rng = np.random.default_rng(0)
    frame = SamplingFrame(np.repeat(np.arange(len(sizes)), sizes))
    rows = [draw_resample(frame, 0, number) for number in range(1, 301)]
    x = rng.standard_normal((400, sum(sizes)))
    variances = np.var([x[:, each].mean(axis=1) for each in rows], axis=0)
    found = resample_scatter(frame).factor ** 2 * variances.mean()
    assert found * sum(sizes) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("sizes", "dof"),
    [
        ([25] * 4, 96),  # as many as rows less classes
        ([3] * 15, 30),
        ([10, 2, 1], 9),  # classes that keep all their rows tell nothing
        ([12, 3], 225 / (144 / 11 + 9 / 2)),  # between the least of a class and their sum
    ],
)
def test_degrees_of_freedom_by_hand(sizes, dof):
    frame = SamplingFrame(np.repeat(np.arange(len(sizes)), sizes))
    assert resample_scatter(frame).dof == pytest.approx(dof)


def test_draws_scatter_and_vary_together_as_the_resamples_do():
    rng = np.random.default_rng(0)
    common = rng.standard_normal((60, 1, 1))
    resample_scores = 5 + common + rng.standard_normal((60, 3, 2)) / 2
    draws = draw_scores(np.zeros((3, 2)), resample_scores, Scatter(2.0, 1e9))
    expected = 4 * np.cov(resample_scores.reshape(60, 6), rowvar=False, ddof=0)
    # Of Student's distribution with 45 degrees of freedom.
    found = np.cov(draws.reshape(-1, 6), rowvar=False) * 43 / 45
    np.testing.assert_allclose(found, expected, atol=0.1 * expected.max())
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.2)


def test_few_rows_and_few_resamples_have_wider_tails():
    resample_scores = np.random.default_rng(0).standard_normal((2000, 1, 1))
    ends = {}
    for dof in (4, 1e9):
        draws = draw_scores(np.zeros((1, 1)), resample_scores, Scatter(1.0, dof))
        ends[dof] = np.quantile(np.abs(draws), 0.95) / resample_scores.std()
    assert ends[4] == pytest.approx(2.776, rel=0.1)  # of tables of Student's distribution
    assert ends[1e9] == pytest.approx(1.96, rel=0.1)


def test_a_model_that_some_resamples_could_not_score_scatters_as_much():
    resample_scores = np.random.default_rng(0).standard_normal((40, 2, 1))
    resample_scores[::2, 1] = np.nan
    resample_scores[1:, 0] = np.nan
    deviations = center_resamples(resample_scores)
    assert np.isnan(deviations[:, 0]).all()
    whole = np.nanvar(resample_scores[:, 1], ddof=1)
    assert np.sum(deviations[:, 1] ** 2) / 39 == pytest.approx(whole)


def test_every_model_sees_the_same_rows(pool):
    sets, y = pool
    same = {"a": sets["a"], "shifted": sets["a"] + 1e-3, "b": sets["b"]}
    selector = ModelSelector(MeanOfFirst(), n_resamples=50).fit(same, y)
    assert selector.probability_better("shifted", "a") == 1


def test_results_gain_intervals_and_places(pool):
    sets, y = pool
    selector = ModelSelector(LogME(), n_resamples=40).fit(sets, y)
    results = selector.results_
    assert list(results) == [
        *("rank", "model", "score", "score_low", "score_high", "seconds", "seconds_shared"),
        *("rank_low", "rank_high", "p_best", "warnings", "error", "metric", "digest"),
    ]
    np.testing.assert_array_equal(results["score"], ModelSelector(LogME()).fit(sets, y).scores_)
    assert (results["score_low"] < results["score"]).all()
    assert (results["score"] < results["score_high"]).all()
    assert (results["rank_low"] <= results["rank"]).all()
    assert (results["rank"] <= results["rank_high"]).all()
    assert results["p_best"].sum() == pytest.approx(1)
    assert results["rank_low"][2] == results["rank_high"][2] == 3


def test_probability_better_is_a_tournament(pool):
    sets, y = pool
    selector = ModelSelector(LogME(), n_resamples=40).fit(sets, y)
    for a in sets:
        assert selector.probability_better(a, a) == 0.5
        for b in sets:
            both = selector.probability_better(a, b) + selector.probability_better(b, a)
            assert both == pytest.approx(1)
    assert selector.probability_better("a", "blind") == 1


def test_several_metrics_have_intervals_of_their_own(pool):
    sets, y = pool
    both = {"logme": LogME(), "h": HScore()}
    together = ModelSelector(both, n_resamples=30).fit(sets, y).results_
    for name, metric in both.items():
        alone = ModelSelector(metric, n_resamples=30).fit(sets, y).results_
        np.testing.assert_array_equal(together[f"score_low_{name}"], alone["score_low"])
        np.testing.assert_array_equal(together[f"score_high_{name}"], alone["score_high"])
    assert together["p_best"].sum() == pytest.approx(1)


def test_scores_stay_within_their_bounds(pool):
    sets, y = pool
    sharp = {"a": sets["a"] * [10, 1, 1, 1, 1, 1], "b": sets["b"]}
    selector = ModelSelector(NearestCentroidScore(), n_resamples=50).fit(sharp, y)
    assert (selector.results_["score_high"] <= 1).all()


@pytest.mark.parametrize("metric", [KNNScore(task="regression"), RidgeProbe(task="regression")])
def test_ages_that_are_all_different_are_resampled_and_scores_may_be_negative(metric):
    rng = np.random.default_rng(0)
    ages = rng.permutation(60)
    signal = np.stack([rng.normal(ages, 5), np.full(60, 30.0)], axis=1)
    pool = {"noise": rng.standard_normal((60, 20)), "signal": signal}
    selector = ModelSelector(metric, n_resamples=50, max_samples=50).fit(pool, ages)
    results = selector.results_
    assert selector.scores_[0] < 0
    assert results["score_low"][0] < selector.scores_[0] < results["score_high"][0]
    assert len(selector.sample_indices_) == 50
    assert selector.summary().startswith("signal has the highest score of 2 models, on other")


@given(
    shape=st.tuples(st.integers(2, 9), st.integers(1, 4), st.integers(1, 2)),
    seed=st.integers(0, 99),
    level=st.floats(0.1, 0.99),
)
def test_every_interval_holds_its_score(shape, seed, level):
    _, n_models, n_metrics = shape
    rng = np.random.default_rng(seed)
    scores = rng.beta(0.3, 0.3, (n_models, n_metrics))
    resample_scores = np.clip(scores + rng.exponential(0.3, shape), 0, 1)
    assume((resample_scores != scores).any())
    draws = draw_scores(scores, resample_scores, Scatter(1.7, 5.0))
    found = estimate_uncertainty(scores, draws, [(0, 1)] * n_metrics, level)
    low, high = found.scores
    assert (low <= scores).all()
    assert (scores <= high).all()
    assert (low >= 0).all()
    assert (high <= 1).all()


def test_what_fewer_rows_cannot_score_comes_last_there(pool):
    sets, y = pool
    selector = ModelSelector({"mean": MeanOfFirst(), "fragile": Fragile()}, n_resamples=10).fit(
        sets, y
    )
    assert np.isnan(selector.results_["score_low_fragile"]).all()
    assert not np.isnan(selector.results_["score_low_mean"]).any()
    assert "10 of 10 resamples could not be scored" in selector.results_["warnings"][0]


def test_a_failed_model_is_last_on_every_draw(pool):
    sets, y = pool
    with pytest.warns(FitFailedWarning, match="could not score 1 of 4"):
        selector = ModelSelector(LogME(), n_resamples=10).fit({"short": sets["a"][:-1], **sets}, y)
    assert selector.results_["rank_low"][0] == selector.results_["rank_high"][0] == 4
    assert selector.results_["p_best"][0] == 0
    assert np.isnan(selector.results_["score_low"][0])
    assert "short" not in selector.summary()


@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 99))
def test_places_and_shares_follow_from_each_draw(n_models, n_draws, seed):
    scores = np.random.default_rng(seed).integers(0, 3, (n_draws, n_models)).astype(float)
    places = rank_draws(compute_sort_keys(scores[:, :, None]))
    naive = [rankdata(-row, method="min") for row in scores]
    np.testing.assert_array_equal(places, naive)
    shares = [sum((p[i] == 1) / (p == 1).sum() for p in naive) / n_draws for i in range(n_models)]
    np.testing.assert_allclose(first_shares(places), shares)
    above = np.mean([(row[0] > row[1]) + 0.5 * (row[0] == row[1]) for row in scores])
    assert share_above(scores[:, 0], scores[:, 1]) == pytest.approx(above)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"n_resamples": -1}, ValueError, "must be an integer of at least 0, got -1"),
        ({"n_resamples": 1}, ValueError, "must be 0 or at least 2, got 1"),
        ({"n_resamples": 2.5}, TypeError, "must be an integer of at least 0, got 2.5"),
        ({"confidence_level": 1.0}, ValueError, r"must be a number in \(0, 1\), .*, got 1\.0"),
        (
            {"confidence_level": 0},
            ValueError,
            r"must be a number in \(0, 1\), such as 0\.95, got 0",
        ),
        ({"confidence_level": 95}, ValueError, r"must be a number in \(0, 1\), .*, got 95"),
        ({"confidence_level": "x"}, TypeError, r"must be a number in \(0, 1\), .*, got 'x'"),
        ({"n_jobs": 0}, ValueError, "`n_jobs` .* must be an integer other than 0, or None, got 0"),
        ({"n_jobs": "all"}, TypeError, "`n_jobs` .* an integer other than 0, or None, got 'all'"),
        ({"n_jobs": 1.5}, TypeError, r"`n_jobs` .* an integer other than 0, or None, got 1\.5"),
        ({"random_state": -3}, ValueError, "`random_state` of ModelSelector must be"),
    ],
)
def test_bad_parameters_raise(pool, params, error, message):
    with pytest.raises(error, match=message):
        ModelSelector(LogME(), **params).fit(*pool)


def test_classes_of_two_rows_cannot_be_halved():
    X, y = np.arange(8.0).reshape(4, 2), [0, 0, 1, 1]
    with pytest.raises(ValueError, match="needs a class of at least 3 rows"):
        ModelSelector(LogME(), n_resamples=5).fit({"a": X}, y)


def test_classes_of_two_groups_cannot_be_resampled():
    X, y = np.arange(16.0).reshape(8, 2), [0, 0, 0, 0, 1, 1, 1, 1]
    with pytest.raises(ValueError, match="needs a class of at least 3 groups"):
        ModelSelector(LogME(), n_resamples=5).fit({"a": X}, y, groups=[0, 0, 1, 1, 2, 2, 3, 3])


def test_probability_better_names_what_is_wrong(pool):
    sets, y = pool
    with pytest.raises(ValueError, match="needs n_resamples of at least 2"):
        ModelSelector(LogME()).fit(sets, y).probability_better("a", "b")
    with pytest.raises(
        ValueError, match="'zebra' must be one of the models that were resampled, 'a', 'b', 'blind'"
    ):
        ModelSelector(LogME(), n_resamples=2).fit(sets, y).probability_better("a", "zebra")
