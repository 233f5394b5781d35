"""Feature files: what each format may hold, and what is said of a broken one."""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from safetensors.numpy import save_file
from scipy import sparse

from feature_files import WRITERS, dense, written
from skperturb.selection import _parquet
from skperturb.selection._sources import opened

_X = np.random.default_rng(0).standard_normal((12, 3))
_ROWS = np.array([0, 4, 5, 11])
_SUFFIXES = (".npy", ".npz", ".parquet", ".safetensors")

every_kind = pytest.mark.parametrize("kind", WRITERS)
every_suffix = pytest.mark.parametrize("suffix", _SUFFIXES)


def _refused(path, reason):
    """Expect an error that names the file and gives the reason, with rows and without."""
    for rows in (None, _ROWS):
        with pytest.raises(ValueError, match=reason) as caught:
            opened(path, rows)
        assert str(caught.value).startswith(f"Feature file {str(path)!r} cannot be read: ")
        assert str(caught.value).endswith("; write it again or leave it out.")


# Every format


@every_kind
def test_a_suffix_may_be_in_capitals(kind, tmp_path):
    path = written(kind, tmp_path, _X)
    path = path.rename(path.with_suffix(path.suffix.upper()))
    np.testing.assert_array_equal(dense(opened(path)), _X)


@pytest.mark.parametrize("name", ["features.csv", "features", "features.npy.gz", ".npy"])
def test_another_suffix_raises(name, tmp_path):
    message = r"must end in \.npy, \.npz, \.parquet or \.safetensors; save it as one of them\.$"
    with pytest.raises(ValueError, match=message):
        opened(tmp_path / name)


@every_suffix
def test_a_missing_file_raises_with_the_place_where_it_was_sought(suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        opened(f"missing{suffix}")
    assert str(caught.value) == (
        f"Feature file 'missing{suffix}' does not exist; correct the path, "
        f"which was looked up as {str(tmp_path / f'missing{suffix}')!r}."
    )


@every_suffix
def test_a_folder_raises(suffix, tmp_path):
    (tmp_path / f"folder{suffix}").mkdir()
    _refused(tmp_path / f"folder{suffix}", "it is a directory")


@every_suffix
@pytest.mark.parametrize("content", [b"", b"1.0, 2.0\n3.0, 4.0\n" * 20, b"\x00" * 64])
def test_something_else_under_the_suffix_raises(suffix, content, tmp_path):
    path = tmp_path / f"other{suffix}"
    path.write_bytes(content)
    _refused(path, ".")


@every_suffix
@every_kind
def test_another_format_under_the_suffix_raises(kind, suffix, tmp_path):
    path = written(kind, tmp_path, _X)
    if path.suffix != suffix:
        _refused(path.rename(path.with_suffix(suffix)), ".")


@every_kind
@given(data=st.data())
def test_a_truncated_file_raises(kind, data, tmp_path_factory):
    path = written(kind, tmp_path_factory.mktemp("drawn"), _X)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    _refused(path, ".")


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if "parquet" not in kind])
@given(data=st.data())
def test_a_damaged_file_raises_or_is_read(kind, data, tmp_path_factory):
    path = written(kind, tmp_path_factory.mktemp("drawn"), _X)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.sets(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        features = opened(path, np.array([0]))
    except (ValueError, MemoryError):
        return
    assert features.ndim <= 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs the list of open files")
@every_kind
def test_no_file_stays_open(kind, tmp_path):
    path = written(kind, tmp_path, _X)
    opened(path, _ROWS)
    shutil.copy(path, broken := path.with_stem("broken"))
    with broken.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(ValueError, match="cannot be read"):
        opened(broken)
    assert not [each for each in _open_files() if each.startswith(str(tmp_path))]


def _open_files():
    maps = Path("/proc/self/maps").read_text().splitlines()
    descriptors = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    return descriptors + [line.split(maxsplit=5)[-1] for line in maps]


# .npy and .npz


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_objects_are_never_unpickled(suffix, tmp_path):
    path = tmp_path / f"objects{suffix}"
    save = np.save if suffix == ".npy" else np.savez
    save(path, np.array([[_Trap()]], dtype=object))
    _refused(path, "it holds Python objects, which are never unpickled;")


class _Trap:
    """Fails the test that unpickles it."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_single_number_raises(suffix, tmp_path):
    path = tmp_path / f"number{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, np.float64(3.0))
    _refused(path, "it holds a single number, not a row per sample;")


@pytest.mark.parametrize("name", ["features", "X"])
def test_the_features_of_an_npz_are_found_by_name(name, tmp_path):
    np.savez(tmp_path / "a.npz", labels=np.arange(12), **{name: _X})
    np.testing.assert_array_equal(opened(tmp_path / "a.npz"), _X)


def test_several_arrays_without_a_known_name_raise(tmp_path):
    np.savez(tmp_path / "a.npz", _X, _X)
    _refused(
        tmp_path / "a.npz",
        "it must hold a single array, or one called 'features' or 'X', got 'arr_0', 'arr_1';",
    )


def test_an_empty_npz_raises(tmp_path):
    np.savez(tmp_path / "a.npz")
    _refused(tmp_path / "a.npz", "or one called 'features' or 'X', got none;")


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("form", ["matrix", "array"])
def test_sparse_features_stay_sparse(kind, form, tmp_path):
    X = _X * (_X > 0)
    sparse.save_npz(tmp_path / "a.npz", getattr(sparse, f"{kind}_{form}")(X))
    for rows in (slice(None), _ROWS):
        features = opened(tmp_path / "a.npz", None if isinstance(rows, slice) else rows)
        assert sparse.issparse(features)
        np.testing.assert_array_equal(features.toarray(), X[rows])


@pytest.mark.parametrize("indices", [[0, 999_999_999], [0, -5]])
def test_sparse_features_outside_of_the_matrix_raise(indices, tmp_path):
    for form in (b"csr", b"csc"):
        np.savez(
            tmp_path / "a.npz",
            format=form,
            shape=(2, 2),
            data=np.ones(2),
            indices=np.array(indices),
            indptr=np.array([0, 1, 2]),
        )
        _refused(tmp_path / "a.npz", "index|indices")


# .parquet


def _table(path, columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(table, path, **options)
    return path


def test_columns_of_several_kinds_share_a_type(tmp_path):
    columns = {"a": [1, 2], "b": np.array([1.5, 2.5], "f4"), "c": [True, False]}
    features = opened(_table(tmp_path / "a.parquet", columns))
    assert features.dtype == np.float64
    np.testing.assert_array_equal(features, [[1, 1.5, 1], [2, 2.5, 0]])


@pytest.mark.parametrize("batch", [4096, 1])
def test_missing_numbers_become_nan(batch, tmp_path, monkeypatch):
    monkeypatch.setattr(_parquet, "_BATCH", batch)
    for kind in (int, float):
        first, second = [1, None, 3], [kind(1), kind(2), None]
        numbers = _table(tmp_path / "a.parquet", {"c": [4, 5, 6], "a": first, "b": second})
        expected = [[4, 1, 1], [5, np.nan, 2], [6, 3, np.nan]]
        np.testing.assert_array_equal(opened(numbers), expected)
        lists = _table(tmp_path / "b.parquet", {"a": [[kind(1), kind(5)], [kind(2), None]]})
        np.testing.assert_array_equal(opened(lists), [[1, 5], [2, np.nan]])


def test_a_column_is_not_mistaken_for_a_part_of_another(tmp_path):
    path = _table(tmp_path / "a.parquet", {"f": [1], "f.1": [2], "f.1.2": [3]})
    np.testing.assert_array_equal(opened(path), [[1, 2, 3]])


@pytest.mark.parametrize("name", [None, "id"])
def test_the_index_of_a_frame_is_no_feature(name, tmp_path):
    index = pd.Index([7, 3, *range(50, 60)], name=name)
    frame = pd.DataFrame(_X, columns=["a", "b", "c"], index=index)
    frame.to_parquet(tmp_path / "a.parquet")
    assert parquet.read_metadata(tmp_path / "a.parquet").num_columns == 4
    np.testing.assert_array_equal(opened(tmp_path / "a.parquet"), _X)


def test_files_of_pandas_and_polars_are_read(tmp_path):
    pd.DataFrame({"embedding": list(_X)}).to_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"embedding": _X}).write_parquet(tmp_path / "b.parquet")
    pl.DataFrame(_X).write_parquet(tmp_path / "c.parquet")
    for name in "abc":
        np.testing.assert_array_equal(opened(tmp_path / f"{name}.parquet", _ROWS), _X[_ROWS])


def test_rows_are_found_over_batches_and_row_groups(tmp_path):
    X = np.arange(40_000).reshape(20_000, 2)
    rows = np.array([0, 1, 4095, 4096, 9_998, 9_999, 12_345, 19_999])
    columns = {"a": X[:, 0], "b": X[:, 1]}
    path = _table(tmp_path / "a.parquet", columns, row_group_size=7_000)
    np.testing.assert_array_equal(opened(path), X)
    np.testing.assert_array_equal(opened(path, rows), X[rows])
    lists = _table(tmp_path / "b.parquet", {"a": list(X)}, row_group_size=7_000)
    np.testing.assert_array_equal(opened(lists), X)
    np.testing.assert_array_equal(opened(lists, rows), X[rows])


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
    np.testing.assert_array_equal(opened(path, rows), _X[rows, :2])
    for touching in (np.array([1, 4]), None):
        with pytest.raises(ValueError, match="cannot be read"):
            opened(path, touching)
        with pytest.raises(ValueError, match="as many rows as y, 9, got 12"):
            opened(path, touching, n_expected=9)


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
    monkeypatch.setattr(_parquet, "_BATCH", batch)
    _refused(_table(tmp_path / "a.parquet", columns), reason)


def test_a_table_without_rows_has_none(tmp_path):
    empty = _table(tmp_path / "a.parquet", {"a": pa.array([], "f8"), "b": pa.array([], "f8")})
    assert opened(empty).shape == (0, 2)
    assert (
        len(opened(_table(tmp_path / "b.parquet", {"a": pa.array([], pa.list_(pa.int8()))}))) == 0
    )


def test_without_pyarrow_the_error_names_the_extra(tmp_path, monkeypatch):
    path = written("parquet_columns", tmp_path, _X)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"needs pyarrow; .* `pip install skperturb\[io\]`\.$"):
        opened(path)


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if "parquet" not in kind])
def test_other_files_need_no_further_package(kind, tmp_path, monkeypatch):
    path = written(kind, tmp_path, _X)
    for name in ("pyarrow", "pandas", "polars", "safetensors", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    np.testing.assert_array_equal(dense(opened(path)), _X)


# .safetensors


def _entry(dtype="F64", shape=(12, 3), data_offsets=(0, 288)):
    return {"dtype": dtype, "shape": shape, "data_offsets": data_offsets}


def _with_header(path, entries, data, padding=b""):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    header += padding
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def _tensor(path, dtype, shape, data):
    """Write one tensor, of a type that NumPy may lack, in a way that safetensors accepts."""
    _with_header(path, {"X": _entry(dtype, shape, (0, len(data)))}, data)
    with safetensors.safe_open(path, "numpy") as file:
        assert list(file.keys()) == ["X"]
    return path


def test_bfloat16_becomes_float32(tmp_path):
    bits = (_X.astype("<f4").view("<u4") >> 16).astype("<u2")
    path = _tensor(tmp_path / "a.safetensors", "BF16", [12, 3], bits.tobytes())
    rounded = (_X.astype("<f4").view("<u4") & 0xFFFF0000).view("<f4")
    for rows, expected in ((None, rounded), (_ROWS, rounded[_ROWS])):
        features = opened(path, rows, n_expected=12)
        assert features.dtype == np.float32
        np.testing.assert_array_equal(features, expected)
    np.testing.assert_allclose(rounded, _X, rtol=2**-7)


@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"])
def test_whole_numbers_keep_their_type(dtype, tmp_path):
    X = np.arange(6).reshape(3, 2).astype(dtype)
    features = opened(written("safetensors", tmp_path, X))
    assert features.dtype == X.dtype
    np.testing.assert_array_equal(features, X)


def test_a_type_that_numpy_does_not_have_raises(tmp_path):
    entries = {"X": _entry("F8_E4M3", data_offsets=[0, 36])}
    path = _with_header(tmp_path / "a.safetensors", entries, bytes(36))
    _refused(path, "tensor 'X' must be one of F64, F32, .*, got F8_E4M3;")


def test_several_tensors_without_a_known_name_raise(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"a": _X, "b": _X}, path)
    _refused(path, "it must hold a single array, or one called 'features' or 'X', got 'a', 'b';")


def test_an_empty_tensor_has_no_rows(tmp_path):
    path = _tensor(tmp_path / "a.safetensors", "F32", [0, 3], b"")
    assert opened(path).shape == (0, 3)


def test_a_single_number_in_a_tensor_raises(tmp_path):
    _refused(_tensor(tmp_path / "a.safetensors", "F32", [], bytes(4)), "a single number")


def test_a_tensor_at_any_byte_is_read(tmp_path):
    for padding in range(9):
        path = tmp_path / f"{padding}.safetensors"
        _with_header(path, {"X": _entry()}, _X.tobytes(), b" " * padding)
        features = opened(path)
        assert features.flags.aligned
        np.testing.assert_array_equal(features, _X)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"[]", "it does not start with the header of a safetensors file"),
        (b"{", "it does not start with the header of a safetensors file"),
        (b"\xff\xfe", "it does not start with the header of a safetensors file"),
        (b"[" * 100_000, "."),
        ({"X": 3}, "it does not start with the header of a safetensors file"),
        ({"X": {"dtype": "F64"}}, "it does not start with the header of a safetensors file"),
        ({"X": _entry(data_offsets=[288])}, "it does not start with the header"),
        ({"X": _entry(data_offsets=["0", "9"])}, "it does not start with the header"),
        ({"X": _entry(shape=7)}, "it does not start with the header of a safetensors file"),
        ({"X": _entry(dtype=[])}, "."),
        ({"X": _entry(dtype="F63")}, "tensor 'X' must be one of F64, F32, .*, got F63"),
        ({"X": _entry(shape=[12, 4])}, r"tensor 'X' of shape \(12, 4\) does not fit its place"),
        ({"X": _entry(shape=[-12, -3])}, "."),
        ({"X": _entry(shape=[12.0, 3.0])}, "."),
        ({"X": _entry(shape=["12", 3])}, "."),
        ({"X": _entry(data_offsets=[-8, 288], shape=[37])}, "does not fit its place"),
        ({"X": _entry(data_offsets=[0, 280], shape=[35])}, "its tensors take .* bytes, the"),
        ({"X": _entry(data_offsets=[0, 296], shape=[37])}, "its tensors take .* bytes, the"),
        ({"X": _entry(data_offsets=[288, 0])}, "."),
        ({}, "its tensors take .* bytes, the file has"),
    ],
)
def test_a_header_that_lies_raises(header, reason, tmp_path):
    path = _with_header(tmp_path / "a.safetensors", header, _X.tobytes())
    _refused(path, reason)
    with pytest.raises(safetensors.SafetensorError), safetensors.safe_open(path, "numpy"):
        pass
