"""Parquet: tables that are a matrix, and those that are none."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from feature_files import WRITERS, assert_refused, dense, written
from skperturb.selection.features import parquet as parquet_reader
from skperturb.selection.features.loader import load_features

_X = np.random.default_rng(0).standard_normal((12, 3))
_ROWS = np.array([0, 4, 5, 11])


def _table(path, columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(table, path, **options)
    return path


def test_columns_of_several_kinds_share_a_type(tmp_path):
    columns = {"a": [1, 2], "b": np.array([1.5, 2.5], "f4"), "c": [True, False]}
    features = load_features(_table(tmp_path / "a.parquet", columns))
    assert features.dtype == np.float64
    np.testing.assert_array_equal(features, [[1, 1.5, 1], [2, 2.5, 0]])


@pytest.mark.parametrize("batch", [4096, 1])
def test_missing_numbers_become_nan(batch, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_reader, "_BATCH", batch)
    for kind in (int, float):
        first, second = [1, None, 3], [kind(1), kind(2), None]
        numbers = _table(tmp_path / "a.parquet", {"c": [4, 5, 6], "a": first, "b": second})
        expected = [[4, 1, 1], [5, np.nan, 2], [6, 3, np.nan]]
        np.testing.assert_array_equal(load_features(numbers), expected)
        lists = _table(tmp_path / "b.parquet", {"a": [[kind(1), kind(5)], [kind(2), None]]})
        np.testing.assert_array_equal(load_features(lists), [[1, 5], [2, np.nan]])


def test_a_column_is_not_mistaken_for_a_part_of_another(tmp_path):
    path = _table(tmp_path / "a.parquet", {"f": [1], "f.1": [2], "f.1.2": [3]})
    np.testing.assert_array_equal(load_features(path), [[1, 2, 3]])


@pytest.mark.parametrize("name", [None, "id"])
def test_the_index_of_a_frame_is_no_feature(name, tmp_path):
    index = pd.Index([7, 3, *range(50, 60)], name=name)
    frame = pd.DataFrame(_X, columns=["a", "b", "c"], index=index)
    frame.to_parquet(tmp_path / "a.parquet")
    assert parquet.read_metadata(tmp_path / "a.parquet").num_columns == 4
    np.testing.assert_array_equal(load_features(tmp_path / "a.parquet"), _X)


def test_files_of_pandas_and_polars_are_read(tmp_path):
    pd.DataFrame({"embedding": list(_X)}).to_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"embedding": _X}).write_parquet(tmp_path / "b.parquet")
    pl.DataFrame(_X).write_parquet(tmp_path / "c.parquet")
    for name in "abc":
        np.testing.assert_array_equal(load_features(tmp_path / f"{name}.parquet", _ROWS), _X[_ROWS])


def test_rows_are_found_over_batches_and_row_groups(tmp_path):
    X = np.arange(40_000).reshape(20_000, 2)
    rows = np.array([0, 1, 4095, 4096, 9_998, 9_999, 12_345, 19_999])
    columns = {"a": X[:, 0], "b": X[:, 1]}
    path = _table(tmp_path / "a.parquet", columns, row_group_size=7_000)
    np.testing.assert_array_equal(load_features(path), X)
    np.testing.assert_array_equal(load_features(path, rows), X[rows])
    lists = _table(tmp_path / "b.parquet", {"a": list(X)}, row_group_size=7_000)
    np.testing.assert_array_equal(load_features(lists), X)
    np.testing.assert_array_equal(load_features(lists, rows), X[rows])


def test_row_groups_without_wanted_rows_are_not_read(tmp_path):
    columns = {"a": _X[:, 0], "b": _X[:, 1]}
    path = _table(
        tmp_path / "a.parquet", columns, row_group_size=4, compression="gzip", use_dictionary=False
    )
    pages = parquet.read_metadata(path).row_group(1).column(0)
    start, size = pages.data_page_offset, pages.total_compressed_size
    content = bytearray(path.read_bytes())
    content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    rows = np.array([1, 3, 8, 11])
    np.testing.assert_array_equal(load_features(path, rows), _X[rows, :2])
    for touching in (np.array([1, 4]), None):
        with pytest.raises(ValueError, match="cannot be read"):
            load_features(path, touching)
        with pytest.raises(ValueError, match="as many rows as y, 9, got 12"):
            load_features(path, touching, n_expected=9)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"a": [1.0] * 12, "name": ["x"] * 12}, "column 'name' holds string; all columns must"),
        ({"a": [1.0] * 12, "b": [[1.0]] * 12}, "column 'b' holds list<.*>; all columns must"),
        ({"a": [[1.0]] * 12, "b": [[1.0]] * 12}, "column 'a' holds list<.*>; all columns must"),
        ({"a": [["x"]] * 12}, "column 'a' holds list<.*string>; all columns must"),
        ({"a": [[1.0], [1.0, 2.0]] * 6}, "its lists must be of one length, got 1, 2"),
        ({"a": [[1.0]] * 11 + [[]]}, "its lists must be of one length, got 0, 1"),
        ({"a": [[1.0]] * 11 + [None]}, "its lists must be of one length, got .*None"),
        ({}, r"it must have columns of different names, got \[\];"),
        (pa.table([[1.0], [2.0]], ["a", "a"]), r"different names, got \['a', 'a'\];"),
    ],
)
@pytest.mark.parametrize("batch", [4096, 1])
def test_a_table_without_a_matrix_raises(columns, reason, batch, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_reader, "_BATCH", batch)
    assert_refused(_table(tmp_path / "a.parquet", columns), reason)


def test_a_table_without_rows_has_none(tmp_path):
    empty = _table(tmp_path / "a.parquet", {"a": pa.array([], "f8"), "b": pa.array([], "f8")})
    assert load_features(empty).shape == (0, 2)
    empty = _table(tmp_path / "b.parquet", {"a": pa.array([], pa.list_(pa.int8()))})
    assert len(load_features(empty)) == 0


def test_without_pyarrow_the_error_names_the_extra(tmp_path, monkeypatch):
    path = written("parquet_columns", tmp_path, _X)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"needs pyarrow; .* `pip install skperturb\[io\]`\.$"):
        load_features(path)


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if "parquet" not in kind])
def test_other_files_need_no_further_package(kind, tmp_path, monkeypatch):
    path = written(kind, tmp_path, _X)
    for name in ("pyarrow", "pandas", "polars", "safetensors", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    np.testing.assert_array_equal(dense(load_features(path)), _X)
