"""Worker: a feature set is opened once, shared steps run once, and shared time is counted once."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skperturb import ModelSelector
from skperturb.metrics import CKAScore, HScore, LogME
from skperturb.selection.execution import scoring
from skperturb.selection.execution.scoring import SharedWork, TimedMemo


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that stands still until it is told to go on."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(scoring.time, "perf_counter", lambda: clock.now)
    return clock


def _use(memo, user, key, seconds=0.0, clock=None, within=()):
    """Ask for a result as a memoized function does."""
    memo.user = user
    if key not in memo:
        for each in within:
            _use(memo, user, *each, clock)
        clock.now += seconds
        memo[key] = key.upper()
    return memo[key]


def test_a_memo_charges_no_one_for_what_others_use_too(clock):
    memo = TimedMemo()
    _use(memo, "first", "gram", 3.0, clock)
    _use(memo, "first", "own", 2.0, clock)
    _use(memo, "second", "gram")
    assert list(memo.shared_seconds()) == [("first", 3.0)]


def test_results_within_results_count_once(clock):
    memo = TimedMemo()
    _use(memo, "first", "spectrum", 4.0, clock, within=[("gram", 3.0)])
    _use(memo, "second", "gram")
    assert list(memo.shared_seconds()) == [("first", 3.0)]
    _use(memo, "second", "spectrum")
    assert sorted(memo.shared_seconds()) == [("first", 3.0), ("first", 4.0)]


def test_an_error_within_a_result_does_not_disturb_the_others(clock):
    memo = TimedMemo()
    memo.user = "first"
    assert "broken" not in memo
    clock.now += 5.0
    _use(memo, "second", "gram", 3.0, clock)
    _use(memo, "third", "gram")
    assert list(memo.shared_seconds()) == [("second", 3.0)]


def test_shared_steps_are_shared_time(clock):
    def wait(X):
        clock.now += 7.0
        return X

    metrics = {
        "a": make_pipeline(FunctionTransformer(wait), LogME()),
        "b": make_pipeline(FunctionTransformer(wait), HScore()),
    }
    work = SharedWork({"a": "key", "b": "key"})
    X, y = np.zeros((4, 2)), np.array([0, 0, 1, 1])
    for name, metric in metrics.items():
        last, features, memo = work.fit_steps(name, metric, X, y)
        assert last is metric[-1]
        np.testing.assert_array_equal(features, X)
        assert memo == {}
    own, shared = work.settle({"a": 9.0, "b": 1.0})
    assert own == {"a": 2.0, "b": 1.0}
    assert shared == 7.0


def _open_slowly():
    time.sleep(0.02)
    return np.random.default_rng(0).standard_normal((40, 5))


def test_opening_the_features_is_shared_time():
    results = (
        ModelSelector(["logme", "knn"]).fit({"slow": _open_slowly}, np.arange(40) % 2).results_
    )
    assert results["seconds_shared"][0] >= 0.02


def test_together_the_seconds_are_all_that_was_worked():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((400, 300)), np.arange(400) % 4
    metrics = {"cka": CKAScore(), "h": HScore(shrinkage=None), "logme": LogME()}
    start = time.perf_counter()
    results = ModelSelector(metrics, diagnostics=None).fit({"m": X}, y).results_
    elapsed = time.perf_counter() - start
    seconds = [values[0] for name, values in results.items() if name.startswith("seconds")]
    assert all(each >= 0 for each in seconds)
    assert sum(seconds) <= elapsed
    alone = [
        ModelSelector(clone(metric)).fit({"m": X}, y).best_score_ for metric in metrics.values()
    ]
    np.testing.assert_array_equal([results[f"score_{name}"][0] for name in metrics], alone)


def test_a_feature_set_is_opened_once():
    opened = []

    def source():
        opened.append(1)
        return np.random.default_rng(0).standard_normal((40, 5))

    ModelSelector(["logme", "knn", "hscore"], n_resamples=30).fit({"m": source}, np.arange(40) % 2)
    assert opened == [1]
