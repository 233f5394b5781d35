"""Leaks: a column that gives the target away is found, whatever holds it; honest ones are not."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.preprocessing import StandardScaler

from feature_files import make_target
from skperturb import ModelSelector
from skperturb.metrics import LogME, RidgeProbe
from skperturb.selection.features.leaks import find_leak
from skperturb.selection.features.stats import feature_stats

_RNG = np.random.default_rng(0)
_Y = np.array(["ant", "bee", "cat"])[_RNG.permutation(np.arange(90) % 3)]
_CODES = np.unique(_Y, return_inverse=True)[1]
_NOISE = _RNG.standard_normal((90, 5))


def _with_column(column, place=3):
    return np.insert(_NOISE, place, column, axis=1)


def _find(X, y, metric=None):
    return find_leak(X, make_target(y, metric))


@pytest.mark.parametrize(
    "coding",
    [[0, 1, 2], [1, 2, 3], [7, -3, 0.5], [2.0, 0.0, 1.0], [1e6, 1e6 + 1, 1e6 + 2], [0, 0.001, 1]],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_coding_of_the_classes_is_a_leak(coding, dtype):
    X = _with_column(np.array(coding)[_CODES]).astype(dtype)
    assert _find(X, _Y) == 3
    assert _find(StandardScaler().fit_transform(X), _Y) == 3


@pytest.mark.parametrize("coding", [[0, 1, 1], [0, 0, 0]])
def test_classes_that_share_a_value_are_no_leak(coding):
    assert _find(_with_column(np.array(coding)[_CODES]), _Y) is None


def test_one_row_that_differs_is_honest():
    column = _CODES.astype(float)
    column[17] = (column[17] + 1) % 3
    assert _find(_with_column(column), _Y) is None


_FORMS = {
    "array": np.asarray,
    "columns": np.asfortranarray,
    "float16": lambda X: X.astype(np.float16),
    "integers": lambda X: np.round(100 * X).astype(np.int64),
    "csr": sparse.csr_array,
    "csc": sparse.csc_matrix,
    "coo": sparse.coo_array,
    "pandas": lambda X: pd.DataFrame(X).rename(columns=str),
    "polars": lambda X: pl.DataFrame(X),
}


@pytest.mark.parametrize("form", _FORMS)
def test_a_leak_is_found_in_features_of_every_form(form):
    convert = _FORMS[form]
    assert _find(convert(_with_column(_CODES)), _Y) == 3
    assert _find(convert(_NOISE), _Y) is None
    numbers = 10.0 + 3.0 * np.round(_RNG.standard_normal(90), 2)
    assert _find(convert(_with_column(2.0 - numbers)), numbers) == 3
    assert _find(convert(_NOISE), numbers) is None


def test_a_leak_is_found_in_tensors(tensors):
    for X, found in [(_with_column(_CODES), 3), (_NOISE, None)]:
        assert _find(tensors.asarray(X), _Y) == found


def test_a_leak_is_found_in_a_memory_map_of_many_rows(tmp_path):
    y = np.arange(9000) % 4
    X = np.random.default_rng(0).standard_normal((9000, 3)).astype(np.float16)
    X[:, 1] = 5 - y
    np.save(tmp_path / "leak.npy", X)
    assert _find(np.load(tmp_path / "leak.npy", mmap_mode="r"), y) == 1
    X[8000, 1] += 1
    assert _find(X, y) is None


def test_nothing_is_as_long_as_a_sparse_matrix_is_wide():
    rows, columns = np.repeat(np.arange(90), 2), np.tile([5, 10**9 - 7], 90)
    values = np.stack([np.ones(90), _CODES], axis=1).ravel()
    X = sparse.csr_array((values, (rows, columns)), shape=(90, 10**9))
    assert _find(X, _Y) == 10**9 - 7
    assert feature_stats(X, make_target(_Y), 90).leak == 10**9 - 7


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@given(seed=st.integers(0, 99), slope=st.sampled_from([1.0, -1e-3, 40.0]))
def test_the_target_scaled_and_shifted_is_a_leak(dtype, seed, slope):
    rng = np.random.default_rng(seed)
    y = rng.standard_normal(90)
    shift = slope * rng.uniform(-1, 1)
    assert _find(_with_column(shift + slope * y).astype(dtype), y) == 3
    close = shift + slope * (y + 0.05 * rng.standard_normal(90))
    assert _find(_with_column(close).astype(dtype), y) is None


def test_whole_numbers_are_a_target_where_the_metric_says_so():
    ages = _RNG.integers(20, 60, 90)
    X = _with_column(ages / 100.0)
    assert _find(X, ages, RidgeProbe(task="regression")) == 3
    # An increasing coding of numbers is not their scale.
    assert _find(_with_column(ages**2), ages, RidgeProbe(task="regression")) is None


def test_each_output_may_leak():
    y = _RNG.standard_normal((90, 2))
    assert _find(_with_column(3 - y[:, 1]), y, RidgeProbe()) == 3
    indicators = (y > 0).astype(int)
    assert _find(_with_column(indicators[:, 1]), indicators, RidgeProbe()) == 3
    assert _find(_NOISE, indicators, RidgeProbe()) is None


@given(
    seed=st.integers(0, 10**6),
    n_classes=st.integers(2, 4),
    n_rows=st.integers(4, 16),
    n_values=st.integers(2, 4),
)
def test_few_rows_that_fit_by_chance_are_not_judged(seed, n_classes, n_rows, n_values):
    """In 200 honest features of few values some tell few rows apart without a mistake."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_rows) % min(n_classes, n_rows // 2))
    assert _find(rng.integers(0, n_values, (n_rows, 200)).astype(float), y) is None


def test_labels_that_are_all_different_are_told_by_every_feature():
    assert _find(_NOISE, np.arange(90)) is None


def test_an_honest_feature_that_separates_the_classes_is_no_leak():
    y = np.arange(60) % 2
    X = np.random.default_rng(0).standard_normal((60, 4)) * 1e-3 + 5.0 * y[:, None]
    assert _find(X, y) is None


@pytest.mark.parametrize("X", [np.full((90, 2), np.nan), np.array([[np.inf, 1.0]] * 90)])
def test_what_is_not_finite_is_no_leak_and_no_warning(X):
    assert _find(X, _Y) is None


def test_the_selector_names_the_column():
    named = pd.DataFrame(_with_column(_CODES)).rename(
        columns=lambda i: "class" if i == 3 else f"f{i}"
    )
    pool = {"named": named, "numbered": _with_column(2 - _CODES, 0)[:, :4], "honest": _NOISE}
    selector = ModelSelector(LogME()).fit(pool, _Y)
    assert selector.results_["warnings"].tolist() == [
        "Column 'class' determines the labels: leave it out.",
        "Column 0 (from 0) determines the labels: leave it out.",
        "",
    ]
    numbers = _RNG.standard_normal(90)
    selector.fit({"leak": _with_column(numbers), "honest": _NOISE}, numbers)
    assert selector.results_["warnings"][0].startswith("Column 3 (from 0) determines the target:")
    selector.set_params(diagnostics=["misaligned"]).fit(pool, _Y)
    assert set(selector.results_["warnings"]) == {""}


def test_a_column_of_a_file_is_named(tmp_path):
    frame = pd.DataFrame(_with_column(_CODES), columns=["f0", "f1", "f2", "class", "f4", "f5"])
    frame.index = pd.Index([f"image_{i}" for i in range(90)], name="image")
    frame.to_parquet(tmp_path / "leak.parquet")
    np.save(tmp_path / "leak.npy", frame.to_numpy())
    for ending, column in (("parquet", "'class'"), ("npy", "3 (from 0)")):
        selector = ModelSelector(LogME()).fit([tmp_path / f"leak.{ending}"], _Y)
        assert selector.results_["warnings"].tolist() == [
            f"Column {column} determines the labels: leave it out."
        ]


def test_the_command_says_it(tmp_path, command):
    np.save(tmp_path / "leak.npy", _with_column(_CODES))
    np.save(tmp_path / "honest.npy", _NOISE)
    (tmp_path / "labels.txt").write_text("\n".join(_Y))
    report = tmp_path / "report.html"
    outcome = command("rank", tmp_path, "--labels", tmp_path / "labels.txt", "--report", report)
    sentence = "Column 3 (from 0) determines the labels"
    assert f"leak: {sentence}" in " ".join(outcome.err.split())
    assert sentence in report.read_text()
