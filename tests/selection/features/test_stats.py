"""Statistics: the same for sparse features as for their dense copy, at any width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from skperturb.selection.features.stats import feature_stats


@given(
    values=st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0]), min_size=5, max_size=5),
        min_size=1,
        max_size=6,
    ),
    form=st.sampled_from(["csr", "csc", "coo"]),
)
def test_constant_features_are_counted_as_in_the_dense_copy(values, form):
    X = np.array(values)
    expected = int((X[0] == X).all(axis=0).sum())
    assert feature_stats(X).n_constant == expected
    assert feature_stats(getattr(sparse, f"{form}_array")(X)).n_constant == expected


def test_zeros_and_duplicates_that_are_stored_change_nothing():
    data, rows, columns = [1.0, 1.0, 2.0, 0.0, 5.0, -5.0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 2, 2]
    stored = sparse.coo_array((data, (rows, columns)), shape=(2, 4))
    assert feature_stats(stored).n_constant == 4
    assert feature_stats(stored) == feature_stats(sparse.csr_array(stored.toarray()))


def test_a_missing_value_varies():
    X = sparse.csr_array(np.array([[np.nan, 1.0], [np.nan, 1.0]]))
    assert feature_stats(X).n_constant == 1


@pytest.mark.parametrize("n_features", [10**7, 10**9])
def test_nothing_is_as_long_as_the_matrix_is_wide(n_features):
    rows, columns = np.repeat(np.arange(40), 3), np.arange(120) * 7 % 50
    X = sparse.csr_array((np.ones(120), (rows, columns)), shape=(40, n_features))
    stats = feature_stats(X)
    assert (stats.n_rows, stats.n_features) == (40, n_features)
    assert stats.n_constant == n_features - 50
