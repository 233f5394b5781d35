"""What metrics have in common is computed once, changes no score, and is let go."""

import gc
import weakref

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import get_tags

from discovery import METRICS
from skperturb import ModelSelector, _row_subset, make_perturbed
from skperturb._memoize import memoize, use_memo, writable
from skperturb.metrics import BaseMetric, CKAScore, HScore, LDAScore, LogME, RidgeProbe
from skperturb.metrics._linalg.spectrum import gram_eigenvectors

FIVE = {
    "logme": LogME(),
    "hscore": HScore(shrinkage=None),
    "cka": CKAScore(),
    "lda": LDAScore(),
    "ridge": RidgeProbe(),
}


def features(shape, dtype=np.float64, seed=0):
    """Labelled features of three classes."""
    rng = np.random.default_rng(seed)
    y = np.array(["ant", "bee", "cat"])[np.arange(shape[0]) % 3]
    X = rng.standard_normal(shape) + 2.0 + (y == "bee")[:, None]
    return X.astype(dtype), y


def scores_in_company(metrics, X, y):
    """Scores by name, computed one after the other with one store."""
    store = {}
    found = {}
    for name, metric in metrics.items():
        with use_memo(store):
            found[name] = clone(metric).fit(X, y).score_
    return found


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shape", [(90, 12), (30, 50)])
def test_scores_in_company_are_the_lone_scores(shape, dtype):
    """All metrics of features, in either order, on arrays that nobody may write to."""
    X, y = features(shape, dtype)
    X.flags.writeable = False
    before = X.copy()
    metrics = {
        type(each).__name__: each
        for each in METRICS
        if get_tags(each).input == "features" and "SFDA" not in str(each)
    } | FIVE
    alone = {name: clone(metric).fit(X, y).score_ for name, metric in metrics.items()}
    assert scores_in_company(metrics, X, y) == alone
    assert scores_in_company(dict(reversed(metrics.items())), X, y) == alone
    np.testing.assert_array_equal(X, before)


def test_a_selector_scores_in_company_as_alone(tmp_path):
    pool = {str(seed): features((60, 8), np.float32, seed)[0] for seed in range(2)}
    y = features((60, 8))[1]
    np.save(tmp_path / "file.npy", pool["1"])
    pool["file"] = tmp_path / "file.npy"
    metrics = FIVE | {f"perturbed_{name}": make_perturbed(each) for name, each in FIVE.items()}
    together = ModelSelector(metrics, n_resamples=2).fit(pool, y).results_
    for name, metric in metrics.items():
        alone = ModelSelector(metric, n_resamples=2).fit(pool, y).results_
        for column in ("score", "score_low", "score_high"):
            np.testing.assert_array_equal(together[f"{column}_{name}"], alone[column])


def test_metrics_of_one_feature_set_share_their_work(monkeypatch):
    """One Gram matrix for the three that centre, one for LogME; the second LogME is free."""
    X, y = features((90, 12))
    calls, own = [], _row_subset.column_gram

    def counted(X, is_centered):
        calls.append(is_centered)
        return own(X, is_centered)

    monkeypatch.setattr(_row_subset, "column_gram", counted)
    metrics = FIVE | {"precise": LogME(tol=1e-9)}
    ModelSelector(metrics, n_resamples=3).fit({"a": X}, y)
    assert sorted(calls) == [False, True]


def test_what_was_shared_is_let_go_with_the_feature_set(monkeypatch):
    """The features behind each set are gone when the next is opened."""
    held = []

    class Watched(CKAScore):
        def _score(self, X, target):
            held.append(weakref.ref(X))
            return super()._score(X, target)

    alive = []

    def opened():
        gc.collect()
        alive.append(sum(each() is not None for each in held))
        return features((60, 8), np.float16)[0]

    metrics = {"a": Watched(), "b": Watched(), "c": CKAScore()}
    ModelSelector(metrics, diagnostics=None).fit(
        {"first": opened, "second": opened, "third": opened}, features((60, 8))[1]
    )
    assert len(held) == 6
    assert alive == [0, 0, 0]


def test_a_metric_that_fails_leaves_nothing_open():
    class Failing(BaseMetric):
        def _check_parameters(self):
            pass

        def _score(self, X, target):
            if X.shape[1] > 8:
                msg = "no score"
                raise RuntimeError(msg)
            return 0.0, {}

    X, y = features((60, 8))
    wide = features((60, 9))[0]
    with pytest.warns(FitFailedWarning, match="no score"):
        selector = ModelSelector({"bad": Failing(), "good": CKAScore()}).fit({"a": wide, "b": X}, y)
    for score, each in zip(selector.results_["score_good"], (wide, X), strict=True):
        assert score == CKAScore().fit(each, y).score_
    with pytest.raises(RuntimeError, match="no score"):
        ModelSelector({"bad": Failing(), "good": CKAScore()}, error_score="raise").fit(
            {"a": wide}, y
        )
    assert twice(X) is not twice(X)


@memoize
def twice(X, *, owner=None):
    return 2 * X


def test_a_shared_result_is_of_equal_arguments_and_read_only():
    X = np.ones(3)
    store = {}
    with use_memo(store):
        assert twice(X) is twice(X, owner="another")
        assert twice(X) is not twice(X.copy())
        assert not twice(X).flags.writeable
        with use_memo(None):
            assert twice(X) is not twice(X)
    assert X.flags.writeable
    assert len(store) == 2
    assert twice(X).flags.writeable


def test_a_shared_gram_matrix_outlives_its_eigenvectors():
    gram = np.asfortranarray(np.cov(features((30, 5))[0].T))
    kept = gram.copy()
    gram.flags.writeable = False
    with use_memo({}):
        squares, vectors = gram_eigenvectors(gram)
        assert gram_eigenvectors(gram)[1] is vectors
    np.testing.assert_array_equal(gram, kept)
    np.testing.assert_allclose(vectors * squares @ vectors.T, kept, atol=1e-12)
    assert writable(kept) is kept
    assert writable(gram) is not gram
