"""Labels: what the command reads from a file, and what it refuses."""

import sys

import numpy as np
import pytest

from skperturb._cli._errors import WrongUsage
from skperturb._cli._labels import read_labels

WORDS = ["cat", "dog", "cat"]


def written(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_an_array_comes_as_it_is(tmp_path):
    for labels in (np.array(WORDS), np.array([3, -1, 3]), np.array([[0, 1], [1, 1], [0, 0]])):
        np.save(tmp_path / "y.npy", labels)
        read = read_labels(tmp_path / "y.npy")
        np.testing.assert_array_equal(read, labels)
        assert read.dtype == labels.dtype


def test_one_column_is_no_table(tmp_path):
    np.save(tmp_path / "y.npy", np.array([[0], [1], [0]]))
    np.testing.assert_array_equal(read_labels(tmp_path / "y.npy"), [0, 1, 0])


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".parquet"])
def test_a_column_is_found_by_its_name(tmp_path, suffix):
    path = tmp_path / f"y{suffix}"
    if suffix == ".npz":
        np.savez(path, name=["a", "b", "c"], label=WORDS)
    elif suffix == ".csv":
        written(path, "name,label\na,cat\nb,dog\n\nc,cat\n")
    else:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"name": ["a", "b", "c"], "label": WORDS}), path)
    np.testing.assert_array_equal(read_labels(path, "label"), WORDS)
    with pytest.raises(WrongUsage, match=r"must name one .*: .* has the .*s name, label"):
        read_labels(path)
    with pytest.raises(WrongUsage, match=r"is 'class', but .* has the .*s name, label"):
        read_labels(path, "class")


def test_the_only_column_needs_no_name(tmp_path):
    np.savez(tmp_path / "y.npz", WORDS)
    np.testing.assert_array_equal(read_labels(tmp_path / "y.npz"), WORDS)
    path = written(tmp_path / "y.csv", "\ufefflabel\ncat\n dog \ncat\n")
    np.testing.assert_array_equal(read_labels(path), WORDS)


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        ("cat\n dog\t\ncat\n\n", WORDS),
        ("1\n-2\n+3", [1, -2, 3]),
        ("1\n2.5\n.5e1", [1.0, 2.5, 5.0]),
        ("1_2\n12\n1_2", ["1_2", "12", "1_2"]),  # Python reads 1_2 as 12
        ("1\ntwo\n3", ["1", "two", "3"]),
    ],
)
def test_lines_are_numbers_where_all_of_them_are(tmp_path, lines, labels):
    read = read_labels(written(tmp_path / "y.txt", lines))
    np.testing.assert_array_equal(read, labels)
    assert read.dtype.kind == np.array(labels).dtype.kind


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("y.doc", "cat", r"must be a file of kind \.npy, \.npz, \.txt, \.csv, \.parquet, got"),
        ("y.npy", "no array", "cannot read the labels in .*: the magic string is not correct"),
        ("y.npz", "no archive", "cannot read the labels in .*: it is no .npz file"),
        ("y.csv", "", "cannot read the labels in .*: there is no column"),
        ("y.csv", "a,b\n1,2\n3\n", "must name one column"),
        ("y.txt", "", r"must hold one label per row, got .* of shape \(0,\)"),
        ("y.txt", "cat\n\ndog\n", "cannot read the labels in .*: label 2 is empty"),
        ("y.txt", "1\nnan\n2.5\n", "must be finite, got 1 of 3 in .* that are not"),
        ("y.txt", "cat\ncat\n", "at least 2 classes, got 1 in .*: every label is cat"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path, name, content, problem):
    path = written(tmp_path / name, content)
    with pytest.raises(WrongUsage, match=problem):
        read_labels(path)


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (np.array(["a", None]), "they are Python objects; save them as text"),
        (np.array([1.0, np.nan]), "must be finite, got 1 of 2"),
        (np.array([1.0, np.inf]), "must be finite, got 1 of 2"),
        (np.array([1j, 2j]), "must be text or numbers, got complex128"),
        (np.zeros((2, 2, 2)), "must hold one label per row"),
        (np.zeros(5), "at least 2 classes, got 1"),
        (np.zeros((5, 2)), "at least 2 classes, got 1"),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_arrays_that_are_no_labels(tmp_path, labels, problem, suffix):
    path = tmp_path / f"y{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, labels)
    with pytest.raises(WrongUsage, match=problem):
        read_labels(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".txt", ".csv", ".parquet"])
def test_a_file_that_is_not_there_or_a_folder(tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(WrongUsage, match=r"cannot read the labels in .*: No such file"):
        read_labels(tmp_path / f"y{suffix}")
    (tmp_path / f"y{suffix}").mkdir()
    with pytest.raises(WrongUsage, match="cannot read the labels in "):
        read_labels(tmp_path / f"y{suffix}")


def test_a_truncated_array_is_refused(tmp_path):
    path = tmp_path / "y.npy"
    np.save(path, np.arange(100))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(WrongUsage, match="cannot read the labels in "):
        read_labels(path)


def test_missing_cells_of_a_table_are_refused(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "y.parquet"
    parquet.write_table(pyarrow.table({"label": ["a", None, "b"]}), path)
    with pytest.raises(WrongUsage, match="1 of them are missing"):
        read_labels(path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "y.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(WrongUsage, match=r'pip install "skperturb\[io\]"'):
        read_labels(tmp_path / "y.parquet")
