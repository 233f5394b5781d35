"""Model table: a .csv or .tsv file with one row per model, and what is known of models from it."""

import csv
import math
from collections import Counter

from skperturb._cli._errors import WrongUsage

_SEPARATORS = {".tsv": "\t", ".csv": ","}


def read_model_table(path, option, what, needed=("model",)):
    """Return the rows of a table as dicts, and refuse one without the columns that are needed."""
    separator = _SEPARATORS.get(path.suffix.lower())
    if separator is None:
        msg = f"{option} must be a .csv or .tsv file, got {path}."
        raise WrongUsage(msg)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, delimiter=separator))
    except OSError as error:
        msg = f"cannot read the {what} in {path}: {error.strerror}."
        raise WrongUsage(msg) from error
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read the {what} in {path}: it is no table in UTF-8."
        raise WrongUsage(msg) from error
    if not rows or not set(needed) <= set(rows[0]):
        found = ", ".join(map(str, rows[0])) if rows else "nothing"
        columns = f"{'columns' if len(needed) > 1 else 'a column'} called {' and '.join(needed)}"
        msg = f"{option} needs {columns}, {path} has {found}."
        raise WrongUsage(msg)
    for i, row in enumerate(rows, start=1):
        _check_row(option, path, i, row)
    return rows


def _check_row(option, path, number, row):
    """Raise where a row has cells without a column, as a decimal comma makes; strip the name."""
    if any(row.pop(None, ())):
        msg = (
            f"{option} must have a cell for each column, got more in row {number} below the names "
            f"of {path}; write decimals with a point, and names with a comma in quotation marks."
        )
        raise WrongUsage(msg)
    row["model"] = (row["model"] or "").strip()


def check_named_once(option, path, rows, keys=("model",)):
    """Raise where a table has two rows for one model, of which the last would win."""
    keys = [key for key in keys if key in rows[0]]
    counts = Counter(tuple(row[key] or "" for key in keys) for row in rows)
    repeated = [names for names, count in counts.items() if count > 1]
    if repeated:
        msg = (
            f"{option} must have one row for each {' and '.join(keys)}, got several for "
            f"{' and '.join(map(repr, repeated[0]))} in {path}."
        )
        raise WrongUsage(msg)


def parse_number(cell):
    """Return the number in a cell, NaN where it is empty, None where it holds no finite number."""
    cell = (cell or "").strip()
    try:
        number = float(cell) if cell else math.nan
    except ValueError:
        return None
    return None if math.isinf(number) else number


def check_known_models(option, known, names, path):
    """Raise unless a table knows some of the models: names that differ are a slip."""
    if not set(known) & set(names):
        msg = (
            f"{option} must know some of the models, such as {next(iter(names))!r}, "
            f"got {path} with {next(iter(known), 'none')!r}."
        )
        raise WrongUsage(msg)
