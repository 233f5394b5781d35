"""Labels: one per row of the features, read from a file of a few kinds."""

import csv
import re
import zipfile

import numpy as np

from skperturb._cli._errors import WrongUsage

# What NumPy says of arrays that it would have to unpickle.
_PICKLED = ("Object arrays cannot be loaded", "Python objects in dtype")
# Stricter than Python: int("1_20") is int("12_0"), and two classes would be one.
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(nan|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)", re.ASCII | re.IGNORECASE)


def read_labels(path, column=None):
    """Return the labels in a file, `(n_samples,)` or `(n_samples, n_outputs)`, or refuse them."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        msg = f"--labels must be a file of kind {', '.join(_READERS)}, got {path}."
        raise WrongUsage(msg)
    try:
        path.stat()  # one error for all kinds where there is no such file
        labels = reader(path, column)
    except OSError as error:
        raise _unreadable(path, error.strerror or error) from error
    except (ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error
    return _checked(labels, path)


def _unreadable(path, reason):
    if any(words in str(reason) for words in _PICKLED):
        reason = "they are Python objects; save them as text, with labels.astype(str)"
    return WrongUsage(f"cannot read the labels in {path}: {str(reason).rstrip('.')}.")


def _from_npy(path, column):
    _check_no_column(path, column)
    labels = np.lib.format.open_memmap(path, mode="r")
    return np.array(labels)


def _from_npz(path, column):
    if not zipfile.is_zipfile(path):
        msg = "it is no .npz file"
        raise ValueError(msg)
    with np.load(path, allow_pickle=False) as arrays:
        return arrays[_chosen(path, column, arrays.files, "array")]


def _from_txt(path, column):
    _check_no_column(path, column)
    lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    return _as_numbers([line.strip() for line in lines])


def _from_csv(path, column):
    with path.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = [*csv.reader(file)] or [[]]
    place = head.index(_chosen(path, column, head, "column"))
    cells = [row[place].strip() if place < len(row) else "" for row in rows if row]
    return _as_numbers(cells)


def _from_parquet(path, column):
    try:
        from pyarrow import parquet
    except ImportError as error:
        msg = 'labels in .parquet need pyarrow; install it with `pip install "skperturb[io]"`.'
        raise WrongUsage(msg) from error
    names = parquet.read_schema(path).names
    name = _chosen(path, column, names, "column")
    cells = parquet.read_table(path, columns=[name]).column(name)
    if cells.null_count:
        msg = f"{cells.null_count} of them are missing"
        raise ValueError(msg)
    return np.array(cells.to_pylist())


_READERS = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".txt": _from_txt,
    ".csv": _from_csv,
    ".parquet": _from_parquet,
}


def _chosen(path, name, names, kind):
    """Return the name asked for, or the only one there is."""
    there = f"{path} has the {kind}{'' if len(names) == 1 else 's'} {', '.join(names)}"
    if not names:
        msg = f"there is no {kind}"
        raise ValueError(msg)
    if name is None and len(names) != 1:
        msg = f"--label-column must name one {kind}: {there}."
        raise WrongUsage(msg)
    if name is not None and name not in names:
        msg = f"--label-column is {name!r}, but {there}."
        raise WrongUsage(msg)
    return names[0] if name is None else name


def _check_no_column(path, column):
    if column is not None:
        msg = f"--label-column is for .csv, .parquet and .npz, and --labels is {path}."
        raise WrongUsage(msg)


def _as_numbers(cells):
    """Return text as integers or floats where all of it is, and as it is otherwise."""
    if "" in cells:
        msg = f"label {cells.index('') + 1} is empty"
        raise ValueError(msg)
    for form, kind in ((_INTEGER, int), (_NUMBER, float)):
        if all(map(form.fullmatch, cells)):
            return np.array([kind(cell) for cell in cells])
    return np.array(cells)


def _checked(labels, path):
    """Return labels in a shape that a metric takes, of at least 2 kinds."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or not labels.size:
        msg = f"--labels must hold one label per row, got {path} of shape {labels.shape}."
        raise WrongUsage(msg)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        missing = np.count_nonzero(~np.isfinite(labels))
        msg = f"--labels must be finite, got {missing} of {labels.size} in {path} that are not."
        raise WrongUsage(msg)
    if labels.dtype.kind not in "biufUS":
        msg = f"--labels must be text or numbers, got {labels.dtype} in {path}."
        raise WrongUsage(msg)
    if len(np.unique(labels, axis=0)) < 2:
        msg = f"--labels must have at least 2 classes, got 1 in {path}: every label is {labels[0]}."
        raise WrongUsage(msg)
    return labels
