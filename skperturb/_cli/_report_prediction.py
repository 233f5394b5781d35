"""The part of a report about predicted accuracies: a picture, and what history changed."""

from html import escape
from typing import NamedTuple

from skperturb._cli._formats import FAILED, ShownColumn
from skperturb._cli._prediction import describe_decision, describe_source
from skperturb._cli._report import capitalize, frame_plot
from skperturb._cli._report_table import format_heads_and_rows
from skperturb._cli._run import failures_of, warnings_of

_SECTION = """<section id="prediction">
<h2>Predicted accuracies</h2>
<p class="summary">{source}</p>
<div class="wide">
<table id="predictions">
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<p class="about">{legend}</p>
<div class="plot">{plot}</div>
</section>"""
_LEGEND = (
    "Highest prediction first. A line is a {level:g} % interval, all lines on one scale; p_best is "
    "the probability of being the best of these models; moved is what history and measurements "
    "change in the rank by metrics."
)


class PredictionPart(NamedTuple):
    """What a report says of a prediction; only `section` is HTML."""

    verdict: str
    section: str
    notes: list[str]


def format_prediction(run, prediction, plot):
    """Return the part of a report. `plot` is an SVG element, None where there is no matplotlib."""
    failures, level = failures_of(run), run.selector.confidence_level
    heads, rows = format_heads_and_rows(
        _shown_columns(prediction.columns, failures),
        *(failures, warnings_of(run), level),
        tags=_tag_models(prediction),
    )
    section = _SECTION.format(
        source=escape(capitalize(describe_source(prediction))),
        heads=heads,
        rows=rows,
        legend=_LEGEND.format(level=100 * level),
        plot=frame_plot(plot),
    )
    verdict = " ".join(map(capitalize, describe_decision(run, prediction)))
    return PredictionPart(verdict, section, prediction.notes)


def _tag_models(prediction):
    """Return which models are measured, and which is suggested next, by name."""
    posterior = prediction.posterior
    tags = {
        name: "measured"
        for name, is_measured in zip(posterior.names, posterior.measured, strict=True)
        if is_measured
    }
    return tags | dict.fromkeys(posterior.suggest(), "fine-tune next")


def _shown_columns(columns, failures):
    """Return the columns as a person looks at them, the rank by metrics beside the new one."""
    bounds = columns["low"], columns["high"]
    intervals = [f"{low:.3f} to {high:.3f}" for low, high in zip(*bounds, strict=True)]
    past = columns["past_tasks"]
    return [
        ShownColumn("rank", "rank", list(map(str, columns["rank"])), columns["rank"]),
        ShownColumn("model", "model", columns["model"], columns["model"]),
        _show_numbers("predicted", "predicted", columns["predicted"], ".3f"),
        ShownColumn("interval", "predicted_low", intervals, columns["predicted"], bounds),
        _show_numbers("p_best", "probability_best", columns["p_best"], ".2f"),
        *_show_ranks_by_metrics(columns, failures),
        ShownColumn("past tasks", "past_tasks", list(map(str, past)), past),
    ]


def _show_numbers(head, quantity, values, digits):
    return ShownColumn(head, quantity, [f"{value:{digits}}" for value in values], values)


def _show_ranks_by_metrics(columns, failures):
    """Return the ranks by metrics, and how far each model moved; failed ones have none."""
    ranks = columns["rank_by_metrics"]
    moves = [old - new for old, new in zip(ranks, columns["rank"], strict=True)]
    scored = [name not in failures for name in columns["model"]]
    texts = [
        (str(rank), _describe_move(move)) if is_scored else (FAILED, "-")
        for rank, move, is_scored in zip(ranks, moves, scored, strict=True)
    ]
    yield ShownColumn("rank by metrics", "rank_by_metrics", [each[0] for each in texts], ranks)
    yield ShownColumn("moved", "moved", [each[1] for each in texts], moves)


def _describe_move(places):
    if not places:
        return "0"
    return f"{'up' if places > 0 else 'down'} {abs(places)}"
