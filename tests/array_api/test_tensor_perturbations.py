"""Perturbations of tensors: what they give for NumPy arrays, where the tensors are."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone

from discovery import PERTURBATIONS, with_variants
from skperturb import Attract, CappedPCA, Spread
from skperturb import _tensor_rows as tensor_rows
from skperturb.perturbation._base import BasePerturbation
from tensors import values

_SHAPES = [(60, 8), (20, 50)]
_PROJECTIONS = [
    *(CappedPCA(5), CappedPCA(64), CappedPCA(5, svd_solver="full")),
    *(CappedPCA(5, svd_solver=solver) for solver in ("covariance_eigh", "randomized")),
]
every_perturbation = pytest.mark.parametrize("estimator", with_variants(PERTURBATIONS), ids=str)
every_transformer = pytest.mark.parametrize(
    "estimator", [*with_variants(PERTURBATIONS), *_PROJECTIONS], ids=str
)


@pytest.fixture(autouse=True, params=[None, 100], ids=["whole", "blocks"])
def block(request, monkeypatch):
    """Tensors in one block, and in blocks of a few rows, which also cut classes apart."""
    if request.param:
        monkeypatch.setattr(tensor_rows, "_BLOCK", request.param)


def _features(shape, dtype=np.float64):
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"])[np.arange(shape[0]) % 3]
    X = rng.standard_normal(shape) + (y == "bee")[:, None]
    X[:, 1], X[:, 2] = 3.7, X[:, 3]  # a constant feature, and one that is doubled
    X[:6] = X[6]  # rows that are the same
    return X.astype(dtype), y


@every_transformer
@pytest.mark.parametrize("shape", _SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_a_tensor_moves_as_an_array_does(estimator, shape, dtype, place):
    X, y = _features(shape, dtype)
    with config_context(array_api_dispatch=False):
        expected, later = estimator.fit_transform(X, y), estimator.transform(X)
    tensor, fitted = place.tensor(X), clone(estimator)
    tolerance = 1e-6 if dtype == np.float64 else 1e-5
    for moved, there in [
        (fitted.fit_transform(tensor, y), expected),
        (fitted.transform(tensor), later),
    ]:
        assert place.holds(moved)
        assert moved.dtype == tensor.dtype
        np.testing.assert_allclose(values(moved), there, rtol=0, atol=tolerance)
    assert (values(tensor) == X).all()


@every_perturbation
def test_what_is_learned_is_where_the_features_are(estimator, place):
    X, y = _features((60, 8))
    fitted = clone(estimator).fit(place.tensor(X), y)
    for name, learned in vars(estimator.fit(X, y)).items():
        if isinstance(learned, np.ndarray) and name != "classes_":
            assert place.holds(getattr(fitted, name))
            found = values(getattr(fitted, name))
            assert found.dtype == learned.dtype
            np.testing.assert_allclose(found, learned, rtol=1e-6, atol=1e-9)
    assert list(fitted.classes_) == ["ant", "bee", "cat"]


@every_perturbation
def test_labels_may_be_tensors(estimator, place):
    X, y = _features((60, 8))
    codes = np.unique(y, return_inverse=True)[1]
    expected = clone(estimator).fit_transform(X, y)
    tensor, labels = place.tensor(X), place.tensor(codes)
    fitted = clone(estimator)
    for moved in (fitted.fit_transform(tensor, labels), fitted.transform(tensor, labels=labels)):
        np.testing.assert_allclose(values(moved), expected, atol=1e-6)


@pytest.mark.parametrize("estimator", [Spread(0.0), Attract(0.0)], ids=str)
def test_zero_strength_is_the_identity_in_a_copy(estimator, place):
    X, y = _features((60, 8))
    tensor = place.tensor(X)
    moved = estimator.fit_transform(tensor, y)
    assert (values(moved) == X).all()
    moved[0, 0] = 9.0
    assert (values(tensor) == X).all()


def test_components_of_nearly_equal_variance_come_from_an_exact_solver(place):
    X, _ = _features((60, 8))
    X[:, 4:] *= 1e-6
    expected = CappedPCA(7, svd_solver="full").fit_transform(X)
    projected = values(CappedPCA(7).fit_transform(place.tensor(X)))
    np.testing.assert_allclose(projected[:, :6], expected[:, :6], atol=1e-12)


def test_large_features_have_the_exact_components(place):
    X = np.random.default_rng(0).standard_normal((300, 260))
    expected = CappedPCA(5, svd_solver="full").fit_transform(X)
    fitted = CappedPCA(5)
    np.testing.assert_allclose(values(fitted.fit_transform(place.tensor(X))), expected, atol=1e-9)
    assert place.holds(fitted.mean_)
    assert place.holds(fitted.pca_.components_)


def test_constant_features_are_projected_to_zero(place):
    projected = CappedPCA(2).fit_transform(place.tensor(np.full((6, 3), 1.5)))
    assert not values(projected).any()


def test_the_solver_that_is_not_for_tensors_is_named(strict):
    with pytest.raises(ValueError, match="`svd_solver` of CappedPCA must not be 'arpack'"):
        CappedPCA(2, svd_solver="arpack").fit(strict.tensor(np.eye(4)))


@pytest.mark.parametrize("estimator", [*PERTURBATIONS, CappedPCA(2)], ids=str)
def test_tensors_and_arrays_do_not_mix(estimator, strict):
    X, y = _features((60, 8))
    fitted = clone(estimator).fit(strict.tensor(X), y)
    name = type(estimator).__name__
    message = rf"for {name}\.transform\(\) must use the same namespace and device .* got numpy"
    with pytest.raises(ValueError, match=message):
        fitted.transform(X)
    with pytest.raises(ValueError, match=r"for fit, numpy, got .*device1"):
        clone(estimator).fit(X, y).transform(strict.tensor(X))


def test_all_perturbations_are_tagged():
    assert all(isinstance(each, BasePerturbation) for each in PERTURBATIONS)
    for each in [*PERTURBATIONS, CappedPCA()]:
        assert each.__sklearn_tags__().array_api_support
