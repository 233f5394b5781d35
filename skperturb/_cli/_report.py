"""Report: a run as one HTML page that needs no other file and no network."""

from html import escape
from importlib.resources import files
from string import Template

from skperturb._cli._facts import facts, metric_titles, rows_used
from skperturb._cli._report_table import heads_and_rows
from skperturb._cli._run import failures_of, warnings_of
from skperturb._cli._tables import ranked_columns

_LEGEND = "Best first; a click on a head sorts by its column. Larger scores are better."
_LEGEND_OF_INTERVALS = (
    " A line is a 95 % interval, from the scores of resampled rows, all lines of a "
    "column on one scale; p_best is how often a model came first."
)
_NO_PLOT = '<p class="about">No plot: matplotlib is not installed (the extra "plot").</p>'


def report_page(run, plot):
    """Return the page. `plot` is an SVG element, None where there is no matplotlib."""
    columns = ranked_columns(run.selector)
    heads, rows = heads_and_rows(columns, failures_of(run), warnings_of(run))
    metrics = ", ".join(metric_titles(run))
    uncertain = any("_low" in key for key in columns)
    template = files("skperturb._cli").joinpath("report.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(_title(run)),
        about=escape(f"By {metrics} on {rows_used(run)}, {run.started:%d %B %Y}"),
        verdict=escape(run.selector.summary()),
        heads=heads,
        rows=rows,
        legend=_LEGEND + (_LEGEND_OF_INTERVALS if uncertain else ""),
        sections="\n".join(_sections(run, plot)),
        facts="\n".join(
            f"<dt>{escape(head)}</dt><dd>{escape(text)}</dd>" for head, text in facts(run)
        ),
    )


def _title(run):
    n_models = len(run.selector.names_)
    return f"Ranking of {n_models:,} model{'' if n_models == 1 else 's'}"


def _sections(run, plot):
    """Yield what stands between the ranking and the facts, where there is something to say."""
    failures = list(failures_of(run).items())
    warnings = [*warnings_of(run).items(), *(("", each) for each in run.warnings)]
    if failures:
        yield _section("failures", "Models that could not be scored", _items(failures))
    if warnings:
        yield _section("warnings", "Warnings", _items(warnings))
    yield _section("plot", "Plot", _NO_PLOT if plot is None else f'<div class="wide">{plot}</div>')


def _section(name, head, content):
    return f'<section id="{name}" class="{name}">\n<h2>{head}</h2>\n{content}\n</section>'


def _items(notes):
    """List notes, each behind the model that it is about."""
    items = [
        f"<li>{f'<b>{escape(name)}</b>: ' if name else ''}{escape(note)}</li>"
        for name, note in notes
    ]
    return "\n".join(["<ul>", *items, "</ul>"])
