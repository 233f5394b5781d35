"""Metrics of tensors: the scores of the same NumPy arrays, computed where the tensors are."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils import get_tags

from discovery import METRICS, with_variants
from skperturb import _tensor_rows as tensor_rows
from skperturb import make_perturbed
from skperturb.metrics import HScore, LogME, RidgeProbe, TransRate
from tensors import Place, values

_TAKERS = [each for each in with_variants(METRICS) if get_tags(each).array_api_support]
_OTHERS = [each for each in METRICS if not get_tags(each).array_api_support]
_ASKED_FOR = {
    *("CKAScore", "GBC", "HScore", "LogME", "NearestCentroidScore", "RidgeProbe", "TransRate")
}
every_metric = pytest.mark.parametrize("metric", _TAKERS, ids=str)
_SHAPES = {"n > d": (90, 12), "n < d": (24, 60), "square": (30, 30), "one": (20, 1)}
_FAULTS = ("none", "constant", "dead", "doubled", "offset", "equal rows")


def _features(shape, fault="none"):
    rng = np.random.default_rng(0)
    codes = np.arange(shape[0]) % 4
    X = rng.standard_normal(shape) + (codes == 1)[:, None]
    if fault == "constant":
        X[:, -1] = 0.3
    if fault == "dead":
        X[:, ::3] = 0.0
    if fault == "doubled":
        X[:, -1] = X[:, 0]
    if fault == "offset":
        X += 1e3
    if fault == "equal rows":
        X[codes == 2] = X[2]
    return X, np.array(["ant", "bee", "cat", "dog"])[codes]


def _score(metric, X, y):
    return clone(metric).fit(X, y).score_


def test_strengths_far_below_the_features_are_not_taken_for_rounding(place):
    X, y = _features((24, 60))
    probe = RidgeProbe(alphas=[1e-60])
    assert _score(probe, place.tensor(X), y) == _score(probe, X, y) < 1.0


def test_the_metrics_that_were_asked_for_take_tensors():
    assert {type(each).__name__ for each in _TAKERS} >= _ASKED_FOR


@pytest.mark.parametrize("fault", _FAULTS)
@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
@every_metric
def test_a_tensor_scores_as_an_array_does(metric, shape, fault, place):
    X, y = _features(shape, fault)
    tensor = place.tensor(X)
    score = _score(metric, tensor, y)
    assert type(score) is float
    assert score == pytest.approx(_score(metric, X, y), rel=1e-6, abs=1e-9)
    assert (values(tensor) == X).all()


@every_metric
def test_a_float32_tensor_scores_as_an_array_of_float32_does(metric, place):
    X, y = _features((90, 12))
    X = X.astype(np.float32)
    score = _score(metric, place.tensor(X), y)
    assert score == pytest.approx(_score(metric, X, y), rel=1e-6)


@every_metric
def test_blocks_of_a_few_rows_change_nothing(metric, strict, monkeypatch):
    X, y = _features((90, 12), "constant")
    wide = np.ascontiguousarray(X[:10].T), y[:12]
    monkeypatch.setattr(tensor_rows, "_BLOCK", 60)
    assert _score(metric, strict.tensor(X), y) == pytest.approx(_score(metric, X, y), rel=1e-6)
    if type(metric).__name__ != "GBC":  # whose classes need two samples
        assert _score(metric, strict.tensor(wide[0].T), y[:10]) == pytest.approx(
            _score(metric, wide[0].T, y[:10]), rel=1e-6
        )


@pytest.mark.parametrize("kind", ["labels", "one label", "outputs", "one output"])
@pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=str)
@pytest.mark.parametrize(
    "metric", [each for each in _TAKERS if "regression" in get_tags(each).tasks], ids=str
)
def test_other_targets_score_as_for_an_array(metric, shape, kind, place):
    X, _ = _features(shape)
    rng = np.random.default_rng(1)
    labels = (X[:, :3] + rng.standard_normal((len(X), 3)) > 0).astype(int)
    labels[:, 2] *= kind == "labels"  # else a label that no sample has
    y = {
        "labels": labels,
        "one label": labels,
        "outputs": X[:, :2] + rng.standard_normal((len(X), 2)),
        "one output": X[:, 0] + rng.standard_normal(len(X)),
    }[kind]
    expected = _score(metric, X, y)
    assert _score(metric, place.tensor(X), y) == pytest.approx(expected, rel=1e-6)
    assert _score(metric, place.tensor(X), place.tensor(y)) == pytest.approx(expected, rel=1e-6)


@every_metric
def test_score_of_a_tensor_is_what_fit_found(metric, place):
    X, y = _features((90, 12))
    fitted = clone(metric).fit(place.tensor(X), y)
    assert fitted.score(place.tensor(X), y) == fitted.score_
    half = fitted.score(place.tensor(X[::2]), y[::2])
    assert half == pytest.approx(_score(metric, X[::2], y[::2]), rel=1e-6)


@every_metric
def test_what_a_metric_learned_is_where_the_features_are(metric, place):
    X, y = _features((90, 12))
    fitted, expected = clone(metric).fit(place.tensor(X), y), clone(metric).fit(X, y)
    for name, learned in vars(expected).items():
        if isinstance(learned, np.ndarray) and name != "classes_":
            assert place.holds(getattr(fitted, name))
            np.testing.assert_allclose(values(getattr(fitted, name)), learned, rtol=1e-5)
    assert list(fitted.classes_) == ["ant", "bee", "cat", "dog"]


@every_metric
@pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=str)
def test_a_device_without_float64_comes_close(metric, shape):
    module = pytest.importorskip("array_api_strict")
    try:
        place = Place(module, module.Device("no_float64"))
    except ValueError:
        pytest.skip("this array-api-strict has no device without float64")
    X, y = _features(shape)
    X = X.astype(np.float32)
    score = _score(metric, place.tensor(X), y)
    assert score == pytest.approx(_score(metric, X, y), rel=1e-3, abs=2e-3)


@pytest.mark.parametrize(
    "metric", [LogME(), HScore(shrinkage=None), HScore(shrinkage=0.1)], ids=str
)
@pytest.mark.parametrize("spread", [1e-5, 1e-9])
def test_directions_of_little_variance_are_seen_as_in_an_array(spread, place, metric):
    X, y = _features((90, 12))
    X[:, 6:] = X[:, :6] + spread * X[:, 6:]
    expected = _score(metric, X, y)
    assert _score(metric, place.tensor(X), y) == pytest.approx(expected, rel=1e-6)


def test_a_code_of_high_precision_is_counted_as_in_an_array(place):
    X, y = _features((90, 12))
    X[:, 6:] *= 1e-6
    metric = TransRate(eps=1e-13)
    assert _score(metric, place.tensor(X), y) == pytest.approx(_score(metric, X, y), rel=1e-6)


@every_metric
@pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=str)
def test_the_perturbed_pipeline_scores_as_for_an_array(metric, shape, place):
    X, y = _features(shape)
    pipeline = make_perturbed(metric, n_components=5)
    expected = clone(pipeline).fit(X, y)
    fitted = clone(pipeline).fit(place.tensor(X), y)
    assert fitted[-1].score_ == pytest.approx(expected[-1].score_, rel=1e-6)
    later = fitted.score(place.tensor(X), y)
    assert later == pytest.approx(expected.score(X, y), rel=1e-6)


def test_the_perturbed_pipeline_of_large_features_is_that_of_an_exact_solver(place):
    X, y = _features((400, 300))
    pipeline = make_perturbed(LogME())
    score = clone(pipeline).fit(place.tensor(X), y)[-1].score_
    exact = clone(pipeline).set_params(pca__svd_solver="full").fit(X, y)[-1].score_
    assert score == pytest.approx(exact, rel=1e-6)
    assert score == pytest.approx(clone(pipeline).fit(X, y)[-1].score_, rel=1e-9)


@pytest.mark.parametrize("metric", _OTHERS, ids=str)
def test_other_metrics_say_that_they_take_no_tensors(metric, place):
    X, y = _features((24, 4))
    X = np.abs(X) / np.abs(X).sum(axis=1, keepdims=True)
    name = type(metric).__name__
    with pytest.raises(TypeError, match=rf"{name} must have NumPy arrays .*cpu\(\)\.numpy\(\)"):
        clone(metric).fit(place.tensor(X), y)
    assert np.isfinite(clone(metric).fit(X, y).score_)


def test_arrays_are_scored_as_ever_while_dispatch_is_on():
    X, y = _features((90, 12))
    for metric in _TAKERS:
        with config_context(array_api_dispatch=False):
            expected = _score(metric, X, y)
        assert _score(metric, X, y) == pytest.approx(expected, rel=1e-12)
