"""Passes over blocks of rows, held against the same arithmetic on whole arrays."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from discovery import METRICS, PERTURBATIONS, takes_features, with_variants
from skperturb import _blocks
from skperturb._blocks import (
    add_scaled,
    cross_products,
    gram,
    mirrored,
    product,
    products,
    row_blocks,
    row_squares,
    upper_gram,
)
from skperturb._centred import ROUNDING, centre, centred_rows
from skperturb._classes import (
    centred_classes,
    class_means,
    class_moments,
    class_radii,
    within_rows,
    within_square,
)
from skperturb.metrics import (
    SFDA,
    CKAScore,
    HScore,
    LDAScore,
    NearestCentroidScore,
    RidgeProbe,
    TransRate,
)

_ESTIMATORS = with_variants([each for each in METRICS if takes_features(each)] + PERTURBATIONS)
_CENTRING = with_variants(
    [CKAScore(), HScore(), LDAScore(), NearestCentroidScore(), RidgeProbe(), SFDA(), TransRate()]
)


@pytest.fixture
def _small_blocks(monkeypatch):
    """Cut even small data into many blocks."""
    monkeypatch.setattr(_blocks, "_CACHED", 40)
    monkeypatch.setattr(_blocks, "_MULTIPLIED", 10)


@pytest.fixture(params=[(90, 7), (7, 90), (30, 30)], ids=["tall", "wide", "square"])
def data(request):
    """Features with a large offset, and codes of unequal classes."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal(request.param) + 1e4
    codes = np.arange(len(X)) % 3
    codes[:2] = 2
    return X, codes


def test_blocks_cover_every_row_once():
    found = np.concatenate([np.arange(10)[block] for block in row_blocks(10, 2**17 // 3)])
    np.testing.assert_array_equal(found, np.arange(10))


@pytest.mark.parametrize("size", [1, 5, 256, 600])
def test_mirroring_makes_the_upper_triangle_symmetric(size):
    full = np.random.default_rng(0).standard_normal((size, size))
    full += full.T
    np.testing.assert_array_equal(mirrored(np.triu(full)), full)


def test_a_gram_matrix_adds_up_over_blocks():
    X = np.random.default_rng(0).standard_normal((50, 9))
    blocks = (X[block] for block in np.split(np.arange(50), [7, 31]))
    np.testing.assert_allclose(upper_gram(blocks, 9), np.triu(X.T @ X), rtol=1e-12)


@pytest.mark.parametrize("order", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(5, 3, 4), (1, 7, 1), (5, 0, 4)])
def test_a_product_does_not_depend_on_how_its_sides_lie(shape, dtype, order):
    rng = np.random.default_rng(0)
    A = np.asarray(rng.standard_normal(shape[:2]), dtype, order=order[0])
    B = np.asarray(rng.standard_normal(shape[1:]), dtype, order=order[1])
    found, out = product(A, B), np.full((shape[0], shape[2]), np.nan, dtype)
    assert found.dtype == dtype
    product(A, B, out=out)
    for each in (found, out, product(sparse.csr_array(A), B)):
        np.testing.assert_allclose(each, A @ B, rtol=1e-5 if dtype == np.float32 else 1e-13)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_centred_rows_are_the_rows_less_their_mean(data, dtype):
    X = data[0].astype(dtype)
    whole = X.astype(np.float64)
    whole -= whole[0]
    whole -= whole.mean(axis=0)
    centred = centred_rows(X)
    np.testing.assert_allclose(centred[:], whole, atol=1e-12)
    np.testing.assert_allclose(centred[[3, 1]], whole[[3, 1]], atol=1e-12)
    shorter = whole @ whole.T if len(X) <= X.shape[1] else whole.T @ whole
    np.testing.assert_allclose(centred.gram(), shorter, atol=1e-9)
    np.testing.assert_allclose(row_squares(centred), np.sum(whole**2, axis=1))
    V = np.ones((X.shape[1], 2))
    np.testing.assert_allclose(products(centred, V), whole @ V, atol=1e-10)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["about zero", "modest", "far", "farther", "one thin column"])
def test_centred_rows_times_a_matrix_keep_their_digits_wherever_the_mean_is(kind, dtype):
    X = np.random.default_rng(0).standard_normal((50, 6))
    X += {"modest": 0.5, "far": 1e4, "farther": 1e9}.get(kind, 0.0)
    if kind == "one thin column":
        X[:, 2] = 1.0 + 1e-9 * X[:, 2]
    centred = centred_rows(X.astype(dtype))
    ranges = np.ptp(centred[:], axis=0)[:, None]
    V = np.random.default_rng(1).standard_normal((6, 3)) / np.where(ranges > 0, ranges, 1.0)
    np.testing.assert_allclose(centred.times(V), centred[:] @ V, rtol=0, atol=1e-13)


@pytest.mark.usefixtures("_small_blocks")
def test_moments_of_classes_are_those_of_their_rows(data):
    X, codes = data
    counts = np.bincount(codes)
    means = np.stack([X[codes == c].mean(axis=0) for c in range(3)])
    variances = np.stack([X[codes == c].var(axis=0) for c in range(3)])
    np.testing.assert_allclose(class_means(X, codes, counts), means, rtol=1e-14)
    moments = class_moments(X, codes, counts)
    np.testing.assert_allclose(moments.means, means, rtol=1e-14)
    np.testing.assert_allclose(moments.variances, variances, rtol=1e-9)
    np.testing.assert_allclose(class_radii(variances), np.sqrt(variances.sum(axis=1)))

    centred, about_mean = centred_classes(X, codes, counts)
    np.testing.assert_allclose(about_mean, means - X.mean(axis=0), atol=1e-11)
    np.testing.assert_allclose(centred[:], X - X.mean(axis=0), atol=1e-11)
    within = X - means[codes]
    np.testing.assert_allclose(
        np.concatenate(list(within_rows(centred, about_mean, codes))), within, atol=1e-11
    )
    assert within_square(centred, about_mean, codes) == pytest.approx(np.sum(within**2))


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("offset", [3.7, 1e9])
def test_equal_rows_have_exactly_themselves_as_mean_and_no_variance(offset):
    X = np.full((60, 4), offset)
    codes = np.arange(60) % 2
    moments = class_moments(X, codes, np.bincount(codes))
    np.testing.assert_array_equal(moments.means, X[:2])
    assert not moments.variances.any()
    assert not centre(X).any()
    assert not centred_rows(X).gram().any()


@pytest.mark.parametrize("with_classes", [False, True])
def test_columns_that_only_rounding_varies_become_zero(with_classes):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 5))
    X[:, 1] = 1e8 * (1.0 + ROUNDING / 100 * rng.standard_normal(40))
    X[:, 3] = 7.0
    given = X.copy()
    codes = np.arange(40) % 4
    centred = centred_rows(X)
    if with_classes:
        centred, means = centred_classes(X, codes, np.bincount(codes))
        assert not means[:, [1, 3]].any()
    assert not centred[:][:, [1, 3]].any()
    live = [0, 2, 4]
    np.testing.assert_allclose(centred[:][:, live], (X - X.mean(axis=0))[:, live], atol=1e-12)
    np.testing.assert_array_equal(X, given)


def test_sums_of_products_add_up_over_blocks():
    rng = np.random.default_rng(0)
    X, T = rng.standard_normal((50, 9)), rng.standard_normal((50, 4))
    np.testing.assert_allclose(gram(np.split(X, [7, 31]), 9), X.T @ X)
    for columns in (T, sparse.csr_matrix(T)):
        np.testing.assert_allclose(cross_products(X, columns), X.T @ T)
    total = np.asfortranarray(X[:9])
    add_scaled(total, np.asfortranarray(X[9:18]), 0.5)
    np.testing.assert_allclose(total, X[:9] + 0.5 * X[9:18])


@pytest.mark.parametrize("metric", _CENTRING, ids=str)
def test_a_feature_that_only_rounding_varies_counts_as_constant(metric):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 5)) + rng.standard_normal((3, 5))[y]
    X[:, 2] = 1e12
    constant = clone(metric).fit(X, y).score_
    X[:, 2] *= 1.0 + ROUNDING / 100 * rng.standard_normal(60)
    assert clone(metric).fit(X, y).score_ == pytest.approx(constant, rel=1e-9)


@pytest.mark.parametrize("estimator", _ESTIMATORS, ids=str)
def test_the_size_of_the_blocks_changes_no_result(estimator, monkeypatch):
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = rng.standard_normal((90, 8)) + rng.standard_normal((3, 8))[y]

    def result():
        fitted = clone(estimator)
        moved = fitted.fit_transform(X, y) if hasattr(fitted, "transform") else None
        return fitted.fit(X, y).score_ if moved is None else moved

    whole = result()
    monkeypatch.setattr(_blocks, "_CACHED", 40)
    monkeypatch.setattr(_blocks, "_MULTIPLIED", 10)
    np.testing.assert_allclose(result(), whole, rtol=1e-6)
