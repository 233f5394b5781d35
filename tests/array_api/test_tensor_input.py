"""What bad tensors get: what bad arrays get, and nothing is written to."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils import get_tags

from discovery import METRICS, PERTURBATIONS
from skperturb import CappedPCA
from skperturb.metrics import GBC, HScore, LogME

_TAKERS = [each for each in [*PERTURBATIONS, *METRICS] if get_tags(each).array_api_support]
_CLASSIFYING = [
    each for each in _TAKERS if "regression" not in getattr(get_tags(each), "tasks", ())
]
_X = np.random.default_rng(0).standard_normal((12, 3))
_Y = np.array(["ant", "bee", "cat"] * 4)

every_taker = pytest.mark.parametrize("estimator", _TAKERS, ids=str)


def _with(value):
    X = _X.copy()
    X[3, 1] = value
    return X


@every_taker
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (_with(np.nan), _Y, "contains NaN"),
        (_with(np.inf), _Y, "contains infinity"),
        (_X[:, 0], _Y, "Expected 2D array, got 1D array"),
        (np.empty((0, 3)), np.empty(0), r"0 sample\(s\)"),
        (_X, _Y[:-1], "inconsistent numbers of samples"),
        (_X[:1], _Y[:1], r"1 sample\(s\)"),
        (_X, None, "requires y to be passed, but the target y is None"),
        (_X, np.full(12, "ant"), "needs at least 2 classes, got 1: every label is ant"),
        (_X * 1e-90, _Y, r"largest absolute value between 1e-60 and 1e\+60, got .*\. Scale them\."),
        (_X * 1e90, _Y, r"largest absolute value between 1e-60 and 1e\+60, got .*\. Scale them\."),
    ],
)
def test_bad_tensors_raise_as_bad_arrays_do(estimator, X, y, message, place):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(X, y)
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(place.tensor(X), y)


@every_taker
def test_labels_that_are_tensors_are_checked_too(estimator, strict):
    X = strict.tensor(_X)
    for y, message in [
        (np.zeros(12, dtype=int), "needs at least 2 classes, got 1: every label is 0"),
        (np.arange(11) % 3, "inconsistent numbers of samples"),
        (np.array([0.0, 1.0, np.nan] * 4), "NaN"),
    ]:
        with pytest.raises(ValueError, match=message):
            clone(estimator).fit(X, strict.tensor(y))


@every_taker
def test_labels_may_be_elsewhere_than_the_features(estimator, place, strict):
    codes = np.arange(12) % 3
    expected, fitted = clone(estimator).fit(_X, codes), clone(estimator)
    fitted.fit(place.tensor(_X), strict.tensor(codes))
    assert fitted.classes_.tolist() == [0, 1, 2]
    if hasattr(expected, "score_"):
        assert fitted.score_ == pytest.approx(expected.score_, rel=1e-6)
        with_array = clone(estimator).fit(_X, strict.tensor(codes))
        assert with_array.score_ == expected.score_


@pytest.mark.parametrize("estimator", _CLASSIFYING, ids=str)
def test_a_continuous_target_is_refused_where_classes_are_needed(estimator, place):
    message = rf"{type(estimator).__name__} needs class labels.*'continuous'"
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(place.tensor(_X), place.tensor(_X[:, 0]))


def test_a_class_that_is_too_small_is_named(place):
    y = np.array(["ant"] * 6 + ["dog"] + ["bee"] * 5)
    with pytest.raises(ValueError, match=r"Class 'dog' has 1 sample; GBC needs 2\. Drop the class"):
        GBC().fit(place.tensor(_X), y)


def test_a_target_of_zeros_is_refused(place):
    with pytest.raises(ValueError, match="LogME needs a target that is not zero throughout"):
        LogME(task="regression").fit(place.tensor(_X), np.zeros(12))


def test_another_number_of_features_raises(place):
    message = r"X has 2 features, but .* is expecting 3"
    with pytest.raises(ValueError, match=message):
        LogME().fit(place.tensor(_X), _Y).score(place.tensor(_X[:, :2]), _Y)
    for each in (CappedPCA(2), *PERTURBATIONS):
        fitted = clone(each).fit(place.tensor(_X), _Y)
        with pytest.raises(ValueError, match=message):
            fitted.transform(place.tensor(_X[:, :2]))


def test_unseen_labels_are_named(place):
    for each in PERTURBATIONS:
        fitted = clone(each).fit(place.tensor(_X), _Y)
        with pytest.raises(ValueError, match="must be among the classes seen in fit, got 'cow'"):
            fitted.transform(place.tensor(_X), labels=np.full(12, "cow"))


@every_taker
@pytest.mark.parametrize("dtype", ["int64", "int8"])
def test_whole_numbers_are_computed_in_float64(estimator, dtype, place):
    X = np.random.default_rng(0).integers(-9, 9, (12, 3)).astype(dtype)
    fitted, expected = clone(estimator).fit(place.tensor(X), _Y), clone(estimator).fit(X, _Y)
    if hasattr(expected, "score_"):
        assert fitted.score_ == pytest.approx(expected.score_, rel=1e-6)
    else:
        assert fitted.transform(place.tensor(X)).dtype == place.tensor(np.zeros(1)).dtype


def test_targets_may_be_a_view_from_behind(place):
    y = _X @ np.arange(3.0)
    expected = LogME(task="regression").fit(_X, y).score_
    behind = np.ascontiguousarray(y[::-1])[::-1]
    found = LogME(task="regression").fit(place.tensor(_X), behind).score_
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float64(kind):
    torch = pytest.importorskip("torch")
    X = torch.asarray(_X).to(getattr(torch, kind))
    assert HScore().fit(X, _Y).score_ == HScore().fit(X.to(torch.float64), _Y).score_


def test_no_gradient_is_recorded():
    torch = pytest.importorskip("torch")
    X = torch.tensor(_X, requires_grad=True)
    for each in _TAKERS:
        fitted = clone(each).fit(X, _Y)
        if hasattr(fitted, "transform"):
            assert not fitted.transform(X).requires_grad
    assert not CappedPCA(2).fit_transform(X).requires_grad


@every_taker
def test_read_only_labels_are_no_fault(estimator, place):
    y = np.arange(12) % 3
    y.flags.writeable = False
    clone(estimator).fit(place.tensor(_X), y)
    assert (y == np.arange(12) % 3).all()
