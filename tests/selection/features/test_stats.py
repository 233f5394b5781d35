"""Statistics: the same for sparse features as for their dense copy, at any width."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression

from feature_files import make_target
from skperturb import ModelSelector
from skperturb.metrics import LogME
from skperturb.selection.features.stats import describe_nonfinite, feature_stats


def _stats(X):
    return feature_stats(X, make_target(np.arange(X.shape[0]) % 2), X.shape[0])


@given(
    values=st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0]), min_size=5, max_size=5),
        min_size=2,
        max_size=6,
    ),
    form=st.sampled_from(["csr", "csc", "coo"]),
)
def test_constant_features_are_counted_as_in_the_dense_copy(values, form):
    X = np.array(values)
    expected = int((X[0] == X).all(axis=0).sum())
    assert _stats(X).n_constant == expected
    assert _stats(getattr(sparse, f"{form}_array")(X)).n_constant == expected


def test_zeros_and_duplicates_that_are_stored_change_nothing():
    data, rows, columns = [1.0, 1.0, 2.0, 0.0, 5.0, -5.0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 2, 2]
    stored = sparse.coo_array((data, (rows, columns)), shape=(2, 4))
    assert _stats(stored).n_constant == 4
    assert _stats(stored) == _stats(sparse.csr_array(stored.toarray()))


def test_a_missing_value_varies():
    X = sparse.csr_array(np.array([[np.nan, 1.0], [np.nan, 1.0]]))
    assert _stats(X).n_constant == 1


@pytest.mark.parametrize("n_features", [10**7, 10**9])
def test_nothing_is_as_long_as_the_matrix_is_wide(n_features):
    rows, columns = np.repeat(np.arange(40), 3), np.arange(120) * 7 % 50
    X = sparse.csr_array((np.ones(120), (rows, columns)), shape=(40, n_features))
    stats = _stats(X)
    assert (stats.n_rows, stats.n_features) == (40, n_features)
    assert stats.n_constant == n_features - 50


def _with_holes():
    X = np.zeros((5000, 3), np.float32)
    X[4500, 1], X[4500, 2], X[4999, 0] = np.nan, np.inf, np.nan
    return X


@pytest.mark.parametrize(
    "convert", [np.asarray, sparse.csr_array, pd.DataFrame, lambda X: pl.DataFrame(X)]
)
def test_what_is_not_finite_is_counted_and_found(convert):
    assert describe_nonfinite(convert(_with_holes())) == (
        "3 of 15,000 values are not finite, the first in row 4500, column 1 (from 0). "
    )
    assert describe_nonfinite(convert(np.zeros((3, 2)))) == ""


def test_rows_of_a_sample_are_named_by_their_number_in_the_file():
    X = np.array([[0.0], [np.nan]])
    assert "in row 17, column 0" in describe_nonfinite(X, np.array([5, 17]))


def test_what_holds_no_numbers_is_not_looked_at():
    assert describe_nonfinite(np.array([["a"], ["b"]])) == ""


@pytest.mark.parametrize("metric", [LogME(), LogisticRegression()])
def test_a_failure_says_where_the_features_are_not_finite(metric, tmp_path):
    y = np.tile([0, 1], 20)
    X = np.random.default_rng(0).standard_normal((40, 3))
    np.save(tmp_path / "holes.npy", np.where(np.arange(120).reshape(40, 3) == 50, np.nan, X))
    with pytest.warns(FitFailedWarning, match="holes"):
        selector = ModelSelector(metric).fit({"a": X, "holes": tmp_path / "holes.npy"}, y)
    assert selector.failures_["holes"].startswith(
        "ValueError: 1 of 120 values are not finite, the first in row 16, column 2 (from 0). "
    )
