"""Canonical axes: cases whose answer is plain, and what they keep of any other axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.decomposition import PCA

from skperturb import CappedPCA
from skperturb._backend import NUMPY
from skperturb.decomposition._canonical_axes import (
    canonical_rotation,
    canonical_signs,
    equal_variances,
    rotate_to_canonical,
)
from strategies import orthogonal_matrix


def test_axes_of_equal_variance_become_the_features():
    axes = orthogonal_matrix(4)
    variances = np.ones(4)
    np.testing.assert_allclose(canonical_rotation(axes, variances) @ axes, np.eye(4), atol=1e-12)


@given(seed=st.integers(0, 999), equal=st.lists(st.booleans(), min_size=4, max_size=4))
def test_only_axes_of_equal_variance_are_mixed_and_their_space_stays(seed, equal):
    axes = orthogonal_matrix(9, seed)[:5]
    variances = np.cumprod([8.0, *np.where(equal, 1.0, 0.5)])
    rotation = canonical_rotation(axes, variances)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(5), atol=1e-12)
    assert not rotation[variances[:, None] != variances[None, :]].any()
    # Whatever basis of the same spaces is given, the same axes come out.
    other = rotation.T @ axes
    np.testing.assert_allclose(
        canonical_rotation(other, variances) @ other, rotation @ axes, atol=1e-9
    )


def test_zero_variances_are_left_alone():
    assert not equal_variances(np.array([2.0, 1.0, 1e-17, 0.0])).any()
    assert equal_variances(np.array([2.0, 2.0 - 1e-12, 1.0])).tolist() == [True, False]
    assert not equal_variances(np.zeros(3)).any()


def test_the_first_of_the_largest_loadings_is_positive():
    axes = np.array([[-0.6, 0.6 + 1e-12, 0.1], [0.1, -0.2, 0.1]])
    np.testing.assert_array_equal(canonical_signs(axes), [-1.0, -1.0])


@pytest.mark.parametrize("n_components", [2, 5, 11])
@pytest.mark.parametrize("shape", [(48, 12), (12, 40)])
def test_components_that_a_cut_parts_are_the_first(shape, n_components):
    """Balanced one-hot rows: all variances are equal, and the cut takes some of them."""
    X = np.eye(shape[1])[np.arange(shape[0]) % shape[1]]
    few, many = CappedPCA(n_components).fit(X), CappedPCA(11).fit(X)
    np.testing.assert_allclose(
        few.pca_.components_, many.pca_.components_[:n_components], atol=1e-9
    )


def test_a_pca_of_scikit_learn_keeps_what_it_explains():
    X = np.repeat(np.eye(6), 4, axis=0)
    pca = PCA(5).fit(X)
    before = pca.inverse_transform(pca.transform(X))
    rotate_to_canonical(pca)
    np.testing.assert_allclose(pca.inverse_transform(pca.transform(X)), before, atol=1e-12)


@pytest.mark.parametrize("n_largest", [1, 3, 20, 21])
def test_the_largest_of_many_equal_eigenvalues_are_all_found(n_largest):
    rng = np.random.default_rng(0)
    for _ in range(20):
        X = np.eye(21)[rng.permutation(np.arange(105) % 21)] - 1 / 21
        gram = X.T @ X
        values, vectors = NUMPY.eigh(gram.copy(order="F"), n_largest)
        assert values.shape == (n_largest,)
        np.testing.assert_allclose(gram @ vectors, vectors * values, atol=1e-12)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(n_largest), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_order_of_sparse_rows_changes_no_component(dtype):
    X = np.eye(8, dtype=dtype)[np.arange(64) % 8] * np.array([1, 1, 1, 1, 3, 3, 3, 3], dtype)
    order = np.random.default_rng(0).permutation(64)
    pca = CappedPCA(7)
    projected = pca.fit_transform(sparse.csr_array(X))
    assert projected.dtype == dtype
    again = pca.fit_transform(sparse.csr_array(X[order]))
    np.testing.assert_allclose(again[:, :3], projected[order][:, :3], atol=1e-4)
