"""The table of a report: cells that sort, and intervals drawn as lines."""

import math
from html import escape

from skperturb._cli._tables import FAILED, INTERVAL, shown_cells

_BEST_IS_HIGH = ("score", "p_best")
_HINTS = {
    "rank interval": "where it stands on 95 % of the resamples",
    "p_best": "share of the resamples on which it came first",
    "seconds": "time that its scoring took",
}


def heads_and_rows(columns, failures, warnings):
    """Return the heads and the rows of the ranking as HTML."""
    shown = shown_cells(columns)
    models = [
        _model_cell(name, failures.get(name), warnings.get(name)) for name in columns["model"]
    ]
    drawn = {
        key: models if key == "model" else list(_cells(key, columns, texts))
        for key, texts in shown.items()
    }
    marks = [' class="failed"' if name in failures else "" for name in columns["model"]]
    rows = [
        f"<tr{mark}>{''.join(row)}</tr>" for mark, *row in zip(marks, *drawn.values(), strict=True)
    ]
    return "".join(map(_head, drawn)), "\n".join(rows)


def _head(key):
    """Return a head that can be clicked; the table comes sorted by rank."""
    attributes = ' aria-sort="ascending"' if key == "rank" else ""
    attributes += ' data-best="high"' if key.startswith(_BEST_IS_HIGH) else ""
    attributes += ' class="text"' if key == "model" or INTERVAL in key else ""
    hint = f' title="{_HINTS[key]}"' if key in _HINTS else ""
    return f'<th scope="col"{attributes}><button type="button"{hint}>{escape(key)}</button></th>'


def _cells(key, columns, texts):
    """Yield the cells of a column of figures, an interval also as a line."""
    head = f' data-head="{escape(key)}"'
    tracks = [""] * len(texts)
    values = columns.get(key)
    if INTERVAL in key:
        values, highs = (columns[_bound(key, end)] for end in ("low", "high"))
        tracks = _tracks(values, columns[key.removesuffix(INTERVAL)], highs)
        head += ' class="interval"'
    for text, value, track in zip(texts, values, tracks, strict=True):
        known = text not in ("-", FAILED)
        sort_key = repr(value) if known else ""
        yield f'<td{head} data-key="{sort_key}">{track if known else ""}{escape(text)}</td>'


def _bound(key, end):
    """Return the column of one end of an interval: score_low_knn of the head score_knn interval."""
    kind, *metric = key.removesuffix(INTERVAL).split("_", maxsplit=1)
    return "_".join([kind, end, *metric])


def _model_cell(name, failure, warning):
    """Return the name, and a mark where there is more to read about the model."""
    anchor, note = ("failures", failure) if failure else ("warnings", warning)
    mark = f' <a href="#{anchor}" title="{escape(note)}">!</a>' if note else ""
    return f'<td class="text" data-key="{escape(name)}">{escape(name)}{mark}</td>'


def _tracks(lows, values, highs):
    """Draw each interval as a line and its value as a dot, on rails of one scale, 4 to 96."""
    known = [value for value in (*lows, *values, *highs) if math.isfinite(value)]
    start, length = min(known, default=0.0), (max(known, default=0.0) - min(known, default=0.0))
    return [
        _track(*(4 + 92 * (each - start) / (length or 1.0) for each in row))
        for row in zip(lows, values, highs, strict=True)
    ]


def _track(low, value, high):
    return (
        '<svg class="track" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<line class="rail" x1="0" y1="6" x2="100" y2="6"/>'
        f'<line x1="{low:.1f}" y1="6" x2="{high:.1f}" y2="6"/>'
        f'<line class="dot" x1="{value:.1f}" y1="6" x2="{value:.1f}" y2="6"/></svg>'
    )
