"""Report: a run as one HTML page that needs no other file and no network."""

from html import escape
from importlib.resources import files
from string import Template

from skperturb._cli._accuracies import describe_agreement
from skperturb._cli._formats import rank_columns, shown_columns
from skperturb._cli._report_table import format_heads_and_rows
from skperturb._cli._run import failures_of, warnings_of
from skperturb._cli._run_metadata import describe_rows, run_metadata
from skperturb.selection._provenance import metric_titles

_LEGEND = "Best first; a click on a head sorts by its column. Larger scores are better."
_LEGEND_OF_INTERVALS = (
    " A line is a {level:g} % interval for other rows of this task, from the scores of resampled "
    "ones, all lines of a column on one scale; p_best is how often a model would come first."
)
_NO_PLOT = '<p class="about">No plot: matplotlib is not installed (the extra "plot").</p>'


def format_report(run, plot, prediction=None):
    """
    Return the page.

    `plot` is an SVG element, None where there is no matplotlib; `prediction` what is said of
    predicted accuracies, if there are any.
    """
    selector = run.selector
    heads, rows = format_heads_and_rows(
        shown_columns(rank_columns(run)),
        failures_of(run),
        warnings_of(run),
        selector.confidence_level,
    )
    metrics = ", ".join(metric_titles(selector.metrics_))
    template = files("skperturb._cli").joinpath("report.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(run.title or _default_title(selector)),
        about=escape(f"By {metrics} on {describe_rows(run)}, {run.started:%d %B %Y}"),
        verdict=escape(prediction.verdict if prediction else _verdict(run)),
        prediction=prediction.section if prediction else "",
        ranking_head="Ranking by metrics alone" if prediction else "Ranking",
        summary=f'<p class="summary">{escape(_verdict(run))}</p>' if prediction else "",
        heads=heads,
        rows=rows,
        legend=_legend(selector),
        sections="\n".join(_iter_sections(run, plot, prediction.notes if prediction else ())),
        facts="\n".join(
            f"<dt>{escape(head)}</dt><dd>{escape(text)}</dd>" for head, text in run_metadata(run)
        ),
    )


def _default_title(selector):
    n_models = len(selector.names_)
    return f"Ranking of {n_models:,} model{'' if n_models == 1 else 's'}"


def _verdict(run):
    """Return the summary and, where accuracies are known, what it was worth."""
    if run.measured is None:
        return run.selector.summary()
    return f"{run.selector.summary()} {capitalize(describe_agreement(run))}"


def capitalize(sentence):
    """Begin a sentence with a capital; names within it keep theirs."""
    return sentence[:1].upper() + sentence[1:]


def _legend(selector):
    if not selector.n_resamples:
        return _LEGEND
    return _LEGEND + _LEGEND_OF_INTERVALS.format(level=100 * selector.confidence_level)


def _iter_sections(run, plot, extra_notes):
    """Yield what stands between the ranking and the metadata, where there is something to say."""
    failures = list(failures_of(run).items())
    notes = [*run.warnings, *([run.labels.note] if run.labels.note else []), *extra_notes]
    warnings = [*warnings_of(run).items(), *(("", each) for each in notes)]
    if failures:
        yield _section("failures", "Models that could not be scored", _list_notes(failures))
    if warnings:
        yield _section("warnings", "Warnings", _list_notes(warnings))
    yield _section("plot", "Plot", frame_plot(plot))


def frame_plot(plot):
    """Return a plot that can be scrolled where it is too wide, or why there is none."""
    return _NO_PLOT if plot is None else f'<div class="wide">{plot}</div>'


def _section(name, head, content):
    return f'<section id="{name}" class="{name}">\n<h2>{head}</h2>\n{content}\n</section>'


def _list_notes(notes):
    """List notes, each behind the model that it is about."""
    items = [
        f"<li>{f'<b>{escape(name)}</b>: ' if name else ''}{escape(note)}</li>"
        for name, note in notes
    ]
    return "\n".join(["<ul>", *items, "</ul>"])
