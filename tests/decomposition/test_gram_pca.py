"""The shortcut of CappedPCA against the exact decomposition, and where it is not taken."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA
from skperturb._backend import NumpyBackend
from skperturb._chunked import ChunkedMatrix, column_means
from skperturb.decomposition._gram_pca import leading_components as components_of_centered
from skperturb.metrics import LogME

_SHAPES = {"tall": (700, 300), "wide": (300, 800), "square": (280, 280)}


def leading_components(X, n_components):
    return components_of_centered(ChunkedMatrix(X, offset=column_means(X)), n_components)


def _features(shape, kind):
    """Noise, or a decaying or nearly flat spectrum, about an offset or on another scale."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal(shape)
    return {
        "noise": X,
        "decaying": X / (1.0 + np.arange(shape[1])) ** 0.5,
        "classes": X + 3.0 * rng.standard_normal((10, shape[1]))[np.arange(len(X)) % 10],
        "far": X + 1e4,
        "tiny": 1e-30 * X,
        "huge": 1e30 * X,
        "dead": X * (np.arange(shape[1]) % 3 > 0) + 7.0,
        "outlier first": X * np.where(np.arange(len(X)) == 0, 30.0, 1.0)[:, None],
    }[kind]


_KINDS = ["noise", "decaying", "classes", "far", "tiny", "huge", "dead", "outlier first"]


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("small_blocks", [False, True], ids=["one block", "blocks"])
def test_the_shortcut_keeps_the_variance_of_the_exact_components(
    shape, kind, small_blocks, monkeypatch
):
    if small_blocks:
        monkeypatch.setattr(NumpyBackend, "block_size", 5000)
        monkeypatch.setattr(NumpyBackend, "product_rows", 16)
    X = _features(shape, kind)
    centred = X - X.mean(axis=0)
    exact = np.linalg.svd(centred, compute_uv=False) ** 2
    found = leading_components(X, 64)
    np.testing.assert_allclose(found.variances * (len(X) - 1), exact[:64], rtol=1e-9)
    np.testing.assert_allclose(found.total_variance * (len(X) - 1), exact.sum(), rtol=1e-9)
    np.testing.assert_allclose(column_means(X), X.mean(axis=0), atol=1e-12 * np.abs(X).max())
    size = np.sqrt(exact[0])
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(64), atol=1e-12)
    np.testing.assert_allclose(found.projected, centred @ found.axes.T, atol=1e-9 * size)
    # As uncorrelated as exact components are.
    products = found.projected.T @ found.projected
    np.testing.assert_allclose(products, np.diag(np.diagonal(products)), atol=1e-12 * exact[0])


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fit_transform_is_fit_and_transform(shape, dtype):
    X = (_features(shape, "classes") + 100.0).astype(dtype)
    pca = CappedPCA()
    projected = pca.fit_transform(X)
    assert projected.dtype == dtype
    np.testing.assert_allclose(pca.transform(X), projected, atol=1e-6 * X.std())
    again = CappedPCA().fit(X)
    np.testing.assert_array_equal(again.pca_.components_, pca.pca_.components_)
    np.testing.assert_array_equal(again.transform(X), pca.transform(X))


@pytest.mark.parametrize("shape", [_SHAPES["tall"], _SHAPES["wide"]], ids=["tall", "wide"])
def test_the_fitted_pca_is_that_of_scikit_learn(shape):
    # A spectrum with gaps, so that the axes themselves are determined.
    X = _features(shape, "noise") * 0.97 ** np.arange(shape[1]) + 5.0
    ours = CappedPCA(40).fit(X).pca_
    theirs = PCA(40, svd_solver="full").fit(X - X.mean(axis=0))
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-5)
    np.testing.assert_allclose(ours.noise_variance_, theirs.noise_variance_, rtol=1e-4)
    np.testing.assert_allclose(np.abs(ours.components_), np.abs(theirs.components_), atol=1e-4)
    assert np.all(ours.components_[np.arange(40), np.abs(ours.components_).argmax(axis=1)] > 0)
    centred = X - X.mean(axis=0)
    rebuilt = [pca.inverse_transform(pca.transform(centred)) for pca in (ours, theirs)]
    np.testing.assert_allclose(*rebuilt, atol=1e-3)
    assert list(ours.get_feature_names_out()[:2]) == ["pca0", "pca1"]
    assert ours.n_components_ == 40
    assert ours.n_samples_ == shape[0]


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
def test_a_steep_spectrum_needs_no_exact_solver(shape):
    X = _features(shape, "noise") * 0.85 ** np.arange(shape[1]) + 100.0
    centred = X - X.mean(axis=0)
    exact = np.linalg.svd(centred, compute_uv=False)[:64] ** 2
    assert exact[63] < 1e-6 * exact[0]
    found = leading_components(X, 64)
    np.testing.assert_allclose(found.variances * (len(X) - 1), exact, rtol=1e-6)
    np.testing.assert_allclose(found.projected, centred @ found.axes.T, atol=1e-9)


@pytest.mark.parametrize("kind", ["low rank", "constant", "one row"])
def test_where_components_vanish_the_exact_solver_takes_over(kind):
    X = _features((700, 300), "noise")
    X = {
        "low rank": X[:, :20] @ X[:20],
        "constant": np.full((700, 300), 3.7),
        "one row": np.where(np.arange(700)[:, None] == 350, X, 0.0),
    }[kind]
    assert leading_components(X, 64) is None
    exact = np.sort(np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2)[::-1][:64]
    projected = CappedPCA().fit_transform(X)
    np.testing.assert_allclose(np.sum(projected**2), exact.sum(), rtol=1e-9, atol=1e-20)


def test_rows_in_another_order_have_the_same_components():
    X = _features((700, 300), "classes")
    order = np.random.default_rng(1).permutation(700)
    moved = CappedPCA(8).fit_transform(X[order])
    np.testing.assert_allclose(moved, CappedPCA(8).fit_transform(X)[order], atol=1e-8)


def test_close_variances_do_not_turn_rounding_into_scores():
    # The 64th and the 65th component of noise have nearly equal variances: what a Gram
    # matrix in single precision loses is there felt in the sixth digit.
    X, y = _features((700, 512), "noise"), np.arange(700) % 5
    order = np.random.default_rng(1).permutation(700)
    score, moved = (
        make_pipeline(CappedPCA(), LogME()).fit(X[rows], y[rows])[-1].score_
        for rows in (np.arange(700), order)
    )
    assert moved == pytest.approx(score, rel=1e-11)


@pytest.mark.parametrize("away", [0.0, 1.0, 1.9, 2.1, 30.0], ids=lambda away: f"mean {away}")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_mean_may_lie_anywhere(away, dtype):
    X = (_features((700, 300), "noise") + away).astype(dtype)
    X.flags.writeable = False
    found, exact = leading_components(X, 8), X.astype(np.float64)
    exact = exact - exact.mean(axis=0)
    variances = np.linalg.svd(exact, compute_uv=False)[:8] ** 2 / 699
    np.testing.assert_allclose(found.variances, variances, rtol=1e-11)
    np.testing.assert_allclose(found.projected, exact @ found.axes.T, atol=1e-11)
