"""Columns: a history as one flat table, and the files that hold it."""

import csv
from pathlib import Path

import numpy as np

COLUMNS = (
    "task",
    "model",
    "kind",
    "value",
    "metric",
    "parameters",
    "features",
    "run",
    "standard_error",
    "source",
    "recorded",
)
KINDS = ("accuracy", "score")
_NUMBERS = ("value", "standard_error")


def write_csv(columns, path):
    """Write the table with all digits; what is missing is an empty field."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in zip(*(columns[name] for name in COLUMNS), strict=True):
            writer.writerow(["" if value is None else value for value in row])


def read_csv(path):
    """Read a table that `write_csv` wrote, or one with some of its columns."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        rows = list(reader)
    return {name: [row[name] or None for row in rows] for name in names}


def write_parquet(columns, path):
    """Write the table; needs pyarrow."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.float64() if name in _NUMBERS else pa.string() for name in COLUMNS}
    table = pa.table({name: pa.array(columns[name], kind) for name, kind in kinds.items()})
    parquet.write_table(table, path)


def read_parquet(path):
    """Read a table that `write_parquet` wrote; needs pyarrow."""
    from pyarrow import parquet

    return parquet.read_table(path).to_pydict()


def check_columns(columns):
    """Return the table as a list of rows with every column, None where there is nothing."""
    missing = [name for name in ("task", "model", "value") if name not in columns]
    if missing:
        msg = f"A history must have the columns task, model and value, got no {missing[0]!r}."
        raise ValueError(msg)
    strange = [str(name) for name in columns if name not in COLUMNS]
    if strange:
        msg = f"A history has the columns {', '.join(COLUMNS)}, got {strange[0]!r}."
        raise ValueError(msg)
    lists = {name: [_plain(value) for value in columns[name]] for name in columns}
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        msg = f"The columns of a history must have one length, got {sorted(lengths)}."
        raise ValueError(msg)
    empty = dict.fromkeys(COLUMNS)
    rows = [empty | dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    for place, row in enumerate(rows):
        _check_row(row, place)
    _check_unrepeated(rows)
    return rows


def _check_unrepeated(rows):
    """Raise where a row would replace another of the same table, such as a second seed."""
    seen = set()
    for place, row in enumerate(rows):
        own = row["run"] if row["kind"] == "accuracy" else (row["metric"], row["parameters"])
        key = str(row["task"]), str(row["model"]), row["kind"], own
        if key in seen:
            msg = (
                f"{_where(row, place)} must not repeat another row of the table; give the runs of "
                "a model names of their own, in a column run."
            )
            raise ValueError(msg)
        seen.add(key)


def _where(row, place):
    return f"Row {place} of the history (task {row['task']!r}, model {row['model']!r})"


def _check_row(row, place):
    """Fill in the kind, turn texts into numbers and the run into text, in place."""
    where = _where(row, place)
    row["run"] = "" if row["run"] is None else str(row["run"])
    if row["kind"] is None:
        row["kind"] = "accuracy" if row["metric"] is None else "score"
    if row["kind"] not in KINDS:
        msg = f"{where} must be an 'accuracy' or a 'score', got {row['kind']!r}."
        raise ValueError(msg)
    for name in ("task", "model", *(["metric"] if row["kind"] == "score" else [])):
        if row[name] is None:
            msg = f"{where} must have a {name}."
            raise ValueError(msg)
    for name in _NUMBERS:
        try:
            row[name] = None if row[name] is None else float(row[name])
        except (TypeError, ValueError) as error:
            msg = f"{where} must have a number as {name}, got {row[name]!r}."
            raise ValueError(msg) from error


def _plain(value):
    """Return a Python value, None for what stands for nothing in a data frame."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or value == "" or value != value:
        return None
    return value
