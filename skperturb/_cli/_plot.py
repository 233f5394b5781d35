"""Plot: a ranking, or a prediction, drawn without a display, for a file or for a page."""

import io
import math
import re
import warnings
from contextlib import contextmanager
from typing import Any

import numpy as np

from skperturb._cli._accuracies import static_scores
from skperturb._cli._prediction_plot import prediction_figure, put_title
from skperturb.selection._provenance import metric_titles

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
_STATIC = {"color": "tab:green"}
_MOST_COSTS, _COST_HEIGHT = 3, 3.5  # panels beside each other, and inches
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
    """Draw the `most` best models on a figure that no display knows.

    One panel per metric, and what was measured; below it the scores against what else is known.
    """
    from matplotlib.figure import Figure

    from skperturb.plotting._dots import draw_dots, figure_size

    shown = run.selector.ranking_[:most]
    static = static_scores(run)
    n_panels = len(run.selector.metric_names_) + (run.measured is not None) + (static is not None)
    width, height = figure_size(len(shown), 1)
    width, costs = width + 3.0 * (n_panels - 1), list(run.info.items())[:_MOST_COSTS]
    figure = Figure(figsize=(width, height + _COST_HEIGHT * bool(costs)), layout="constrained")
    above: Any = figure
    if costs:
        subfigures: Any = figure.subfigures(2, 1, height_ratios=(height, _COST_HEIGHT))
        above, below = subfigures
        _draw_costs(run, costs, below.subplots(1, len(costs), squeeze=False)[0])
    panels = above.subplots(1, n_panels, sharey=True, squeeze=False)[0]
    _draw_ranking(run, shown, panels)
    if static is not None:
        draw_dots(panels[-1], np.array([static[name] for name in shown]), "not known", _STATIC)
        panels[-1].set_xlabel("mean rank on other tasks")
        panels[-1].tick_params(labelleft=False)
    put_title(figure, run, len(shown))
    return figure


def _draw_ranking(run, shown, panels):
    """Draw the scores by each metric, and behind the last the measured accuracies."""
    selector, titles = run.selector, metric_titles(run.selector.metrics_)
    n_behind = 1 + (run.measured is not None)
    for i, (metric, title) in enumerate(zip(selector.metric_names_, titles, strict=True)):
        is_last = i == len(titles) - 1
        display = _display(run, metric, title, shown, with_accuracies=is_last)
        display.plot(ax=panels[i : i + n_behind] if is_last else panels[i])
    for axes in panels:
        axes.locator_params(axis="x", nbins=5)  # long names leave the axis little room
        axes.tick_params(labelleft=axes is panels[0])


def _draw_costs(run, costs, panels):
    """Draw the scores of all models against each column of information on them."""
    from skperturb.plotting import CostDisplay

    selector = run.selector
    is_lone = len(selector.metric_names_) == 1
    score_name = metric_titles(selector.metrics_)[0] if is_lone else None
    for (name, numbers), axes in zip(costs, panels, strict=True):
        known = [numbers.get(each, math.nan) for each in selector.names_]
        failed = selector.failed_.reshape(len(known), -1).any(axis=1)
        if np.isnan(np.where(failed, np.nan, known)).all():
            axes.set_axis_off()  # of the models that were scored nothing is known
            continue
        CostDisplay.from_selector(selector, numbers, score_name=score_name, cost_name=name, ax=axes)


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
        accuracies=run.measured.accuracies if with_accuracies and run.measured else None,
    )
