"""Tables: a ranking as text, for people and for programs. Best first, always."""

import csv
import io
import json
import math

import numpy as np

from skperturb._cli._printing import table

INTERVAL = " interval"  # ends the head of two columns that are shown as one
FAILED = "failed"
_TEXT = ("model", "warnings", "error")


def ranked_columns(selector):
    """Return the columns of `results_` as lists of Python values, the best model on top.

    What a narrow terminal must not lose comes first.
    """
    places = {name: i for i, name in enumerate(selector.names_)}
    order = [places[name] for name in selector.ranking_]
    first = [key for key in ("rank", "model", "mean_rank") if key in selector.results_]
    results = {key: selector.results_[key] for key in first} | selector.results_
    return {key: np.asarray(column)[order].tolist() for key, column in results.items()}


def as_table(columns):
    """Lay out what a person looks at: rounded, an interval in one cell, warnings left out."""
    shown = shown_cells(columns)
    return table([list(shown), *map(list, zip(*shown.values(), strict=True))], left=(1,))


def as_csv(columns):
    """Write all columns, numbers in full; nothing where there is no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(_rows_in_full(columns))
    return text.getvalue().rstrip("\n")


def as_json(columns):
    """Write one object per model, numbers in full, null where there is no number."""
    rows = [dict(zip(columns, row, strict=True)) for row in _rows_in_full(columns)]
    return json.dumps(rows, indent=2)


def as_markdown(columns):
    """Write all columns, rounded, as a table of Markdown."""
    shown = {key: cells(key, column) for key, column in columns.items()}
    marks = ["---" if key in _TEXT else "---:" for key in shown]
    rows = [list(shown), marks, *zip(*shown.values(), strict=True)]
    return "\n".join("| " + " | ".join(map(_escaped, row)) + " |" for row in rows)


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json, "markdown": as_markdown}


def shown_cells(columns):
    """Return the columns that a person looks at as text, those of an interval as one."""
    shown = {}
    for key in sorted(columns, key="seconds".__eq__):
        if "_low" in key:
            highs = cells(key, columns[key.replace("_low", "_high")])
            pairs = zip(cells(key, columns[key]), highs, strict=True)
            shown[key.replace("_low", "") + INTERVAL] = [_interval(*pair) for pair in pairs]
        elif "_high" not in key and not key.startswith(("seconds_", "warnings", "error")):
            shown[key] = cells(key, columns[key])
    return _without_figures(shown, _unscored(columns))


def _unscored(columns):
    """Return whether none of the metrics could score a model, for each."""
    scores = [columns[key] for key in columns if key.startswith("score")]
    return [all(math.isnan(score) for score in row) for row in zip(*scores, strict=True)]


def _without_figures(shown, unscored):
    """Leave out what means nothing of a model that could not be scored."""
    meant = ("rank", "model")
    return {
        key: texts
        if key in meant
        else [
            "-" if failed and text != FAILED else text
            for text, failed in zip(texts, unscored, strict=True)
        ]
        for key, texts in shown.items()
    }


def cells(key, column):
    """Return the values of a column as text, rounded alike."""
    if key in _TEXT:
        return column
    digits = _digits(key, column)
    return [_cell(key, value, digits) for value in column]


def _cell(key, value, digits):
    if value is None or math.isnan(value):
        return FAILED if key.startswith("score") and "_low" not in key else "-"
    return f"{value:{digits}}"


def _interval(low, high):
    return low if low == "-" else f"{low} to {high}"


def _digits(key, column):
    """Return how the numbers of a column are written, so that all of them tell something."""
    if key.startswith(("seconds", "p_best", "mean_rank")):
        return ".2f"
    if not key.startswith("score"):
        return "g"
    largest = max((abs(value) for value in column if math.isfinite(value)), default=0.0)
    return ".4f" if 0.1 <= largest < 1e6 else ".5g"


def _rows_in_full(columns):
    """Return the rows, with None for a number that there is not."""
    return [
        [None if isinstance(value, float) and math.isnan(value) else value for value in row]
        for row in zip(*columns.values(), strict=True)
    ]


def _escaped(cell):
    """Keep a cell of Markdown one cell."""
    return " ".join(cell.replace("\\", "\\\\").replace("|", "\\|").split())
