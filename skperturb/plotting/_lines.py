"""Lines: one per model against the strength, with its name at the right end."""

from typing import NamedTuple

import numpy as np

from skperturb.plotting._chart_layout import smooth_path

# Dark enough on white, and told apart by the colour-blind (Okabe and Ito).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
QUIET, SOFT = "0.78", "0.45"
_FONT = 9.0  # points
_WRITTEN = 11  # strengths that have room for a figure each
_FILLED = 0.72  # share of a row that its label may fill
_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 4}


class Look(NamedTuple):
    """How the lines are drawn: colour by model, None for the quiet ones; scale; label size."""

    colours: list
    scale: str
    font: float


def to_axis(look, positions):
    """Return positions as coordinates of the axis."""
    return np.exp(positions) if look.scale == "log" else positions


def axis_positions(strengths, scale):
    """Return where the strengths stand, so that equal gaps look equal."""
    if scale == "even":
        return np.arange(len(strengths), dtype=np.float64)
    strengths = np.asarray(strengths, dtype=np.float64)
    return np.log(strengths) if scale == "log" else strengths


def figure_size(n_models, n_panels):
    """Width and height, in inches, of a figure with that many models and panels."""
    return 3.1 + 4.5 * n_panels, max(3.2, 1.3 + 0.205 * n_models)


def font_size(ax, n_rows):
    """Return a size in points at which labels on `n_rows` rows do not touch."""
    return min(_FONT, _FILLED * axes_height(ax) / n_rows)


def axes_height(ax):
    """Return the height of the axes in points."""
    return 72 * ax.get_window_extent().height / ax.figure.dpi


def draw_lines(ax, look, positions, values, names, kwargs):
    """Draw a line per model, the quiet ones beneath; values are (n_strengths, n_models)."""
    for i in _bottom_up(look):
        colour = look.colours[i]
        x, y = smooth_path(positions, values[:, i])
        style = {"linewidth": 1.0, "color": QUIET, "markersize": 3.0, "zorder": 2}
        if colour is not None:
            style = {"linewidth": 2.4, "color": colour, "markersize": 6.0, "zorder": 3}
        # A curve has many points between two strengths, and a marker only at these.
        knots = (0, (len(x) - 1) // (len(positions) - 1))
        style |= {"marker": "o", "markevery": knots, "solid_capstyle": "round", "label": names[i]}
        ax.plot(to_axis(look, x), y, **{**style, **kwargs})


def draw_crosses(ax, look, positions, rows, failed):
    """Mark with a cross where a model could not be scored."""
    for i in np.flatnonzero(failed.any(axis=0)):
        colour = look.colours[i] or SOFT
        at = failed[:, i]
        ax.plot(to_axis(look, positions[at]), rows[at, i], "x", color=colour, markersize=5)


def draw_links(ax, look, ends, rows, known):
    """Lead dotted from one position to the other, in colour to where something is known."""
    for i in _bottom_up(look):
        x, y = smooth_path(np.array(ends), rows[:, i].astype(np.float64))
        colour = look.colours[i] if known[i] else None
        style = {"linewidth": 0.8, "color": QUIET, "markersize": 3.0, "zorder": 2}
        if colour is not None:
            style = {"linewidth": 1.6, "color": colour, "markersize": 6.0, "zorder": 3}
        style["marker"] = "o" if known[i] else ""
        ax.plot(to_axis(look, x), y, linestyle=(0, (1, 2)), markevery=[-1], **style)


def draw_names(ax, look, ends, heights, names, notes):
    """Write the names at heights of their own, with a leader from each end (x, y) of a line.

    The names stand in one column, beyond the end of the longest line. A line may end before it.
    """
    (positions, end, spare), ys = ends
    positions = np.broadcast_to(positions, len(names))
    for i, name in enumerate(names):
        colour, note = look.colours[i], notes[i]
        short = positions[i] < end
        leader = _LEADER | {"color": colour or QUIET, "linestyle": ":" if short else "-"}
        ax.annotate(
            f"{name}{note}",
            xy=(to_axis(look, positions[i]), ys[i]),
            xytext=(to_axis(look, end + spare), heights[i]),
            va="center",
            fontsize=look.font,
            fontweight="bold" if colour is not None else "normal",
            color=colour or SOFT,
            fontstyle="italic" if note.startswith(",") else "normal",
            parse_math=False,
            annotation_clip=False,
            arrowprops=leader if short or not np.isclose(ys[i], heights[i]) else None,
        )


def style_axes(ax, look, positions, chart):
    """Set ticks at the strengths, and take away what says nothing."""
    # Before the ticks, which a change of the scale would replace.
    if look.scale == "log":
        ax.set_xscale("log")
    ax.set_xticks(to_axis(look, positions), thin_labels([f"{each:g}" for each in chart.strengths]))
    ax.minorticks_off()
    ax.set_xlabel(chart.param_name)
    ax.grid(axis="x", color="0.93", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, colors="0.3")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color("0.8")


def thin_labels(figures):
    """Return figures with room between them: every second, or third, up to the last."""
    step = -(-len(figures) // _WRITTEN)
    return [each if i % step == 0 else "" for i, each in enumerate(figures, 1 - len(figures))]


def add_column(ax, x, title):
    """Add a tick whose title runs to the right, below the names."""
    labels = [label.get_text() for label in ax.get_xticklabels()]
    ax.set_xticks([*ax.get_xticks(), x], [*labels, title])
    ax.get_xticklabels()[-1].set_ha("left")


def _bottom_up(look):
    """Return the models in the order in which they are drawn: the quiet ones first."""
    return sorted(range(len(look.colours)), key=lambda i: look.colours[i] is not None)
