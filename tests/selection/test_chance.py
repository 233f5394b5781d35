"""Chance: labels that have nothing to do with the features are noticed, at little cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb import HalvingModelSelector, ModelSelector, make_perturbed
from skperturb._backend import NumpyBackend
from skperturb.metrics import ETran, HScore, KNNScore, LDAScore, LogME, RidgeProbe
from skperturb.selection.execution.plan import Setup
from skperturb.selection.resampling.chance import is_within_chance, shuffled_order

_MESSAGE = "of the best model is no better than with shuffled labels (in 20 tries)"
_CHEAP = [None, LogME(), RidgeProbe(), HScore(), KNNScore(), make_perturbed(LDAScore())]


@pytest.fixture(scope="module")
def pool():
    """Three models of 80 rows, one wide, and labels that two of them know."""
    rng = np.random.default_rng(3)
    y = np.repeat(["ant", "bee", "cat", "dog"], 20)
    means = rng.standard_normal((4, 12))[np.repeat(np.arange(4), 20)]
    sets = {f"m{i}": i * means + rng.standard_normal((80, 12)) for i in range(3)}
    return sets | {"wide": rng.standard_normal((80, 120))}, y


def _warned(metric, pool, y, **params):
    selector = ModelSelector(metric, diagnostics=["chance"], **params).fit(pool, y)
    said = dict(zip(selector.names_, selector.results_["warnings"], strict=True))
    return [name for name in said if said[name]]


@pytest.mark.parametrize("metric", _CHEAP, ids=str)
def test_labels_that_were_shuffled_are_noticed(pool, metric):
    sets, y = pool
    shuffled = np.random.default_rng(0).permutation(y)
    selector = ModelSelector(metric).fit(sets, shuffled)
    [best] = np.flatnonzero(selector.names_ == np.array(selector.best_name_))
    assert _MESSAGE in selector.results_["warnings"][best]


@pytest.mark.parametrize("metric", _CHEAP, ids=str)
def test_labels_that_the_features_know_are_not(pool, metric):
    sets, y = pool
    assert _warned(metric, sets, y) == []


def test_only_the_model_that_a_metric_takes_for_the_best_counts(pool):
    class Width(LogME):
        """Prefers width to everything."""

        def _score(self, X, target):
            score, fitted = super()._score(X, target)
            return score + X.shape[1], fitted

    sets, y = pool
    assert _warned(Width(), sets, y) == ["wide"]


def test_groups_are_shuffled_as_a_whole(pool):
    """Rows of a document are alike: one document's label is as good as another's."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(12), 10)
    y = np.repeat(rng.permutation(["ant", "bee"] * 6), 10)
    documents = {"m": np.repeat(rng.standard_normal((12, 6)), 10, axis=0)}
    documents["m"] += 0.1 * rng.standard_normal((120, 6))
    selector = ModelSelector(KNNScore(), diagnostics=["chance"])
    assert _MESSAGE in selector.fit(documents, y, groups=groups).results_["warnings"][0]
    assert selector.fit(documents, y).results_["warnings"][0] == ""


@given(sizes=st.lists(st.integers(1, 5), min_size=2, max_size=8), seed=st.integers(0, 99))
def test_a_shuffle_keeps_the_labels_of_a_group_side_by_side(sizes, seed):
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    order = shuffled_order(len(groups), groups, seed)
    assert sorted(order) == list(range(len(groups)))
    by_group = groups[order][np.argsort(groups, kind="stable")]
    assert np.count_nonzero(np.diff(by_group)) == len(sizes) - 1


def test_without_groups_every_order_can_come():
    orders = {tuple(shuffled_order(3, None, seed)) for seed in range(60)}
    assert len(orders) == 6


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([3.0, 0.0], False), ([0.0, 1.5], True), ([2.0, 0.0], True), ([2.0 + 1e-12, 0.0], True)],
)
def test_the_best_is_measured_by_what_shuffles_of_any_model_reach(scores, expected):
    shuffled = np.array([[1.0, 1.0], [-1.0, 2.0], [0.0, -1.0]])
    assert is_within_chance(np.array(scores), shuffled) is expected


def test_a_score_that_never_varies_is_no_better_than_chance():
    assert is_within_chance(np.ones(2), np.ones((20, 2)))


def test_by_chance_a_pool_passes_once_in_21_times():
    rng = np.random.default_rng(0)
    passed = [not is_within_chance(*np.split(rng.random((21, 5)), [1])) for _ in range(2000)]
    assert 0.02 < np.mean(passed) < 0.06


@pytest.mark.parametrize("metric", [LogME(), RidgeProbe(), HScore()], ids=str)
def test_all_shuffles_share_one_decomposition(pool, metric, monkeypatch):
    calls = []
    for name in ("eigh", "cholesky"):
        own = getattr(NumpyBackend, name)

        def counted(self, *args, _own=own, **kwargs):
            calls.append(_own)
            return _own(self, *args, **kwargs)

        monkeypatch.setattr(NumpyBackend, name, counted)
    sets, y = pool
    ModelSelector(metric, diagnostics=["chance"]).fit({"wide": sets["wide"]}, y)
    assert len(calls) == 1


def test_shuffled_scores_are_those_of_shuffled_labels(pool):
    sets, y = pool
    seen = []

    class Noted(LogME):
        def _score(self, X, target):
            score, fitted = super()._score(X, target)
            seen.append((score, np.asarray(X), target.codes))
            return score, fitted

    ModelSelector(Noted(), diagnostics=["chance"]).fit({"m2": sets["m2"]}, y)
    assert len(seen) == 21
    assert len({tuple(codes) for _, _, codes in seen}) == 21
    for score, X, codes in seen:
        np.testing.assert_allclose(LogME().fit(X, codes).score_, score, rtol=1e-9)


def test_nothing_is_shuffled_where_it_costs_as_much_as_scoring(pool):
    sets, y = pool
    selector = ModelSelector(LDAScore(), diagnostics=["chance"])
    assert set(
        selector.fit(sets, np.random.default_rng(0).permutation(y)).results_["warnings"]
    ) == {""}


def test_only_the_last_round_of_halving_is_looked_at(pool, monkeypatch):
    shuffled = []
    own = Setup.draw

    def draw(self, block):
        if block[0] < 0:
            shuffled.append(len(self.target.y))
        return own(self, block)

    monkeypatch.setattr(Setup, "draw", draw)
    sets, y = pool
    HalvingModelSelector(LogME(), factor=2).fit(sets, y)
    assert set(shuffled) == {80}


def test_a_pool_metric_beside_others_is_not_asked(pool):
    sets, y = pool
    metrics = {"etran": make_perturbed(ETran()), "logme": LogME()}
    assert not _warned(metrics, sets, y)
