"""Every backend gives the scores and the moves that NumPy gives."""

import numpy as np
import pytest
from hypothesis import given
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils import get_tags

from backends import TENSORS, load_backend, over_backends, takes_tensors, to_numpy
from discovery import METRICS, PERTURBATIONS, takes_features, with_variants
from skperturb import CappedPCA, make_perturbed
from skperturb.metrics import HScore, LogME, RidgeProbe, TransRate
from strategies import labelled_features

_TAKING = [metric for metric in with_variants(METRICS) if takes_tensors(metric)]
_METRICS = [metric for metric in _TAKING if takes_features(metric)]
_OF_POSTERIORS = [metric for metric in _TAKING if not takes_features(metric)]
# On such features SFDA warns that it is saturated: test_sfda.py is about that.
pytestmark = pytest.mark.filterwarnings("ignore:SFDA scored:UserWarning")

_PROJECTIONS = [
    *(CappedPCA(5), CappedPCA(64), CappedPCA(5, svd_solver="full")),
    *(CappedPCA(5, svd_solver=solver) for solver in ("covariance_eigh", "randomized")),
]
_TRANSFORMERS = [*with_variants(PERTURBATIONS), *_PROJECTIONS]
_NEEDED = {"CKAScore", "GBC", "HScore", "LogME", "NearestCentroidScore", "RidgeProbe", "TransRate"}
_SHAPES = {"n > d": (90, 12), "n < d": (24, 60), "square": (30, 30), "one": (20, 1)}
_FAULTS = ("none", "constant", "dead", "doubled", "offset", "equal rows")

every_metric = over_backends("metric", _METRICS, TENSORS)
every_transformer = over_backends("transformer", _TRANSFORMERS, TENSORS)
both_shapes = pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=["n > d", "n < d"])


def _features(shape, fault="none"):
    """Features in four classes, one of which stands apart, and their names."""
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


def _numpy_score(metric, X, y):
    with config_context(array_api_dispatch=False):
        return clone(metric).fit(X, y).score_


def test_the_metrics_that_users_want_on_a_gpu_take_tensors():
    assert {type(metric).__name__ for metric in _METRICS} >= _NEEDED
    assert all(takes_tensors(each) for each in [*PERTURBATIONS, CappedPCA()])


@over_backends("metric", _OF_POSTERIORS, TENSORS)
@both_shapes
def test_posteriors_score_as_in_numpy(metric, backend, shape):
    X, y = _features(shape)
    X = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-6)):
        expected = pytest.approx(_numpy_score(metric, X, y), rel=tolerance)
        assert clone(metric).fit(backend.asarray(X, dtype), y).score_ == expected


@every_metric
@given(data=labelled_features())
def test_any_features_score_as_in_numpy(metric, backend, data):
    X, codes = data
    score = backend.score(metric, X, codes)
    assert type(score) is float
    assert score == pytest.approx(_numpy_score(metric, X, codes), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("fault", _FAULTS)
@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
@every_metric
def test_awkward_features_score_as_in_numpy(metric, backend, shape, fault):
    X, y = _features(shape, fault)
    expected = _numpy_score(metric, X, y)
    assert backend.score(metric, X, y) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@every_metric
def test_float32_scores_as_in_numpy(metric, backend):
    X, y = _features((90, 12))
    X = X.astype(np.float32)
    expected = _numpy_score(metric, X, y)
    assert backend.score(metric, X, y) == pytest.approx(expected, rel=1e-6)


@both_shapes
@over_backends("metric", _METRICS, ["no_float64"])
def test_a_device_without_float64_comes_close(metric, backend, shape):
    X, y = _features(shape)
    X = X.astype(np.float32)
    expected = _numpy_score(metric, X, y)
    assert backend.score(metric, X, y) == pytest.approx(expected, rel=1e-3, abs=2e-3)


@pytest.mark.parametrize("kind", ["labels", "one label", "outputs", "one output"])
@both_shapes
@over_backends(
    "metric", [each for each in _METRICS if "regression" in get_tags(each).tasks], TENSORS
)
def test_other_targets_score_as_in_numpy(metric, backend, shape, kind):
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
    expected = _numpy_score(metric, X, y)
    assert backend.score(metric, X, y) == pytest.approx(expected, rel=1e-6)
    assert backend.score(metric, X, backend.asarray(y)) == pytest.approx(expected, rel=1e-6)


@every_metric
def test_the_score_of_other_rows_is_as_in_numpy(metric, backend):
    X, y = _features((90, 12))
    fitted = clone(metric).fit(backend.asarray(X), y)
    assert fitted.score(backend.asarray(X), y) == fitted.score_
    half = fitted.score(backend.asarray(X[::2]), y[::2])
    assert half == pytest.approx(_numpy_score(metric, X[::2], y[::2]), rel=1e-6)


@pytest.mark.parametrize(
    "metric", [LogME(), HScore(shrinkage=None), HScore(shrinkage=0.1)], ids=str
)
@pytest.mark.parametrize("spread", [1e-5, 1e-9])
def test_directions_of_little_variance_are_seen_as_in_numpy(spread, tensors, metric):
    X, y = _features((90, 12))
    X[:, 6:] = X[:, :6] + spread * X[:, 6:]
    assert tensors.score(metric, X, y) == pytest.approx(_numpy_score(metric, X, y), rel=1e-6)


def test_a_code_of_high_precision_is_counted_as_in_numpy(tensors):
    X, y = _features((90, 12))
    X[:, 6:] *= 1e-6
    metric = TransRate(eps=1e-13)
    assert tensors.score(metric, X, y) == pytest.approx(_numpy_score(metric, X, y), rel=1e-6)


def test_strengths_far_below_the_features_are_not_taken_for_rounding(tensors):
    X, y = _features((24, 60))
    probe = RidgeProbe(alphas=[1e-60])
    score = tensors.score(probe, X, y)
    assert score == pytest.approx(_numpy_score(probe, X, y), rel=1e-12)
    assert score < 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("shape", [(60, 8), (20, 50)], ids=["n > d", "n < d"])
@every_transformer
def test_rows_move_as_in_numpy(transformer, backend, shape, dtype):
    X, y = _features(shape, "doubled")
    X[:, 1], X[:6] = 3.7, X[6]
    X = X.astype(dtype)
    with config_context(array_api_dispatch=False):
        expected = [
            clone(transformer).fit_transform(X, y),
            clone(transformer).fit(X, y).transform(X),
        ]
    features, fitted = backend.asarray(X), clone(transformer)
    moved = [fitted.fit_transform(features, y), fitted.transform(features)]
    tolerance = 1e-6 if dtype == np.float64 else 1e-5
    for here, there in zip(moved, expected, strict=True):
        assert backend.owns(here)
        assert here.dtype == features.dtype
        np.testing.assert_allclose(to_numpy(here), there, rtol=0, atol=tolerance)


@both_shapes
@every_metric
def test_the_perturbed_pipeline_scores_as_in_numpy(metric, backend, shape):
    X, y = _features(shape)
    pipeline = make_perturbed(metric, n_components=5)
    with config_context(array_api_dispatch=False):
        expected = clone(pipeline).fit(X, y)
        later = expected.score(X, y)
    fitted = clone(pipeline).fit(backend.asarray(X), y)
    assert fitted[-1].score_ == pytest.approx(expected[-1].score_, rel=1e-6)
    assert fitted.score(backend.asarray(X), y) == pytest.approx(later, rel=1e-6)


def test_large_features_are_projected_as_by_an_exact_solver(tensors):
    X, y = _features((400, 300))
    pipeline = make_perturbed(LogME())
    score = clone(pipeline).fit(tensors.asarray(X), y)[-1].score_
    with config_context(array_api_dispatch=False):
        exact = clone(pipeline).set_params(pca__svd_solver="full").fit(X, y)[-1].score_
    assert score == pytest.approx(exact, rel=1e-6)


def test_components_of_nearly_equal_variance_come_from_an_exact_solver(tensors):
    X, _ = _features((60, 8))
    X[:, 4:] *= 1e-6
    expected = CappedPCA(7, svd_solver="full").fit_transform(X)
    projected = to_numpy(CappedPCA(7).fit_transform(tensors.asarray(X)))
    np.testing.assert_allclose(projected[:, :6], expected[:, :6], atol=1e-12)


def test_numpy_scores_the_same_while_dispatch_is_on():
    load_backend("strict")
    X, y = _features((90, 12))
    for metric in _METRICS:
        with config_context(array_api_dispatch=True):
            score = clone(metric).fit(X, y).score_
        assert score == pytest.approx(_numpy_score(metric, X, y), rel=1e-12)
