"""Pools of tensors: ranked as the same pool of arrays is."""

import numpy as np
import pytest

from backends import load_backend, to_numpy
from skperturb import AccuracyPredictor, HalvingModelSelector, ModelSelector, make_perturbed
from skperturb.metrics import CKAScore, KNNScore, LogME


def _pool():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    signal = (y == 1)[:, None] * 2.0
    pool = {
        name: signal + s * rng.standard_normal((60, 6))
        for name, s in {"sharp": 0.5, "fair": 1.0, "dull": 4.0}.items()
    }
    pool["dead"] = pool["dull"].copy()
    pool["dead"][:, :4] = 1.5
    return pool, y


# A worker that imports PyTorch grows at once, which joblib takes for a leak and says when it
# replaces the worker. As an error the warning would end joblib's own thread, and the test hang.
@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs:UserWarning")
@pytest.mark.parametrize(
    "selector",
    [
        ModelSelector(),
        ModelSelector({"cka": CKAScore(), "logme": make_perturbed(LogME())}, max_samples=40),
        ModelSelector(LogME(), n_resamples=5, n_jobs=2),
        HalvingModelSelector(LogME(), min_resources=20),
    ],
    ids=["default", "two metrics", "resamples", "halving"],
)
def test_a_pool_of_tensors_is_ranked_as_one_of_arrays(selector, tensors):
    pool, y = _pool()
    expected = selector.fit(pool, y)
    scores, warned = expected.scores_.copy(), list(expected.results_["warnings"])
    ranking = list(expected.ranking_)
    feature_sets = {name: tensors.asarray(features) for name, features in pool.items()}
    found = selector.fit(feature_sets, tensors.asarray(y))
    np.testing.assert_allclose(found.scores_, scores, rtol=1e-6)
    assert found.ranking_ == ranking
    assert list(found.results_["warnings"]) == warned


def test_the_winner_is_handed_on_as_a_tensor(strict):
    pool, y = _pool()
    tensors = {name: strict.asarray(features) for name, features in pool.items()}
    best = ModelSelector().fit_transform(tensors, y)
    assert strict.owns(best)
    assert (to_numpy(best) == pool["sharp"]).all()


def test_a_run_over_tensors_goes_on_where_one_over_arrays_stopped(strict, tmp_path):
    pool, y = _pool()
    expected = ModelSelector(LogME(), memory=tmp_path).fit(pool, y).scores_
    tensors = {name: strict.asarray(features) for name, features in pool.items()}
    again = ModelSelector(LogME(), memory=tmp_path).fit(tensors, y)
    np.testing.assert_array_equal(again.scores_, expected)


def test_a_pool_of_a_type_that_numpy_lacks_is_looked_at_and_kept(tmp_path):
    backend = load_backend("torch")
    pool, y = _pool()
    rough = {name: backend.asarray(X).to(backend.library.bfloat16) for name, X in pool.items()}
    with backend.dispatch():
        expected = ModelSelector(LogME()).fit({name: X.double() for name, X in rough.items()}, y)
        found = ModelSelector(LogME(), memory=tmp_path).fit(rough, y)
    np.testing.assert_allclose(found.scores_, expected.scores_, rtol=1e-10)
    warned = expected.results_["warnings"]
    assert list(found.results_["warnings"]) == list(warned)
    assert any(warned)


def test_a_metric_without_tensors_fails_with_its_reason(strict):
    pool, y = _pool()
    tensors = {name: strict.asarray(features) for name, features in pool.items()}
    with pytest.raises(ValueError, match="KNNScore must have NumPy arrays as features"):
        ModelSelector(KNNScore()).fit(tensors, y)


def test_past_tasks_may_hold_tensors(strict):
    pool, y = _pool()
    tensors = {name: strict.asarray(features) for name, features in pool.items()}
    accuracies = [{"sharp": 0.9, "fair": 0.8, "dull": 0.5, "dead": 0.4}]
    predictor = AccuracyPredictor(ModelSelector(LogME()))
    expected = predictor.fit([(pool, y)], accuracies).predict((pool, y))
    found = predictor.fit([(tensors, y)], accuracies).predict((tensors, y))
    np.testing.assert_allclose(found, expected)
