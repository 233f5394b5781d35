"""Loader: every way to give a feature set means the same features."""

import mmap
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from feature_files import WRITERS, dense, features_and_rows, written
from skperturb.selection.features.loader import (
    check_n_rows,
    count_rows,
    load_features,
    open_features,
)

_X = np.random.default_rng(0).standard_normal((12, 3)).round(1)
_ROWS = np.array([0, 4, 5, 11])


class _Wrapped:
    """Anything that NumPy can ask for an array."""

    def __array__(self, dtype=None, copy=None):
        return np.array(_X, dtype)


class _Recording(np.memmap):
    """A memory map that remembers what it was asked for."""

    asked: list = []  # noqa: RUF012  one list for the map and its views is the purpose

    def __getitem__(self, index):
        self.asked.append(index)
        return super().__getitem__(index)


HELD = {
    "array": _X,
    "by columns": np.asfortranarray(_X),
    "list": _X.tolist(),
    "tuple of arrays": tuple(_X),
    "wrapped": _Wrapped(),
    "pandas": pd.DataFrame(_X, index=list("abcdefghijkl")),
    "polars": pl.DataFrame(_X, schema=["a", "b", "c"]),
    "csr matrix": sparse.csr_matrix(_X),
    "csc array": sparse.csc_array(_X),
    "coo array": sparse.coo_array(_X),
    "lil matrix": sparse.lil_matrix(_X),
    "function": lambda: _X,
    "function of a function": lambda: lambda: _X,
    "function of a frame": lambda: pd.DataFrame(_X),
}


def _assert_same(features, X):
    assert features.dtype == X.dtype
    np.testing.assert_array_equal(dense(features), X)


@pytest.mark.parametrize("kind", WRITERS)
@given(drawn=features_and_rows())
def test_a_file_holds_what_was_written(kind, drawn, tmp_path_factory):
    X, rows = drawn
    if kind == "npz_sparse" and X.dtype == np.float16:
        X = X.astype("f4")  # SciPy has no sparse half precision
    path = written(kind, tmp_path_factory.mktemp("drawn"), X)
    _assert_same(load_features(path), X)
    _assert_same(load_features(str(path), rows, n_expected=len(X)), X[rows])


@pytest.mark.parametrize("kind", HELD)
def test_features_in_memory_mean_their_values(kind):
    np.testing.assert_array_equal(dense(load_features(HELD[kind])), _X)
    np.testing.assert_array_equal(dense(load_features(HELD[kind], _ROWS, 12)), _X[_ROWS])


@pytest.mark.parametrize("kind", ["array", "pandas", "polars", "csr matrix", "csc array"])
def test_arrays_frames_and_sparse_matrices_are_handed_on_as_they_are(kind):
    assert load_features(HELD[kind]) is HELD[kind]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_rows_of_a_frame_are_a_frame_with_its_columns(kind):
    taken = load_features(HELD[kind], _ROWS)
    assert type(taken) is type(HELD[kind])
    assert list(taken.columns) == list(HELD[kind].columns)


@pytest.mark.parametrize("kind", ["csr matrix", "csc array", "coo array", "lil matrix"])
def test_rows_of_a_sparse_matrix_are_sparse(kind):
    assert sparse.issparse(load_features(HELD[kind], _ROWS))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_function_may_return_a_path(kind, tmp_path):
    path = written(kind, tmp_path, _X)
    np.testing.assert_array_equal(dense(load_features(lambda: path, _ROWS)), _X[_ROWS])


@pytest.mark.parametrize("kind", ["npy", "npy_by_columns", "safetensors"])
def test_a_file_that_can_be_mapped_is_mapped_read_only(kind, tmp_path):
    features = load_features(written(kind, tmp_path, _X))
    assert isinstance(features, np.memmap)
    assert not features.flags.writeable


@pytest.mark.parametrize("kind", ["npy", "npy_by_columns", "safetensors"])
def test_rows_of_a_mapped_file_are_an_array_in_memory(kind, tmp_path):
    taken = load_features(written(kind, tmp_path, _X), _ROWS)
    assert type(taken) is np.ndarray
    taken[:] = 0.0
    while taken is not None:
        assert not isinstance(taken, mmap.mmap)
        taken = taken.base


def test_rows_of_an_array_are_a_copy():
    X = _X.copy()
    X.flags.writeable = False
    assert not np.shares_memory(load_features(X, _ROWS), X)
    assert type(load_features(X, _ROWS)) is np.ndarray


def _recording(folder):
    path = folder / "map.dat"
    _X.tofile(path)
    _Recording.asked.clear()
    return _Recording(path, _X.dtype, mode="r", shape=_X.shape)


def test_a_memory_map_is_asked_for_the_rows_and_nothing_else(tmp_path):
    features = _recording(tmp_path)
    taken = load_features(features, _ROWS, n_expected=12)
    assert [asked is _ROWS for asked in _Recording.asked] == [True]
    assert type(taken) is np.ndarray
    np.testing.assert_array_equal(taken, _X[_ROWS])


def test_a_memory_map_of_another_length_is_not_read(tmp_path):
    features = _recording(tmp_path)
    with pytest.raises(ValueError, match="as many rows as y, 13, got 12"):
        load_features(features, _ROWS, n_expected=13)
    assert not _Recording.asked


_PEAK = """
    import resource, sys
    import numpy as np
    from skperturb.selection.features.loader import load_features
    rows = np.arange(0, 10_000_000, 50_000)
    source = sys.argv[1]
    if sys.argv[2] == "map":
        source = np.load(source, mmap_mode="r")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = load_features(source, rows, n_expected=10_000_000)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert taken.shape == (200, 16) and taken[0, 0] == 7 and not taken[1:].any()
    print((after - before) * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.skipif(not hasattr(mmap, "MADV_RANDOM"), reason="needs a POSIX system")
@pytest.mark.parametrize("given_as", ["path", "map"])
def test_rows_of_ten_million_are_taken_without_the_rest(given_as, tmp_path):
    path = tmp_path / "long.npy"
    features = np.lib.format.open_memmap(path, "w+", "f2", (10_000_000, 16))
    features[0, 0] = 7  # the rest of the 320 MB are holes in the file
    del features
    command = [sys.executable, "-c", textwrap.dedent(_PEAK), str(path), given_as]
    growth = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert growth < 32e6, f"{growth / 1e6:.0f} MB of 320 MB came into memory"


class _Advised(mmap.mmap):
    """A mapping that remembers what the system was told of it."""

    def madvise(self, advice):
        self.advice = [*getattr(self, "advice", ()), advice]


@pytest.mark.skipif(not hasattr(mmap, "MADV_RANDOM"), reason="the system takes no advice")
@pytest.mark.parametrize(("n_taken", "advised"), [(5, True), (2000, False)])
def test_the_system_reads_ahead_only_where_many_rows_are_taken(n_taken, advised):
    mapping = _Advised(-1, 2000 * 8192)
    features = np.ndarray((2000, 1024), buffer=mapping)
    load_features(features, np.arange(n_taken))
    expected = [mmap.MADV_RANDOM, mmap.MADV_NORMAL] if advised else []
    assert getattr(mapping, "advice", []) == expected


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_of_another_length_raises(kind, tmp_path):
    with pytest.raises(ValueError, match=r"^A feature set must have as many rows as y, 9, got 12"):
        load_features(written(kind, tmp_path, _X), n_expected=9)


@pytest.mark.parametrize("kind", HELD)
def test_features_of_another_length_raise(kind):
    with pytest.raises(ValueError, match=r"^A feature set must have as many rows as y, 9, got 12"):
        load_features(HELD[kind], n_expected=9)


@pytest.mark.parametrize("kind", ["array", "pandas", "polars", "coo array"])
def test_rows_are_counted_and_checked(kind):
    assert count_rows(HELD[kind]) == open_features(HELD[kind]).n_rows == 12
    check_n_rows(12, 12)
    with pytest.raises(ValueError, match=r"as many rows as y, 11, got 12\.$"):
        check_n_rows(12, 11)


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [((6,), "give a column per feature"), ((6, 2, 2), "average over tokens or positions")],
)
def test_what_is_no_matrix_raises_and_says_what_to_do(shape, remedy, tmp_path):
    X = np.arange(np.prod(shape)).reshape(shape)
    np.save(tmp_path / "X.npy", X)
    message = rf"must have 2 dimensions, .*, got {len(shape)}, of shape .*; {remedy}\.$"
    column = [pd.Series(X)] if X.ndim == 1 else []
    for source in (X, X.tolist(), tmp_path / "X.npy", lambda: X, *column):
        with pytest.raises(ValueError, match=message):
            load_features(source)
        with pytest.raises(ValueError, match=message):
            load_features(source, np.array([1, 4]))


@pytest.mark.parametrize(
    "source", [None, 3, {"a": _X}, {1, 2}, b"a.npy", lambda: None, lambda: lambda: lambda: _X]
)
def test_what_is_no_feature_set_raises(source):
    with pytest.raises(TypeError, match="must be array-like, a path or a callable, got"):
        load_features(source)


def test_masked_features_are_refused_by_rows_too():
    masked = np.ma.masked_array(_X, mask=_X > 1.0)
    for rows in (None, np.array([0, 1])):
        with pytest.raises(ValueError, match="A feature set must have no masked values, got"):
            load_features(masked, rows)


_DAYS = np.arange(12).astype("datetime64[D]")


@pytest.mark.parametrize(
    "source",
    [
        _DAYS.reshape(6, 2),
        _DAYS.reshape(6, 2) - _DAYS[0],
        pd.DataFrame({"a": _X[:, 0], "day": _DAYS}),
        pd.DataFrame({"day": pd.DatetimeIndex(_DAYS, tz="UTC")}),
        pl.DataFrame({"a": _X[:, 0], "day": _DAYS}),
        lambda: _DAYS.reshape(6, 2),
    ],
)
def test_times_are_no_features(source):
    with pytest.raises(ValueError, match=r"must hold numbers, got .*; turn times into numbers"):
        load_features(source)


@pytest.mark.parametrize("kind", WRITERS)
@given(drawn=features_and_rows(), data=st.data())
def test_rows_of_a_file_come_in_any_order(kind, drawn, data, tmp_path_factory):
    X, _ = drawn
    X = X.astype("f4") if X.dtype == np.float16 else X
    rows = data.draw(st.lists(st.integers(0, len(X) - 1), max_size=20))
    rows = np.array(rows, dtype=int)
    features = load_features(written(kind, tmp_path_factory.mktemp("drawn"), X), rows)
    np.testing.assert_array_equal(dense(features), X[rows])


@pytest.mark.parametrize("source", [np.float64(3.0), np.array(3.0), np.ndarray])
def test_a_single_value_raises(source):
    with pytest.raises(TypeError, match="must have rows, got the single value"):
        load_features(source)


def test_the_error_of_a_function_is_its_own():
    def broken():
        msg = "no such model"
        raise LookupError(msg)

    with pytest.raises(LookupError, match="no such model"):
        load_features(broken)
