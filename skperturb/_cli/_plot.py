"""Plot: a ranking, or a prediction, drawn without a display, for a file or for a page."""

import io
import re
import warnings
from contextlib import contextmanager
from typing import Any

from skperturb._cli._prediction_plot import prediction_figure, put_title
from skperturb._cli._run_metadata import metric_titles

# Stand-ins, which nothing else in the drawing has: on a page they become its own colours, so
# that the plot follows it into the dark.
_INK = "#010203"
_INKED = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
_PAGE_COLOURS = {
    _INK: "var(--ink)",
    "#e6e6e6": "var(--line)",
    "#737373": "var(--soft)",
    "#1f77b4": "var(--mark)",
    "#4d4d4d": "var(--soft)",
}
_MOST_IN_FILE, _MOST_ON_PAGE = 100, 40  # rows, of which more would be no picture


def save_plot(run, prediction, path):
    """Draw the best models of a run to a file, by what is predicted where there is a prediction."""
    with _plain_names():
        if prediction is None:
            figure = ranking_figure(run, _MOST_IN_FILE)
        else:
            figure = prediction_figure(run, prediction, _MOST_IN_FILE)
        figure.savefig(path, dpi=150)


def ranking_svg(run):
    """Return the ranking as an SVG element, None without matplotlib."""
    return _draw_svg(ranking_figure, run)


def prediction_svg(run, prediction):
    """Return the prediction as an SVG element, None without matplotlib."""
    return _draw_svg(prediction_figure, run, prediction)


def _draw_svg(draw, *args):
    """Return what `draw` draws of the models that a page has room for."""
    try:
        import matplotlib  # noqa: F401 (asked only whether it is there)
    except ImportError:
        return None
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    file = io.StringIO()
    # matplotlib's ids are random without a salt, and the same run would give another page.
    with _plain_names(dict.fromkeys(_INKED, _INK) | {"svg.hashsalt": "skperturb"}):
        figure = draw(*args, _MOST_ON_PAGE)
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    svg = file.getvalue()
    for stand_in, colour in _PAGE_COLOURS.items():
        svg = svg.replace(stand_in, colour)
    # Two drawings on one page would number their groups alike, and nothing refers to these.
    return re.sub(r'<g id="[^"]*_\d+"', "<g", svg[svg.index("<svg") :])


def ranking_figure(run, most):
    """Draw the `most` best models, one panel per metric, on a figure that no display knows."""
    from matplotlib.figure import Figure

    from skperturb.plotting._dots import figure_size

    selector, titles = run.selector, metric_titles(run.selector.metrics_)
    shown = selector.ranking_[:most]
    n_panels = len(titles) + (run.accuracies is not None)
    width, height = figure_size(len(shown), 1)
    figure = Figure(figsize=(width + 3.0 * (n_panels - 1), height), layout="constrained")
    panels = figure.subplots(1, n_panels, sharey=True, squeeze=False)[0]
    for i, (metric, title) in enumerate(zip(selector.metric_names_, titles, strict=True)):
        is_last = i == len(titles) - 1
        display = _display(run, metric, title, shown, with_accuracies=is_last)
        display.plot(ax=panels[i:] if is_last else panels[i])
    for axes in panels:
        axes.locator_params(axis="x", nbins=5)  # long names leave the axis little room
        axes.tick_params(labelleft=axes is panels[0])
    put_title(figure, run, len(shown))
    return figure


@contextmanager
def _plain_names(settings=None):
    """Take names for what they are: no formula, and no warning where a font lacks a letter."""
    from matplotlib import rc_context

    plain: dict[Any, Any] = {"text.parse_math": False, **(settings or {})}
    with rc_context(plain), warnings.catch_warnings(action="ignore"):
        yield


def _display(run, metric, title, shown, *, with_accuracies):
    """Return the display of one metric, of the shown models alone."""
    from skperturb.plotting import RankingDisplay
    from skperturb.plotting._display_data import intervals_of_metric, scores_of_metric

    selector = run.selector
    order = [selector.names_.index(name) for name in shown]
    intervals = intervals_of_metric(selector, metric)
    return RankingDisplay(
        names=shown,
        scores=scores_of_metric(selector, metric)[order],
        ranks=selector.ranks_[order],
        intervals=None if intervals is None else intervals[:, order],
        score_name=title,
        accuracies=run.accuracies if with_accuracies else None,
    )
