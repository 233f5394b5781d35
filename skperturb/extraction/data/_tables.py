"""Tables: CSV, TSV or Parquet, with a column of texts, of images, or of lists of words."""

import csv
from pathlib import Path

import numpy as np

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction._result import as_labels
from skperturb.extraction.data._labelled import LabelledData, choose_split

_SPLIT = "split"  # what a column is called that says which rows are for training


def read_table(path, *, text=None, image=None, words=None, label=None, group=None, split="auto"):
    """
    Return the rows of a table.

    Parameters
    ----------
    path : path-like
        A .csv or .tsv file with the names of its columns in the first line, or .parquet.
    text : str or None, default=None
        Column of texts.
    image : str or None, default=None
        Column of paths of images, from the folder of the table on.
    words : str or None, default=None
        Column of lists of words, in .parquet. Labels are then lists of the same lengths.
    label : str or None, default=None
        Column of labels.
    group : str or None, default=None
        Column that says which rows belong together.
    split : str, default="auto"
        Rows whose column ``split`` says so. "auto" takes those for training where there
        is such a column, "all" takes all.

    Returns
    -------
    data : LabelledData
        Texts, paths or lists of words in ``X``.
    """
    path, wanted = Path(path), _one_of(text=text, image=image, words=words)
    columns = _read_columns(path)
    rows, notes = _rows_of_split(columns, split, path)
    items = _take(columns, wanted, rows, path)
    if image is not None:
        items = [path.parent / item for item in items]
    y = _take(columns, label, rows, path)
    groups = _take(columns, group, rows, path)
    if words is not None:
        y, groups = _flatten(items, y, groups)
    return LabelledData(items, _labels(y, label, path), as_labels(groups), notes)


def _one_of(**columns):
    """Return the one column that is named."""
    named = [each for each in columns.values() if each is not None]
    if len(named) != 1:
        msg = f"Exactly one of {', '.join(columns)} must name a column, got {len(named)}."
        raise ValueError(msg)
    return named[0]


def _read_columns(path):
    """Return the columns of a table by name."""
    try:
        if path.suffix.lower() == ".parquet":
            table = import_framework("pyarrow.parquet", f"{path}").read_table(path)
            return {name: table.column(name).to_pylist() for name in table.column_names}
        return _read_text(path)
    except OSError as error:
        msg = f"Table {str(path)!r} cannot be read: {error.strerror or error}; correct the path."
        raise ValueError(msg) from error


def _read_text(path):
    if path.suffix.lower() not in (".csv", ".tsv"):
        msg = f"A table must be a .csv, .tsv or .parquet file, got {str(path)!r}."
        raise ValueError(msg)
    with path.open(newline="", encoding="utf-8-sig") as file:
        head, *lines = [
            *csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        ] or [[]]
    lines = [line for line in lines if line]
    wrong = [i for i, line in enumerate(lines, start=2) if len(line) != len(head)]
    if wrong:
        msg = (
            f"Table {str(path)!r} must have {len(head)} cells in each line, unlike line {wrong[0]}."
        )
        raise ValueError(msg)
    return dict(zip(head, map(list, zip(*lines, strict=True)), strict=True)) if lines else {}


def _rows_of_split(columns, split, path):
    """Return which rows to take, and a note where that was not asked for."""
    n_rows = len(next(iter(columns.values()), []))
    if not n_rows:
        msg = f"Table {str(path)!r} must have rows, got none."
        raise ValueError(msg)
    if _SPLIT not in columns and split in ("auto", "all"):
        return range(n_rows), []
    parts = _take(columns, _SPLIT, range(n_rows), path)
    chosen, notes = choose_split(split, dict.fromkeys(map(str, parts)), str(path))
    return [i for i, part in enumerate(parts) if chosen is None or str(part) == chosen], notes


def _take(columns, name, rows, path):
    """Return some rows of a column, None where none is named."""
    if name is None:
        return None
    if name not in columns:
        msg = f"Table {str(path)!r} has no column {name!r}; it has {', '.join(columns)}."
        raise ValueError(msg)
    return [columns[name][row] for row in rows]


def _flatten(items, y, groups):
    """Return one label and one group for each word; the sentence where there is no group."""
    counts = [len(item) for item in items]
    if y is not None:
        wrong = [i for i, labels in enumerate(y) if len(labels) != counts[i]]
        if wrong:
            msg = f"There must be one label for each word, unlike sentence {wrong[0]}."
            raise ValueError(msg)
        y = [label for labels in y for label in labels]
    return y, np.repeat(range(len(items)) if groups is None else groups, counts)


def _labels(y, column, path):
    if y is None:
        return None
    missing = [i for i, label in enumerate(y) if label is None or label == ""]
    if missing:
        msg = (
            f"Column {column!r} of {str(path)!r} must hold a label for each row, but "
            f"{len(missing)} are missing, first in row {missing[0]}."
        )
        raise ValueError(msg)
    return as_labels(y)
