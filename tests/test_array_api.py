"""What is only about tensors: where results are, what is refused, and what must be installed."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils import get_tags

from backends import TENSORS, load_backend, over_backends, takes_tensors, to_numpy
from discovery import METRICS, PERTURBATIONS, with_variants
from skperturb import CappedPCA, make_perturbed
from skperturb.metrics import HScore, LogME

_TAKERS = [each for each in [*PERTURBATIONS, *METRICS] if takes_tensors(each)]
_OTHERS = [metric for metric in METRICS if not takes_tensors(metric)]
_ON_FEATURES = [each for each in _TAKERS if getattr(get_tags(each), "input", "") != "posteriors"]
_X = np.random.default_rng(0).standard_normal((12, 3))
_Y = np.array(["ant", "bee", "cat"] * 4)
_CODES = np.arange(12) % 3

every_taker = over_backends("estimator", _ON_FEATURES, TENSORS)


# ---------------------------------------------------------------- where results are


@over_backends("estimator", with_variants(_ON_FEATURES), TENSORS)
def test_what_is_learned_is_where_the_features_are(estimator, backend):
    fitted = clone(estimator).fit(backend.asarray(_X), _Y)
    for name, learned in vars(clone(estimator).fit(_X, _Y)).items():
        if isinstance(learned, np.ndarray) and name != "classes_":
            assert backend.owns(getattr(fitted, name))
            found = to_numpy(getattr(fitted, name))
            assert found.dtype == learned.dtype
            np.testing.assert_allclose(found, learned, rtol=1e-5, atol=1e-9)
    assert list(fitted.classes_) == ["ant", "bee", "cat"]


def test_components_are_where_the_features_are(tensors):
    fitted = CappedPCA(2).fit(tensors.asarray(_X))
    assert tensors.owns(fitted.mean_)
    assert tensors.owns(fitted.pca_.components_)


@every_taker
def test_labels_may_be_elsewhere_than_the_features(estimator, backend, strict):
    expected = clone(estimator).fit(_X, _CODES)
    fitted = clone(estimator).fit(backend.asarray(_X), strict.asarray(_CODES))
    assert fitted.classes_.tolist() == [0, 1, 2]
    if hasattr(expected, "score_"):
        assert fitted.score_ == pytest.approx(expected.score_, rel=1e-6)
        with_array = clone(estimator).fit(_X, strict.asarray(_CODES))
        assert with_array.score_ == expected.score_


@over_backends("perturbation", PERTURBATIONS, TENSORS)
def test_labels_of_transform_may_be_tensors(perturbation, backend):
    expected = clone(perturbation).fit_transform(_X, _CODES)
    features, labels = backend.asarray(_X), backend.asarray(_CODES)
    fitted = clone(perturbation).fit(features, labels)
    moved = to_numpy(fitted.transform(features, labels=labels))
    np.testing.assert_allclose(moved, expected, atol=1e-6)


@every_taker
def test_read_only_labels_are_no_fault(estimator, backend):
    y = _CODES.copy()
    y.flags.writeable = False
    clone(estimator).fit(backend.asarray(_X), y)
    assert (y == _CODES).all()


def test_targets_may_be_a_view_from_behind(tensors):
    y = _X @ np.arange(3.0)
    behind = np.ascontiguousarray(y[::-1])[::-1]
    found = tensors.score(LogME(task="regression"), _X, behind)
    assert found == pytest.approx(LogME(task="regression").fit(_X, y).score_, rel=1e-6)


# ---------------------------------------------------------------- types


@over_backends("perturbation", PERTURBATIONS)
@pytest.mark.parametrize("dtype", ["int64", "int8"])
def test_whole_numbers_move_in_float64(perturbation, backend, dtype):
    X = np.random.default_rng(0).integers(-9, 9, (12, 3)).astype(dtype)
    assert backend.move(perturbation, X, _Y).dtype == np.float64


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_of_pytorch_is_computed_in_float64(kind):
    backend = load_backend("torch")
    X = backend.asarray(_X).to(getattr(backend.library, kind))
    with backend.dispatch():
        expected = HScore().fit(X.to(backend.library.float64), _Y).score_
        assert HScore().fit(X, _Y).score_ == expected


def test_no_gradient_is_recorded():
    backend = load_backend("torch")
    X = backend.library.tensor(_X, requires_grad=True)
    with backend.dispatch():
        for estimator in _ON_FEATURES:
            fitted = clone(estimator).fit(X, _Y)
            if hasattr(fitted, "transform"):
                assert not fitted.transform(X).requires_grad
        assert not CappedPCA(2).fit_transform(X).requires_grad


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("metric", _OTHERS, ids=str)
def test_other_metrics_say_that_they_take_no_tensors(metric, tensors):
    X = np.abs(_X) / np.abs(_X).sum(axis=1, keepdims=True)
    name = type(metric).__name__
    with pytest.raises(TypeError, match=rf"{name} must have NumPy arrays .*cpu\(\)\.numpy\(\)"):
        clone(metric).fit(tensors.asarray(X), _Y)


@pytest.mark.parametrize("transformer", [*PERTURBATIONS, CappedPCA(2)], ids=str)
def test_tensors_and_arrays_do_not_mix(transformer, strict):
    fitted = clone(transformer).fit(strict.asarray(_X), _Y)
    name = type(transformer).__name__
    message = rf"for {name}\.transform\(\) must use the same namespace and device .* got numpy"
    with pytest.raises(ValueError, match=message):
        fitted.transform(_X)
    with pytest.raises(ValueError, match=r"for fit, numpy, got .*device1"):
        clone(transformer).fit(_X, _Y).transform(strict.asarray(_X))


def test_the_solver_that_is_not_for_tensors_is_named(strict):
    with pytest.raises(ValueError, match="`svd_solver` of CappedPCA must not be 'arpack'"):
        CappedPCA(2, svd_solver="arpack").fit(strict.asarray(np.eye(4)))


# ---------------------------------------------------------------- what must be installed


@pytest.mark.parametrize("estimator", _ON_FEATURES, ids=str)
def test_with_dispatch_off_a_tensor_of_the_host_is_an_array(estimator):
    backend = load_backend("torch")
    fitted, expected = clone(estimator), clone(estimator).fit(_X, _CODES)
    fitted.fit(backend.asarray(_X), backend.asarray(_CODES))
    for name, learned in vars(expected).items():
        if name.endswith("_") and isinstance(learned, np.ndarray | float):
            assert type(getattr(fitted, name)) is type(learned)
            np.testing.assert_array_equal(getattr(fitted, name), learned)


def test_what_is_missing_is_named_with_the_extra(strict, monkeypatch):
    features = strict.asarray(_X)
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    message = r"Tensors need array-api-compat; .*skperturb\[array-api\]"
    with pytest.raises(ImportError, match=message):
        make_perturbed(LogME(), n_components=2).fit(features, _Y)


def test_nothing_of_the_extra_is_imported_without_tensors():
    code = (
        "import sys, skperturb; from sklearn.datasets import load_iris;"
        "skperturb.make_perturbed(skperturb.metrics.LogME()).fit(*load_iris(return_X_y=True));"
        "print([name for name in sys.modules if name.startswith(('array_api_', 'torch'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(os.environ["SCIPY_ARRAY_API"] == "1", reason="the variable is set")
def test_scikit_learn_says_what_to_set():
    """The guide quotes the variable; this is where it comes from."""
    with (
        pytest.raises((RuntimeError, ImportError), match=r"SCIPY_ARRAY_API=1|SciPy must be"),
        sklearn.config_context(array_api_dispatch=True),
    ):
        pass
