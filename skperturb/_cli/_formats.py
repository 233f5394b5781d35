"""Formats: a ranking as text, for people and for programs. Best first, always."""

import csv
import io
import json
import math
from html import escape
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata

from skperturb._cli._accuracies import static_scores
from skperturb._cli._run_metadata import run_metadata, versions
from skperturb._cli._terminal import format_table, printable
from skperturb.selection._provenance import spell_out
from skperturb.selection._results import TEXTS, place_column

FAILED = "failed"
_BOUNDS = {"score_low": ("score", "score_high"), "rank_low": ("rank", "rank_high")}
_HIDDEN = (*TEXTS[1:], "score_high", "rank_high", "seconds", "seconds_shared")
_FROM_FILES = ("accuracy", "static_rank", "info")  # known of models that no metric could score
_FORMULAS = ("=", "+", "-", "@")  # what a spreadsheet computes where a cell begins with it


class RankedColumn(NamedTuple):
    """The values of one column as Python has them, the best model on top."""

    name: str
    quantity: str
    metric: str | None
    values: list


class ShownColumn(NamedTuple):
    """A column that a person looks at: its cells as text, and what they were made of."""

    head: str
    quantity: str
    texts: list
    values: list
    bounds: Any = None


def rank_columns(run):
    """Return all columns of a run, in the order in which programs get them."""
    selector = run.selector
    order = [selector.names_.index(name) for name in selector.ranking_]
    columns = [
        RankedColumn(name, quantity, metric, np.asarray(selector.results_[name])[order].tolist())
        for name, quantity, metric in selector.results_schema_
    ]
    return sorted([*columns, *_columns_from_files(run, columns)], key=place_column)


def _columns_from_files(run, columns):
    """Yield the columns that a selector does not know: accuracies, static order, information."""
    names, taken = run.selector.ranking_, {column.name for column in columns}
    if run.measured is not None:
        measured = [run.measured.accuracies.get(name, math.nan) for name in names]
        yield RankedColumn("accuracy", "accuracy", None, measured)
    static = static_scores(run)
    if static is not None:
        ranks = rankdata([-static[name] for name in names], method="min", nan_policy="omit")
        ranks = [each if math.isnan(each) else int(each) for each in ranks.tolist()]
        yield RankedColumn("static_rank", "static_rank", None, ranks)
    taken |= {"accuracy", "static_rank"}
    for name, numbers in run.info.items():
        unique = f"info_{name}" if name in taken else name
        yield RankedColumn(unique, "info", None, [numbers.get(each, math.nan) for each in names])


def shown_columns(columns):
    """Return what a person looks at: rounded, an interval in one cell, no warnings."""
    by_quantity = {(each.quantity, each.metric): each for each in columns}
    shown = []
    for column in columns:
        if column.quantity in _BOUNDS:
            middle, high = (by_quantity[key, column.metric] for key in _BOUNDS[column.quantity])
            shown.append(_show_interval(column, middle, high))
        elif column.quantity not in _HIDDEN:
            shown.append(
                ShownColumn(column.name, column.quantity, format_cells(column), column.values)
            )
    seconds = _sum_seconds(columns)
    shown.append(ShownColumn("seconds", "seconds", format_cells(seconds), seconds.values))
    return _blank_unscored(shown, columns)


def as_table(run):
    """Lay out what a person looks at."""
    shown = shown_columns(rank_columns(run))
    texts = zip(*(column.texts for column in shown), strict=True)
    return format_table([[column.head for column in shown], *map(list, texts)], left=(1,))


def as_csv(run):
    """Write all columns, numbers in full; nothing where there is no number."""
    columns = rank_columns(run)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(guard_cell(column.name) for column in columns)
    writer.writerows(map(guard_cell, row) for row in _iter_rows(columns))
    return text.getvalue().rstrip("\n")


def as_json(run):
    """Write the run and one object per model, numbers in full, null where there is none."""
    columns, selector = rank_columns(run), run.selector
    names = [column.name for column in columns]
    whole = {
        "title": run.title,
        "task": run.labels.task,
        "labels": {"read_from": run.labels.where, "n_rows": len(run.labels.y)},
        "n_rows_scored": len(selector.sample_indices_),
        "metrics": {name: spell_out(each) for name, each in selector.metrics_.items()},
        "n_resamples": selector.n_resamples,
        "confidence_level": selector.confidence_level,
        "random_state": selector.random_state,
        "summary": selector.summary(),
        "digest": selector.results_["digest"][0],
        "versions": versions(),
        "command": dict(run_metadata(run))["Command"],
        "models": [dict(zip(names, row, strict=True)) for row in _iter_rows(columns)],
    }
    return json.dumps(whole, indent=2)


def as_markdown(run):
    """Write all columns, rounded, as a table of Markdown."""
    columns = [each for each in rank_columns(run) if each.quantity not in ("metric", "digest")]
    marks = ["---" if column.quantity in TEXTS else "---:" for column in columns]
    rows = zip(*map(format_cells, columns), strict=True)
    lines = [[column.name for column in columns], marks, *rows]
    return "\n".join("| " + " | ".join(map(escape_markdown, line)) + " |" for line in lines)


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json, "markdown": as_markdown}


def format_cells(column):
    """Return the values of a column as text, rounded alike."""
    if column.quantity in TEXTS:
        return column.values
    digits = _choose_digits(column)
    return [_format_cell(column.quantity, value, digits) for value in column.values]


def _show_interval(low, middle, high):
    digits = _choose_digits(middle)
    texts = [
        "-" if math.isnan(ends[0]) else f"{ends[0]:{digits}} to {ends[1]:{digits}}"
        for ends in zip(low.values, high.values, strict=True)
    ]
    bounds = low.values, high.values
    return ShownColumn(f"{middle.name} interval", low.quantity, texts, middle.values, bounds)


def _sum_seconds(columns):
    """Return the time that each model took, by all metrics and by what they share."""
    found = [each.values for each in columns if each.quantity in ("seconds", "seconds_shared")]
    return RankedColumn("seconds", "seconds", None, np.nansum(found, axis=0).tolist())


def _blank_unscored(shown, columns):
    """Leave out what means nothing of a model that no metric could score."""
    scores = [column.values for column in columns if column.quantity == "score"]
    unscored = [all(map(math.isnan, row)) for row in zip(*scores, strict=True)]
    return [
        column
        if column.quantity in ("rank", "model", *_FROM_FILES)
        else column._replace(
            texts=[
                "-" if is_unscored and text != FAILED else text
                for text, is_unscored in zip(column.texts, unscored, strict=True)
            ]
        )
        for column in shown
    ]


def _format_cell(quantity, value, digits):
    if value is None or math.isnan(value):
        return FAILED if quantity == "score" else "-"
    return f"{value:{digits}}"


def _choose_digits(column):
    """Return how the numbers of a column are written, so that all of them tell something."""
    if column.quantity in ("seconds", "seconds_shared", "p_best", "mean_rank"):
        return ".2f"
    if column.quantity not in ("score", "score_low", "score_high"):
        return "g"
    finite = [abs(value) for value in column.values if math.isfinite(value)]
    return ".4f" if 0.1 <= max(finite, default=0.0) < 1e6 else ".5g"


def _iter_rows(columns):
    """Yield the rows, with None for a number that there is not."""
    for row in zip(*(column.values for column in columns), strict=True):
        yield [None if isinstance(each, float) and math.isnan(each) else each for each in row]


def guard_cell(cell):
    """Keep a text from commanding a terminal, or a spreadsheet that opens the file."""
    if not isinstance(cell, str):
        return cell
    text = printable(" ".join(cell.split()) if "\n" in cell else cell)
    return f"'{text}" if text.startswith(_FORMULAS) else text


def escape_markdown(cell):
    """Keep a cell one cell, and its text text."""
    text = escape(printable(" ".join(cell.split())), quote=False)
    return "".join(f"\\{each}" if each in "\\|`*_[]" else each for each in text)
