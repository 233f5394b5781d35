"""The table of a report: cells that sort, and intervals drawn as lines."""

import math
from html import escape

from skperturb._cli._formats import FAILED

_BEST_IS_HIGH = (
    *("score", "score_low", "p_best", "accuracy"),
    *("predicted", "predicted_low", "probability_best", "moved", "past_tasks"),
)
_HINTS = {
    "rank_low": "where it would stand on other rows, with {level:g} % confidence",
    "p_best": "how often it would come first on other rows",
    "seconds": "time that its scoring took",
    "accuracy": "as it was measured, from a file",
    "static_rank": "rank by the mean rank on other tasks, which looks at no features",
    "info": "from a file",
    "predicted": "accuracy that is expected, or was measured",
    "predicted_low": "interval that holds the accuracy with a probability of {level:g} %",
    "probability_best": "probability of being the best of these models",
    "moved": "places up or down from the rank by metrics",
    "past_tasks": "tasks on which the model was measured before",
}


def format_heads_and_rows(shown, failures, warnings, confidence_level, tags=None):
    """Return the heads and the rows of shown columns as HTML, a tag beside some of the names."""
    tags = tags or {}
    names = next(column.values for column in shown if column.quantity == "model")
    cells = [
        [
            _model_cell(name, failures.get(name), warnings.get(name), tags.get(name))
            for name in names
        ]
        if column.quantity == "model"
        else list(_iter_cells(column))
        for column in shown
    ]
    marks = [' class="failed"' if name in failures else "" for name in names]
    rows = [f"<tr{mark}>{''.join(row)}</tr>" for mark, *row in zip(marks, *cells, strict=True)]
    heads = [_head(column, 100 * confidence_level) for column in shown]
    return "".join(heads), "\n".join(rows)


def _head(column, level):
    """Return a head that can be clicked; the table comes sorted by rank."""
    attributes = ' aria-sort="ascending"' if column.head == "rank" else ""
    attributes += ' data-best="high"' if column.quantity in _BEST_IS_HIGH else ""
    attributes += ' class="text"' if column.quantity == "model" or column.bounds else ""
    hint = _HINTS.get(column.quantity, "").format(level=level)
    title = f' title="{hint}"' if hint else ""
    return (
        f'<th scope="col"{attributes}><button type="button"{title}>'
        f"{escape(column.head)}</button></th>"
    )


def _iter_cells(column):
    """Yield the cells of a column of figures, an interval also as a line."""
    head = f' data-head="{escape(column.head)}"'
    tracks, keys = [""] * len(column.texts), column.values
    if column.bounds:
        keys, highs = column.bounds
        tracks = _draw_tracks(keys, highs, column.values)
        head += ' class="interval"'
    for text, key, track in zip(column.texts, keys, tracks, strict=True):
        is_known = text not in ("-", FAILED)
        # In full: rounded cells would tie.
        sort_key = repr(key) if is_known else ""
        yield f'<td{head} data-key="{sort_key}">{track if is_known else ""}{escape(text)}</td>'


def _model_cell(name, failure, warning, tag):
    """Return the name, its tag, and a mark where there is more to read about the model."""
    anchor, note = ("failures", failure) if failure else ("warnings", warning)
    mark = f' <a href="#{anchor}" title="{escape(note)}">!</a>' if note else ""
    mark += f' <span class="tag">{escape(tag)}</span>' if tag else ""
    return f'<td class="text" data-key="{escape(name)}">{escape(name)}{mark}</td>'


def _draw_tracks(lows, highs, values):
    """Draw each interval as a line and its value as a dot, on rails of one scale, 4 to 96."""
    known = [value for value in (*lows, *values, *highs) if math.isfinite(value)]
    start, length = min(known, default=0.0), (max(known, default=0.0) - min(known, default=0.0))
    return [
        _draw_track(*(4 + 92 * (each - start) / (length or 1.0) for each in row))
        for row in zip(lows, values, highs, strict=True)
    ]


def _draw_track(low, value, high):
    return (
        '<svg class="track" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<line class="rail" x1="0" y1="6" x2="100" y2="6"/>'
        f'<line x1="{low:.1f}" y1="6" x2="{high:.1f}" y2="6"/>'
        f'<line class="dot" x1="{value:.1f}" y1="6" x2="{value:.1f}" y2="6"/></svg>'
    )
