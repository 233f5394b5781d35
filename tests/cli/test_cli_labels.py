"""Columns and labels: what the command reads from a file, what it makes of it, what it refuses."""

import sys

import numpy as np
import pytest

from skperturb._cli._columns import read_column
from skperturb._cli._errors import WrongUsage
from skperturb._cli._labels import describe_labels, read_labels

WORDS = ["cat", "dog", "cat"]


def values_of(path, name=None):
    return read_column(path, name, "--labels").values


def written(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_an_array_comes_as_it_is(tmp_path):
    for labels in (np.array(WORDS), np.array([3, -1, 3]), np.array([[0, 1], [1, 1], [0, 1]])):
        np.save(tmp_path / "y.npy", labels)
        read = read_labels(tmp_path / "y.npy").y
        np.testing.assert_array_equal(read, labels)
        assert read.dtype == labels.dtype


def test_one_column_is_no_table(tmp_path):
    np.save(tmp_path / "y.npy", np.array([[0], [1], [0]]))
    np.testing.assert_array_equal(read_labels(tmp_path / "y.npy").y, [0, 1, 0])


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
    np.testing.assert_array_equal(read_labels(path, "label").y, WORDS)
    with pytest.raises(WrongUsage, match=r"must name one .*: .* has the .*s name, label"):
        read_labels(path)
    with pytest.raises(WrongUsage, match=r"is 'class', but .* has the .*s name, label"):
        read_labels(path, "class")


def test_the_only_column_needs_no_name(tmp_path):
    np.savez(tmp_path / "y.npz", WORDS)
    np.testing.assert_array_equal(read_labels(tmp_path / "y.npz").y, WORDS)
    path = written(tmp_path / "y.csv", "\ufefflabel\ncat\n dog \ncat\n")
    np.testing.assert_array_equal(read_labels(path).y, WORDS)


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
    read = values_of(written(tmp_path / "y.txt", lines))
    np.testing.assert_array_equal(read, labels)
    assert read.dtype.kind == np.array(labels).dtype.kind


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "y.doc",
            "cat",
            r"must be a file of kind \.npy, \.npz, \.txt, \.csv, \.tsv, \.parquet, got",
        ),
        ("y.npy", "no array", "cannot read the labels in .*: the magic string is not correct"),
        ("y.npz", "no archive", "cannot read the labels in .*: it is no .npz file"),
        ("y.csv", "", "cannot read the labels in .*: there is no column"),
        ("y.csv", "a,b\n1,2\n3\n", "must name one column"),
        ("y.txt", "", r"must hold one label per row, got .* of shape \(0,\)"),
        ("y.txt", "cat\n\ndog\n", "cannot read the labels in .*: value 2 is empty"),
        ("y.csv", "label\ncat\n\ndog\n", "cannot read the labels in .*: value 2 is empty"),
        ("y.csv", "label\ncat\n  \ndog\n\n", "cannot read the labels in .*: value 2 is empty"),
        ("y.csv", "label,n\ncat,1\n,2\ndog,3\n", "must name one column"),
        ("y.txt", "1\nnan\n2.5\n", "value 2 is 'nan', which says that it is missing; leave the"),
        ("y.csv", "class\ncat\nNA\ndog\n", "value 2 is 'NA', which says that it is missing"),
        ("y.csv", "cat\ndog\ncat\n", "its first line was taken for .*'cat' looks like one of"),
        ("y.csv", "0\n1\n2\n", "its first line was taken for .*, and '0' looks like one of"),
        ("y.txt", "ant\nbee\ncat\n", "every one of the 3 labels is different, such as ant: .*"),
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


# What a table may look like


_TABLE = [["image", "class"], ["a.png", "cat"], ["b.png", "dog"], ["c.png", "cat"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_whatever_stands_between_the_columns_is_found(tmp_path, separator):
    lines = "\n".join(separator.join(row) for row in _TABLE)
    column = read_column(written(tmp_path / "y.csv", lines), "class", "--labels")
    np.testing.assert_array_equal(column.values, WORDS)
    assert column.others == ("image",)
    assert ("separated by" in column.where) == (separator != ",")
    with pytest.raises(WrongUsage, match=r"must name one column: .* has the columns image, class"):
        read_labels(tmp_path / "y.csv")


def test_a_tsv_has_tabs_even_where_commas_would_do(tmp_path):
    path = written(tmp_path / "y.tsv", "class\tnote\ncat\ta,b\ndog\tc,d\ncat\te,f\n")
    np.testing.assert_array_equal(read_labels(path, "class").y, WORDS)


def test_a_quoted_separator_separates_nothing(tmp_path):
    path = written(tmp_path / "y.csv", 'class,note\ncat,"a;b, c"\ndog,"d;e"\ncat,"f\n;g"\n')
    np.testing.assert_array_equal(read_labels(path, "class").y, WORDS)


def test_a_separator_that_cuts_a_label_in_two_is_refused(tmp_path):
    path = written(tmp_path / "y.csv", "label\nParis, Texas\nParis, France\nRome\n")
    with pytest.raises(WrongUsage, match="row 1 below the names has 2 cells for 1 column, 'Paris'"):
        read_labels(path)
    path = written(tmp_path / "y.csv", "note,class\na,cat\nb, c,dog\nd,cat\n")
    with pytest.raises(
        WrongUsage, match=r"row 2 below .* 3 cells for 2 columns, .*quotation marks"
    ):
        read_labels(path, "class")


def test_a_separator_at_the_end_of_a_line_holds_nothing(tmp_path):
    path = written(tmp_path / "y.csv", "class,note\ncat,a,\ndog,b,,\ncat,c\n")
    np.testing.assert_array_equal(read_labels(path, "class").y, WORDS)


@pytest.mark.parametrize("character", ["\x0c", "\x1c", "\x85", "\u2028"])
def test_only_ends_of_lines_end_lines(tmp_path, character):
    words = [f"{word}{character}s" for word in WORDS]
    path = written(tmp_path / "y.csv", "note,class\n" + "".join(f"{w},{w}\n" for w in words))
    np.testing.assert_array_equal(read_labels(path, "class").y, words)
    np.testing.assert_array_equal(
        read_labels(written(tmp_path / "y.txt", "\n".join(words))).y, words
    )


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["01", "1", "01"], ["01", "1", "01"]),
        ([f"{2**62}", f"{2**62 + 1}", f"{2**62}"], [2**62, 2**62 + 1, 2**62]),
        ([f"{10**20}", f"{10**20 + 1}", f"{10**20}"], ["1" + 20 * "0", "1" + 19 * "0" + "1"] * 2),
    ],
)
def test_labels_that_differ_are_never_one_class(tmp_path, cells, labels):
    read = read_labels(written(tmp_path / "y.txt", "\n".join(cells)))
    np.testing.assert_array_equal(read.y, labels[:3])


def test_infinity_among_numbers_makes_no_words_of_them(tmp_path):
    path = written(tmp_path / "y.txt", "0.5\n-inf\n0.5\n")
    with pytest.raises(WrongUsage, match="must be finite, got 1 of 3"):
        read_labels(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_words_that_are_held_as_bytes_are_words(tmp_path, suffix):
    save = np.save if suffix == ".npy" else np.savez
    save(tmp_path / f"y{suffix}", np.char.encode(WORDS, "utf-8"))
    np.testing.assert_array_equal(read_labels(tmp_path / f"y{suffix}").y, WORDS)


def test_decimal_commas_are_fractions(tmp_path):
    path = written(tmp_path / "y.csv", "id;age\na;17,5\nb;18\nc;19,25\n")
    read = read_labels(path, "age")
    np.testing.assert_array_equal(read.y, [17.5, 18, 19.25])
    assert read.task == "regression"
    assert describe_labels(read) == (
        f"3 rows, targets from 17.5 to 19.25, from column 'age' of {path} "
        "(columns separated by ';')"
    )


def test_the_unnamed_index_of_pandas_is_no_column(tmp_path):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame({"label": WORDS}).to_csv(tmp_path / "y.csv")
    np.testing.assert_array_equal(read_labels(tmp_path / "y.csv").y, WORDS)
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"label": WORDS}, index=["a", "b", "c"])
    frame.to_parquet(tmp_path / "y.parquet")
    np.testing.assert_array_equal(read_labels(tmp_path / "y.parquet").y, WORDS)


def test_an_unnamed_column_that_does_not_count_is_a_column(tmp_path):
    path = written(tmp_path / "y.csv", ",label\n7,cat\n9,dog\n7,cat\n")
    with pytest.raises(WrongUsage, match="must name one column"):
        read_labels(path)


def test_blank_lines_at_the_end_are_none(tmp_path):
    path = written(tmp_path / "y.csv", "label\ncat\ndog\ncat\n\n \n")
    np.testing.assert_array_equal(read_labels(path).y, WORDS)


def test_a_name_of_a_column_is_believed_where_it_was_given(tmp_path):
    path = written(tmp_path / "y.csv", "cat\ndog\ncat\ndog\n")
    np.testing.assert_array_equal(read_labels(path, "cat").y, ["dog", "cat", "dog"])


def test_another_encoding_is_named_with_its_line(tmp_path):
    path = tmp_path / "y.csv"
    path.write_bytes("label\ncat\nb\xe4r\n".encode("latin-1"))
    with pytest.raises(WrongUsage, match=r"line 3 is not UTF-8, .*; save the file as UTF-8\."):
        read_labels(path)


# What the labels are


def test_a_table_that_was_not_cut_is_refused_with_its_column(tmp_path):
    rows = "\n".join(f"{i}.png/cat" for i in range(20))
    path = written(tmp_path / "y.csv", f"image/class\n{rows}\n")
    with pytest.raises(WrongUsage, match="every one of the 20 labels is different") as caught:
        read_labels(path)
    assert f"column 'image/class' of {path} looks like an id" in str(caught.value)
    assert "--label-column" in str(caught.value)
    assert "--task regression" in str(caught.value)


def test_an_id_column_is_refused_and_the_others_are_named(tmp_path):
    path = written(tmp_path / "y.csv", "id,class\n1,cat\n2,dog\n3,cat\n")
    with pytest.raises(WrongUsage, match=r"column 'id' of .* looks like an id.*also has class"):
        read_labels(path, "id")
    assert read_labels(path, "id", "regression").task == "regression"


@pytest.mark.parametrize("dtype", [int, float, bool])
def test_one_hot_rows_are_classes_unless_they_are_said_to_be_labels(tmp_path, dtype):
    np.save(tmp_path / "y.npy", np.eye(3, dtype=dtype)[[0, 2, 0, 1, 1]])
    read = read_labels(tmp_path / "y.npy")
    np.testing.assert_array_equal(read.y, [0, 2, 0, 1, 1])
    assert read.task == "classification"
    assert "holds one 1 per row: 3 classes; with --task multilabel" in read.note
    several = read_labels(tmp_path / "y.npy", None, "multilabel")
    assert (several.y.shape, several.task) == ((5, 3), "multilabel")
    assert describe_labels(several) == f"5 rows, 3 labels each, from {tmp_path / 'y.npy'}"


def test_rows_with_several_ones_are_labels(tmp_path):
    np.save(tmp_path / "y.npy", np.array([[1, 1], [0, 1], [1, 0]]))
    assert read_labels(tmp_path / "y.npy").task == "multilabel"


def test_whole_numbers_are_classes_unless_they_are_said_to_be_amounts(tmp_path):
    ages = np.r_[20:70, 20:60]
    np.save(tmp_path / "y.npy", ages)
    read = read_labels(tmp_path / "y.npy")
    assert read.task == "classification"
    assert "50 different whole numbers, taken for classes; if they are amounts" in read.note
    amounts = read_labels(tmp_path / "y.npy", None, "regression")
    assert (amounts.task, amounts.note, amounts.y.dtype.kind) == ("regression", None, "f")
    np.testing.assert_array_equal(amounts.y, ages)


def test_classes_of_a_few_whole_numbers_need_no_note(tmp_path):
    np.save(tmp_path / "y.npy", np.r_[0, 1, 1, np.arange(2, 12).repeat(4)])
    assert read_labels(tmp_path / "y.npy").note is None


@pytest.mark.parametrize(
    ("labels", "task", "problem"),
    [
        (WORDS, "regression", "--task regression needs numbers, got cat in"),
        ([0, 1, 1], "multilabel", "--task multilabel needs a table of 0 and 1"),
        ([[0, 2], [1, 1], [2, 0]], "multilabel", "--task multilabel needs a table of 0 and 1"),
        ([[1, 1], [0, 1], [1, 0]], "classification", "needs one label per row, got 2 in"),
    ],
)
def test_labels_that_a_task_cannot_have_are_refused(tmp_path, labels, task, problem):
    np.save(tmp_path / "y.npy", np.array(labels))
    with pytest.raises(WrongUsage, match=problem):
        read_labels(tmp_path / "y.npy", None, task)


def test_fractions_can_be_classes(tmp_path):
    np.save(tmp_path / "y.npy", np.array([0.5, 1.5, 0.5]))
    assert read_labels(tmp_path / "y.npy").task == "regression"
    read = read_labels(tmp_path / "y.npy", None, "classification")
    np.testing.assert_array_equal(read.y, ["0.5", "1.5", "0.5"])


def test_the_smallest_and_the_largest_class_are_named(tmp_path):
    path = written(tmp_path / "y.txt", "cat\n" * 1200 + "dog\n" + "bee\n" * 3)
    assert describe_labels(read_labels(path)) == (
        f"1,204 rows, 3 classes (smallest dog: 1 rows, largest cat: 1,200), from {path}"
    )
    even = written(tmp_path / "even.txt", "cat\ndog\n" * 4)
    assert describe_labels(read_labels(even)) == f"8 rows, 2 classes of 4 rows each, from {even}"
