"""Panels: the bump chart of the ranks and the curves of the scores."""

import numpy as np

from skperturb.evaluation import weighted_kendall_tau
from skperturb.plotting import _lines
from skperturb.plotting._chart_layout import assign_rows, rank_models, separate_labels

_LEAD = 0.02  # between the end of a line and its name, as a share of the axis
_MEASURED = 0.16  # between the last strength and the measured column, likewise
_ROUNDING = 1e-9  # scores that differ by less, relative to the largest, are equal
_SQUEEZE = 1.35  # heights of a label that two names lie apart


def draw_ranks(ax, look, chart, kwargs):
    """Draw the bump chart, names at the right end in the order of the last column."""
    positions = _lines.axis_positions(chart.strengths, look.scale)
    failed = np.isnan(chart.scores)
    rows = assign_rows(chart.scores, chart.ranks)
    _lines.draw_lines(ax, look, positions, np.where(failed, np.nan, rows), chart.names, kwargs)
    _lines.draw_crosses(ax, look, positions, rows, failed)
    _lines.style_axes(ax, look, positions, chart)
    end, notes = positions[-1], _failed_notes(failed[-1])
    if chart.accuracies is not None:
        end = end + _MEASURED * np.ptp(positions)
        rows, notes = _draw_measured(ax, look, chart, rows, (positions[-1], end))
    heights = np.empty(len(chart.names))
    heights[np.lexsort(rows)] = np.arange(len(heights)) + 1  # ties by the columns before
    spare = _LEAD * np.ptp(positions)
    _lines.draw_names(ax, look, ((end, end, spare), rows[-1]), heights, chart.names, notes)
    # Downward, with half a row at either end for the names.
    ax.set_ylim(len(heights) + 0.6, 0.4)
    ax.set_yticks(rank_ticks(len(heights)))
    ax.set_ylabel("rank")


def _draw_measured(ax, look, chart, rows, ends):
    """Draw the column of the accuracies; return the rows with it, and what the names say."""
    missing = np.isnan(chart.accuracies)
    column = rank_models(chart.accuracies[None])[0]
    # Those without an accuracy stand below the others, in the order that they had.
    column[missing] = np.sum(~missing) + 1 + rows[-1, missing].argsort().argsort()
    rows = np.vstack([rows, column])
    _lines.draw_links(ax, look, ends, rows[-2:], ~missing)
    _lines.add_column(ax, _lines.to_axis(look, ends[1]), chart.accuracy_name)
    # Shares of 1, or per cent.
    digits = 3 if np.nanmax(np.abs(chart.accuracies)) <= 1 else 1
    said = [f"  {each:.{digits}f}" for each in chart.accuracies]
    return rows, np.where(missing, ", not measured", said)


def _failed_notes(failed):
    return np.where(failed, ", failed", "")


def rank_ticks(n_models):
    """Return the ranks that are written: the first, the last and some between."""
    step = next(step for step in (1, 5, 10, 20, 50, 100, 10**6) if n_models <= 8 * step)
    between = [rank for rank in range(step, n_models, step) if 1 < rank <= n_models - step / 2]
    return [1, *between, n_models] if n_models > 1 else [1]


def draw_scores(ax, look, chart, kwargs, *, relative, named):
    """Draw the scores against the strength, names at the right end where `named`."""
    positions = _lines.axis_positions(chart.strengths, look.scale)
    finite = np.where(np.isfinite(chart.scores), chart.scores, np.nan)
    values = relative_scores(chart.scores) if relative else finite
    _lines.draw_lines(ax, look, positions, values, chart.names, kwargs)
    _lines.style_axes(ax, look, positions, chart)
    tail = ", standard deviations from mean" if relative else ""
    ax.set_ylabel(f"{chart.score_name}{tail}")
    ax.grid(axis="y", color="0.93", linewidth=0.8)
    if named:
        _name_scores(ax, look, chart, positions, values[-1])


def _name_scores(ax, look, chart, positions, ends):
    """Write the names near the ends of the lines, the failed ones at the bottom."""
    low, high = ax.get_ylim()
    gap = _SQUEEZE * look.font / _lines.axes_height(ax) * (high - low)
    failed = np.isnan(chart.scores[-1])
    heights = separate_labels(np.where(np.isnan(ends), low, ends), gap, low, high)
    ends = np.where(np.isnan(ends), heights, ends)
    end, spare = positions[-1], 2 * _LEAD * np.ptp(positions)
    notes = _failed_notes(failed)
    _lines.draw_names(ax, look, ((end, end, spare), ends), heights, chart.names, notes)
    # The heights of the names hold for these limits only.
    ax.set_ylim(low, high)


def relative_scores(scores):
    """Return scores minus their mean at the same strength, in standard deviations."""
    known = np.isfinite(scores)
    n_known = np.maximum(known.sum(axis=1, keepdims=True), 1)
    values = np.where(known, scores, 0.0)
    centred = np.where(known, values - values.sum(axis=1, keepdims=True) / n_known, 0.0)
    scale = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n_known)
    differ = scale > _ROUNDING * np.abs(values).max(axis=1, keepdims=True)
    relative = np.divide(centred, scale, out=np.zeros_like(centred), where=differ)
    return np.where(known, relative, np.nan)


def write_agreement(ax, look, chart):
    """Write above every strength how well the ranks agree with what was measured."""
    # Rounded first: what reads the same is equally bold.
    taus = np.round([weighted_kendall_tau(chart.accuracies, row) for row in chart.scores], 2)
    positions = _lines.axis_positions(chart.strengths, look.scale)
    figures = _lines.thin_labels([f"{tau:.2f}" for tau in taus])
    for x, tau, figure in zip(_lines.to_axis(look, positions), taus, figures, strict=True):
        best = {"color": "black", "fontweight": "bold"} if tau == taus.max() else {}
        style = {"ha": "center", "fontsize": look.font, "color": _lines.SOFT} | best
        ax.text(x, 1.015, figure, transform=ax.get_xaxis_transform(), **style)
    title = f"weighted Kendall tau with {chart.accuracy_name}"
    style = {"fontsize": look.font, "color": _lines.SOFT}
    ax.set_title(title, loc="left", pad=2 * look.font, **style)
