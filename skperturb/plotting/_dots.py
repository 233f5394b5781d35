"""A column of dots: one value per row, the first on top."""

import numpy as np

WIDTHS = {1: 6.0, 2: 8.5}
ROW_HEIGHT = 0.27


def figure_size(n_rows, n_panels):
    """Width and height, in inches, of a figure with that many rows and panels."""
    return WIDTHS[n_panels], 1.1 + ROW_HEIGHT * n_rows


def draw_dots(ax, values, absent, kwargs):
    """Draw one dot per row, the first on top, and a word where there is no value."""
    rows = np.arange(len(values))
    ax.plot(values, rows, **{"marker": "o", "markersize": 6, "linestyle": "none", **kwargs})
    for row in rows[np.isnan(values)]:
        ax.annotate(
            absent,
            (0.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            color="0.45",
            fontsize="small",
            fontstyle="italic",
        )
    # Downward: the first row is the best.
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.margins(x=0.06)
    ax.set_axisbelow(True)
    ax.grid(color="0.9", linewidth=0.8)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def draw_intervals(ax, intervals, colour):
    """Draw one line per row, from the lowest to the highest of `intervals`, `(2, n_rows)`."""
    rows = np.arange(intervals.shape[1])
    ax.hlines(rows, *intervals, color=colour, alpha=0.35, linewidth=4, zorder=1)
