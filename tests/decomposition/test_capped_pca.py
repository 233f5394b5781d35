"""CappedPCA of sparse features: what it makes of dense ones, without making them dense."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from skperturb import CappedPCA


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil"])
def test_sparse_features_have_the_components_of_dense_ones(kind):
    X = sparse.random(60, 90, 0.1, format=kind, random_state=0)
    dense = X.toarray()
    pca, oracle = CappedPCA(5).fit(X), CappedPCA(5).fit(dense)
    projected = pca.transform(X)
    assert_allclose(np.abs(projected), np.abs(oracle.transform(dense)), atol=1e-9)
    assert_allclose(pca.transform(dense), projected, atol=1e-12)


@pytest.mark.parametrize("width", [1, 2, 7, 64])
def test_narrow_sparse_features_keep_all_components(width):
    X = sparse.random(80, width, 0.5, format="csr", random_state=0)
    pca = CappedPCA(64)
    projected = pca.fit_transform(X)
    assert_allclose(projected, CappedPCA(64).fit_transform(X.toarray()), atol=1e-12)
    assert_allclose(pca.transform(X), projected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
@pytest.mark.parametrize("row", [[0, 0, 0, 0], [0, 1, 0, 3]])
def test_equal_sparse_rows_are_projected_to_zero(row, dtype):
    X = sparse.csr_array(np.tile(np.array(row, dtype=dtype), (6, 1)))
    pca = CappedPCA(3)
    projected = pca.fit_transform(X)
    assert projected.dtype == (np.float32 if dtype == np.float32 else np.float64)
    assert_allclose(projected, np.zeros((6, 3)))
    assert_allclose(pca.pca_.explained_variance_, 0.0)
    assert pca.get_feature_names_out().shape == (3,)


def test_one_sparse_feature_is_its_own_component():
    X = np.array([[0.0], [0.0], [3.0], [5.0]])
    pca = CappedPCA()
    assert_allclose(pca.fit_transform(sparse.csr_array(X)), X - 2.0)
    assert_allclose(pca.pca_.explained_variance_, [6.0])
