"""Passes over blocks of rows, held against the same arithmetic on whole arrays."""

import numpy as np
import pytest
from sklearn.base import clone

from discovery import METRICS, PERTURBATIONS, takes_features, with_variants
from skperturb._backend import NUMPY, NumpyBackend
from skperturb._chunked import ROUNDING, ChunkedMatrix, center
from skperturb._class_stats import (
    center_with_class_means,
    class_means,
    class_moments,
    class_radii,
    iter_within_rows,
    within_ss,
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
    monkeypatch.setattr(NumpyBackend, "block_size", 40)
    monkeypatch.setattr(NumpyBackend, "product_rows", 10)


@pytest.fixture(params=[(90, 7), (7, 90), (30, 30)], ids=["tall", "wide", "square"])
def data(request):
    """Features with a large offset, and codes of unequal classes."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal(request.param) + 1e4
    codes = np.arange(len(X)) % 3
    codes[:2] = 2
    return X, codes


def test_blocks_cover_every_row_once():
    found = np.concatenate([np.arange(10)[block] for block in NUMPY.row_slices(10, 2**17 // 3)])
    np.testing.assert_array_equal(found, np.arange(10))


@pytest.mark.parametrize("size", [1, 5, 256, 600])
def test_a_gram_matrix_adds_up_over_blocks_and_is_symmetric(size):
    X = np.random.default_rng(0).standard_normal((50, size))
    gram = NUMPY.syrk((X[block] for block in np.split(np.arange(50), [7, 31])), size)
    np.testing.assert_allclose(gram, X.T @ X, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(gram, gram.T)


@pytest.mark.parametrize("order", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize("shape", [(5, 3, 4), (1, 7, 1), (5, 0, 4)])
def test_a_product_does_not_depend_on_how_its_sides_lie(shape, order):
    rng = np.random.default_rng(0)
    A = np.asarray(rng.standard_normal(shape[:2]), order=order[0])
    B = np.asarray(rng.standard_normal(shape[1:]), order=order[1])
    out = np.full((shape[0], shape[2]), np.nan)
    if A.size:
        NUMPY.matmul(A, B, out=out)
    else:
        out[:] = 0.0
    for each in (NUMPY.matmul(A, B), out):
        np.testing.assert_allclose(each, A @ B, rtol=1e-13)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_centred_rows_are_the_rows_less_their_mean(data, dtype):
    X = data[0].astype(dtype)
    whole = X.astype(np.float64)
    whole -= whole[0]
    whole -= whole.mean(axis=0)
    centred = center(X)
    np.testing.assert_allclose(centred.rows(), whole, atol=1e-12)
    np.testing.assert_allclose(centred.rows(np.array([3, 1])), whole[[3, 1]], atol=1e-12)
    shorter = whole @ whole.T if len(X) <= X.shape[1] else whole.T @ whole
    np.testing.assert_allclose(centred.gram(), shorter, atol=1e-9)
    np.testing.assert_allclose(centred.row_norms_sq(), np.sum(whole**2, axis=1))
    V = np.ones((X.shape[1], 2))
    np.testing.assert_allclose(centred.matmul(V), whole @ V, atol=1e-10)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["about zero", "modest", "far", "farther", "one thin column"])
def test_centred_rows_times_a_matrix_keep_their_digits_wherever_the_mean_is(kind, dtype):
    X = np.random.default_rng(0).standard_normal((50, 6))
    X += {"modest": 0.5, "far": 1e4, "farther": 1e9}.get(kind, 0.0)
    if kind == "one thin column":
        X[:, 2] = 1.0 + 1e-9 * X[:, 2]
    centred = center(X.astype(dtype))
    ranges = np.ptp(centred.rows(), axis=0)[:, None]
    V = np.random.default_rng(1).standard_normal((6, 3)) / np.where(ranges > 0, ranges, 1.0)
    np.testing.assert_allclose(centred.matmul(V), centred.rows() @ V, rtol=0, atol=1e-13)


@pytest.mark.usefixtures("_small_blocks")
def test_moments_of_classes_are_those_of_their_rows(data):
    X, codes = data
    means = np.stack([X[codes == c].mean(axis=0) for c in range(3)])
    variances = np.stack([X[codes == c].var(axis=0) for c in range(3)])
    np.testing.assert_allclose(class_means(X, codes, 3), means, rtol=1e-14)
    moments = class_moments(X, codes, 3)
    np.testing.assert_allclose(moments.means, means, rtol=1e-14)
    np.testing.assert_allclose(moments.variances, variances, rtol=1e-9)
    np.testing.assert_allclose(class_radii(variances), np.sqrt(variances.sum(axis=1)))

    centred, about_mean = center_with_class_means(X, codes, 3)
    np.testing.assert_allclose(about_mean, means - X.mean(axis=0), atol=1e-11)
    np.testing.assert_allclose(centred.rows(), X - X.mean(axis=0), atol=1e-11)
    within = X - means[codes]
    np.testing.assert_allclose(
        np.concatenate(list(iter_within_rows(centred, about_mean, codes))), within, atol=1e-11
    )
    assert within_ss(centred, about_mean, codes) == pytest.approx(np.sum(within**2))


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("offset", [3.7, 1e9])
def test_equal_rows_have_exactly_themselves_as_mean_and_no_variance(offset):
    X = np.full((60, 4), offset)
    codes = np.arange(60) % 2
    moments = class_moments(X, codes, 2)
    np.testing.assert_array_equal(moments.means, X[:2])
    assert not moments.variances.any()
    assert not center(X).rows().any()
    assert not center(X).gram().any()


@pytest.mark.parametrize("with_classes", [False, True])
def test_columns_that_only_rounding_varies_become_zero(with_classes):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 5))
    X[:, 1] = 1e8 * (1.0 + ROUNDING / 100 * rng.standard_normal(40))
    X[:, 3] = 7.0
    given = X.copy()
    codes = np.arange(40) % 4
    centred = center(X)
    if with_classes:
        centred, means = center_with_class_means(X, codes, 4)
        assert not means[:, [1, 3]].any()
    assert not centred.rows()[:, [1, 3]].any()
    live = [0, 2, 4]
    np.testing.assert_allclose(centred.rows()[:, live], (X - X.mean(axis=0))[:, live], atol=1e-12)
    np.testing.assert_array_equal(X, given)


def test_sums_over_classes_add_up_over_blocks():
    rng = np.random.default_rng(0)
    X, codes = rng.standard_normal((50, 9)), rng.integers(4, size=50)
    expected = np.stack([X[codes == c].sum(axis=0) for c in range(5)])  # the last has no rows
    np.testing.assert_allclose(NUMPY.segment_sum(X, codes, 5), expected, atol=1e-12)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.uint16, np.bool_])
def test_rows_of_any_type_are_those_of_their_float64_copy(dtype):
    X = (10 * np.random.default_rng(0).random((40, 6))).astype(dtype)
    offset = np.arange(6.0) + 0.25
    expected = X.astype(np.float64) - offset
    for given in (X, np.asfortranarray(X), X[::-1][::-1]):
        matrix = ChunkedMatrix(given, offset=offset)
        np.testing.assert_array_equal(matrix.rows(), expected)
        np.testing.assert_array_equal(matrix.rows(np.array([7, 7, 2])), expected[[7, 7, 2]])
        np.testing.assert_array_equal(matrix.columns(slice(1, 3)), expected[:, 1:3])
        np.testing.assert_allclose(matrix.norm_sq(), np.sum(expected**2))


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
    monkeypatch.setattr(NumpyBackend, "block_size", 40)
    monkeypatch.setattr(NumpyBackend, "product_rows", 10)
    np.testing.assert_allclose(result(), whole, rtol=1e-6)
