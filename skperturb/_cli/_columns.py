"""Columns: one value per row, read from an array file, a table or lines of text."""

import csv
import io
import re
import zipfile
from typing import NamedTuple

import numpy as np

from skperturb._cli._errors import WrongUsage

# What NumPy says of arrays that it would have to unpickle.
_PICKLED = ("Object arrays cannot be loaded", "Python objects in dtype")
# Stricter than Python: int("1_20") is int("12_0"), and two classes would be one.
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?)", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
# What pandas reads as missing, and may have written for it.
_MISSING = {"NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "-nan", "NULL", "null", "None", "n/a"}
_SEPARATORS = (",", ";", "\t", "|")
_N_SNIFFED = 50  # rows that tell which separator a table has


class Column(NamedTuple):
    """One value per row or one row of values, and in words where they stand."""

    values: np.ndarray
    where: str
    others: tuple = ()  # names of the columns beside it


def read_column(path, name, option):
    """Return the column of a file that an option like "--labels" gives, or refuse it."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        msg = f"{option} must be a file of kind {', '.join(_READERS)}, got {path}."
        raise WrongUsage(msg)
    try:
        path.stat()  # one error for all kinds where there is no such file
        column = reader(path, name, option)
        _check_missing(column.values)
    except OSError as error:
        raise _explain(path, option, error.strerror or error) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        reason = f"line {line} is not UTF-8, the encoding that is read; save the file as UTF-8"
        raise _explain(path, option, reason) from error
    except (ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise _explain(path, option, error) from error
    return column


def _explain(path, option, reason):
    if any(words in str(reason) for words in _PICKLED):
        reason = "they are Python objects; save them as text, with labels.astype(str)"
    return WrongUsage(f"cannot read the {option[2:]} in {path}: {str(reason).rstrip('.')}.")


def _read_npy(path, name, option):
    _check_no_name(path, name, option)
    # A memory map is never unpickled; copied, because labels are small.
    return Column(_as_text(np.array(np.lib.format.open_memmap(path, mode="r"))), str(path))


def _read_npz(path, name, option):
    if not zipfile.is_zipfile(path):
        msg = "it is no .npz file"
        raise ValueError(msg)
    with np.load(path, allow_pickle=False) as arrays:
        chosen = _choose_name(path, name, arrays.files, "array", option)
        return Column(_as_text(arrays[chosen]), f"array {chosen!r} of {path}")


def _as_text(values):
    """Return bytes, which NumPy holds for words of other programs, as text."""
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def _read_txt(path, name, option):
    _check_no_name(path, name, option)
    text = path.read_text(encoding="utf-8-sig").rstrip()
    # Only ends of lines end lines: `splitlines` cuts at characters that a label may hold.
    lines = text.split("\n") if text else []
    return Column(_parse_cells([line.strip() for line in lines]), str(path))


def _read_csv(path, name, option):
    """Read a table whose first line names the columns, whatever stands between them."""
    text = path.read_text(encoding="utf-8-sig")
    separator = "\t" if path.suffix.lower() == ".tsv" else _sniff_separator(text)
    head, *rows = [*csv.reader(io.StringIO(text), delimiter=separator)] or [[]]
    head = [cell.strip() for cell in head]
    if len(head) == 1:  # a blank line is a row whose only cell is empty
        rows = [row or [""] for row in text.rstrip() and _drop_blank_end(rows)]
    rows = [row for row in rows if row]
    # Else pandas' numbers of the rows would be a second column to choose from.
    names = head[1:] if _is_unnamed_index(head, rows) else head
    chosen = _choose_name(path, name, names, "column", option)
    _check_widths(head, rows)
    position = head.index(chosen)
    cells = [row[position].strip() if position < len(row) else "" for row in rows]
    if name is None:
        _check_header(path, chosen, cells)
    where = f"column {chosen!r} of {path}"
    if separator != "," and len(head) > 1:
        where += f" (columns separated by {separator!r})"
    return Column(_parse_cells(cells), where, tuple(each for each in names if each != chosen))


def _sniff_separator(text):
    """Return the separator that cuts every line into the same number of cells, above one."""
    for separator in _SEPARATORS:
        lines = csv.reader(io.StringIO(text), delimiter=separator)
        widths = {len(row) for row, _ in zip(lines, range(_N_SNIFFED), strict=False) if row}
        if len(widths) == 1 and widths != {1}:
            return separator
    return ","


def _check_widths(head, rows):
    """Raise where a row has cells without a column: a separator may have cut a label in two."""
    for i, row in enumerate(rows, start=1):
        if any(row[len(head) :]):
            msg = (
                f"row {i} below the names has {len(row)} cells for {len(head)} "
                f"column{'s'[: len(head) != 1]}, {', '.join(map(repr, row[:3]))}; put cells that "
                "hold a separator between quotation marks"
            )
            raise ValueError(msg)


def _drop_blank_end(rows):
    while rows and not any(map(str.strip, rows[-1])):
        rows = rows[:-1]
    return rows


def _is_unnamed_index(head, rows):
    """Whether the first column is what pandas writes where nobody said `index=False`."""
    if len(head) < 2 or head[0] not in ("", "Unnamed: 0"):
        return False
    return [row[0] for row in rows] == [str(i) for i in range(len(rows))]


def _check_header(path, name, cells):
    """Raise where the first line looks like one of the labels, and no name of a column."""
    is_number = _NUMBER.fullmatch(name) and all(map(_NUMBER.fullmatch, cells))
    if name in cells or is_number:
        msg = (
            f"its first line was taken for the names of columns, and {name!r} looks like one of "
            "the values; put a line with names first, or save the values alone as .txt"
        )
        raise ValueError(msg)


def _read_parquet(path, name, option):
    try:
        from pyarrow import parquet
    except ImportError as error:
        msg = f'{option} in .parquet need pyarrow; install it with `pip install "skperturb[io]"`.'
        raise WrongUsage(msg) from error
    schema = parquet.read_schema(path)
    index = (schema.pandas_metadata or {}).get("index_columns", ())
    names = [each for each in schema.names if each not in index or each == name]
    chosen = _choose_name(path, name, names, "column", option)
    cells = parquet.read_table(path, columns=[chosen]).column(chosen)
    if cells.null_count:
        msg = f"{cells.null_count} of them are missing"
        raise ValueError(msg)
    others = tuple(each for each in names if each != chosen)
    return Column(np.array(cells.to_pylist()), f"column {chosen!r} of {path}", others)


_READERS = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".txt": _read_txt,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}


def _choose_name(path, name, names, kind, option):
    """Return the name asked for, or the only one there is."""
    option = f"--{option[2:].rstrip('s')}-column"
    found = f"{path} has the {kind}{'' if len(names) == 1 else 's'} {', '.join(names)}"
    if not names:
        msg = f"there is no {kind}"
        raise ValueError(msg)
    if name is None and len(names) != 1:
        msg = f"{option} must name one {kind}: {found}."
        raise WrongUsage(msg)
    if name is not None and name not in names:
        msg = f"{option} is {name!r}, but {found}."
        raise WrongUsage(msg)
    return names[0] if name is None else name


def _check_no_name(path, name, option):
    if name is not None:
        msg = (
            f"--{option[2:].rstrip('s')}-column is for .csv, .tsv, .parquet and .npz, "
            f"and {option} is {path}."
        )
        raise WrongUsage(msg)


def _parse_cells(cells):
    """Return text as integers or floats where all of it is, and as it is otherwise."""
    if "" in cells:
        msg = f"value {cells.index('') + 1} is empty"
        raise ValueError(msg)
    if all(map(_INTEGER.fullmatch, cells)):
        return _parse_integers(cells)
    numbers = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
    if all(map(_NUMBER.fullmatch, numbers)):
        return np.array([float(number) for number in numbers])
    return np.array(cells)


def _parse_integers(cells):
    """Return whole numbers, or the text where that tells more apart: "01" from "1", long ids."""
    numbers = np.array([int(cell) for cell in cells])
    is_whole = numbers.dtype.kind in "iu" and len(np.unique(numbers)) == len(set(cells))
    return numbers if is_whole else np.array(cells)


def _check_missing(values):
    """Raise where a word stands for a value that is missing: it would be a class of its own."""
    if values.dtype.kind != "U":
        return
    for i, value in enumerate(values.ravel().tolist()):
        if value in _MISSING:
            msg = (
                f"value {i + 1} is {value!r}, which says that it is missing; leave the sample out "
                "of all files, or give the class another name"
            )
            raise ValueError(msg)
