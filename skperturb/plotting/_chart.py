"""Chart: what a PerturbationDisplay draws, checked."""

from typing import NamedTuple

import numpy as np

from skperturb.plotting._chart_layout import choose_scale, find_notable, rank_models
from skperturb.plotting._display_data import check_accuracies, find_models
from skperturb.plotting._lines import PALETTE
from skperturb.plotting._strengths import check_strengths

SCALES = ("auto", "linear", "log", "even")


class Chart(NamedTuple):
    """Strengths in ascending order, scores and ranks `(n_strengths, n_models)`, the labels."""

    strengths: np.ndarray
    scores: np.ndarray
    ranks: np.ndarray
    names: list
    accuracies: np.ndarray | None
    param_name: str
    score_name: str
    accuracy_name: str


def check_chart(display):
    """Return what a display draws, or say which of its arrays does not fit."""
    strengths = np.array(check_strengths(display.param_range), dtype=np.float64)
    names = list(display.names)
    scores = np.asarray(display.scores, dtype=np.float64)
    if not names or scores.shape != (len(strengths), len(names)):
        msg = (
            "`scores` of PerturbationDisplay must have a row per strength and a column per "
            f"model, ({len(strengths)}, {len(names)}), got shape {scores.shape}."
        )
        raise ValueError(msg)
    order = np.argsort(strengths)
    scores = scores[order]
    return Chart(
        strengths[order],
        scores,
        rank_models(scores),
        names,
        check_accuracies(display, display.accuracies, names),
        display.param_name,
        display.score_name,
        display.accuracy_name,
    )


def check_choice(name, value, options):
    """Return an argument if it is one of the options."""
    if not (isinstance(value, str) and value in options):
        choices = " or ".join(map(repr, options))
        msg = f"`{name}` of PerturbationDisplay must be {choices}, got {value!r}."
        raise ValueError(msg)
    return value


def choose_axis_scale(xscale, chart):
    """Return how the axis of the strengths is scaled."""
    if check_choice("xscale", xscale, SCALES) == "auto":
        return choose_scale(chart.strengths)
    if xscale == "log" and chart.strengths[0] <= 0:
        msg = (
            "`xscale` of PerturbationDisplay must be 'linear' or 'even' for strengths of 0 or "
            f"below, got 'log' with {chart.strengths[0]:g}."
        )
        raise ValueError(msg)
    return xscale


def choose_colours(display, chart, highlight):
    """Return the colour of every model, None for the quiet ones."""
    if highlight is None:
        chosen = find_notable(chart.ranks, ~np.isnan(chart.scores), chart.accuracies)
    else:
        chosen = find_models(display, highlight, chart.names)
    places = {model: place for place, model in enumerate(chosen)}
    return [
        PALETTE[places[model] % len(PALETTE)] if model in places else None
        for model in range(len(chart.names))
    ]
