"""Depth curves: what the layers of a model are worth, one curve per model."""

from typing import NamedTuple

import numpy as np

from skperturb.extraction._layers import split_layer_name
from skperturb.plotting import _lines
from skperturb.plotting._chart_layout import separate_labels

_PANEL = (7.6, 2.9)  # inches
_MARGIN = 0.04  # beside the curves, as a share of the axis
_SQUEEZE = 1.45  # heights of a label that two names lie apart


class Curve(NamedTuple):
    """A model, its depths in ascending order, and where its layers stand among the names."""

    model: str
    depths: np.ndarray
    rows: np.ndarray


class Panel(NamedTuple):
    """What a panel shows: values by name, their label, whether the smaller are the better.

    The depths are those of all models, drawn or not: panels share their axis.
    """

    values: np.ndarray
    label: str
    inverted: bool
    depths: np.ndarray


def group_layers(names):
    """Return the curves of the models, in the order in which their names come first."""
    layers: dict = {}
    for row, name in enumerate(names):
        model, depth = split_layer_name(name)
        if depth is None:
            msg = (
                "`names` of DepthDisplay must hold layers, such as 'vit@layer07', got "
                f'{name!r}; features of several layers are extracted with layers="all".'
            )
            raise ValueError(msg)
        layers.setdefault(model, []).append((depth, row))
    return [Curve(model, *np.array(sorted(each)).T) for model, each in layers.items()]


def orient(values, inverted):
    """Return the values such that larger is better."""
    return -values if inverted else values


def find_bests(curves, merits):
    """Return for each curve the index of its best layer (the first of equals) or None."""
    own = [merits[curve.rows] for curve in curves]
    return [None if np.isnan(each).all() else int(np.nanargmax(each)) for each in own]


def choose_colours(curves, merits):
    """Return a colour for each of the best models, None for those beyond the palette."""
    tops = [np.nanmax(merits[each.rows], initial=-np.inf) for each in curves]
    chosen = sorted(np.argsort(tops)[::-1][: len(_lines.PALETTE)])
    colours = dict(zip(chosen, _lines.PALETTE, strict=False))
    return [colours.get(i) for i in range(len(curves))]


def figure_size(n_models, n_panels):
    """Width and height, in inches, of a figure with that many names beside each panel."""
    return _PANEL[0], n_panels * max(_PANEL[1], 0.9 + 0.205 * n_models)


def draw_bands(ax, look, curves, intervals):
    """Fill between the ends of the intervals, `(2, n_names)`."""
    for curve, colour in zip(curves, look.colours, strict=True):
        # The edge shows what has no width: the interval of a lone layer.
        style = {"color": colour or _lines.QUIET, "alpha": 0.16, "linewidth": 1.0, "zorder": 1}
        ax.fill_between(curve.depths, *intervals[:, curve.rows], **style)


def draw_panel(ax, look, curves, panel, kwargs):
    """Draw the curves, ring their best layers and name them."""
    bests = find_bests(curves, orient(panel.values, panel.inverted))
    _draw_curves(ax, look, curves, panel.values, kwargs)
    _mark_best(ax, look, curves, panel.values, bests)
    ax.yaxis.set_inverted(panel.inverted)
    ax.set_ylabel(panel.label)
    _style_axes(ax, panel.depths)
    _name_curves(ax, look, curves, panel, bests)


def drop_unknown(look, curves, values):
    """Return the look and the curves without those of which nothing is known."""
    known = [i for i, curve in enumerate(curves) if not np.isnan(values[curve.rows]).all()]
    return look._replace(colours=[look.colours[i] for i in known]), [curves[i] for i in known]


def _draw_curves(ax, look, curves, values, kwargs):
    """Draw a line per model, over the quiet ones those in colour."""
    for curve, colour in zip(curves, look.colours, strict=True):
        style = {"linewidth": 1.0, "color": _lines.QUIET, "markersize": 2.5, "zorder": 2}
        if colour is not None:
            style = {"linewidth": 2.0, "color": colour, "markersize": 4.5, "zorder": 3}
        style |= {"marker": "o", "solid_capstyle": "round", "label": curve.model}
        ax.plot(curve.depths, values[curve.rows], **{**style, **kwargs})


def _mark_best(ax, look, curves, values, bests):
    """Put a ring round the best layer of each model."""
    for curve, colour, best in zip(curves, look.colours, bests, strict=True):
        if best is not None:
            ring = {"markersize": 11, "fillstyle": "none", "markeredgewidth": 1.6, "zorder": 4}
            ring |= {"color": colour or _lines.SOFT, "label": f"_best of {curve.model}"}
            ax.plot(curve.depths[best], values[curve.rows[best]], "o", **ring)


def mark_failed(ax, look, curves, values):
    """Put a cross at the bottom where a layer could not be scored."""
    for curve, colour in zip(curves, look.colours, strict=True):
        at = curve.depths[np.isnan(values[curve.rows])]
        style = {"color": colour or _lines.SOFT, "markersize": 5, "clip_on": False}
        style |= {"transform": ax.get_xaxis_transform(), "label": f"_failed of {curve.model}"}
        if len(at):
            ax.plot(at, np.full(len(at), 0.03), "x", **style)


def _name_curves(ax, look, curves, panel, bests):
    """Write beside the ends of the curves the models, each with its best layer."""
    bottom, top = ax.get_ylim()
    low, high = sorted((bottom, top))
    end = panel.depths.max()
    starts = [_find_end(curve, panel.values, (end, bottom)) for curve in curves]
    positions, ends = np.array(starts).T
    gap = _SQUEEZE * look.font / _lines.axes_height(ax) * (high - low)
    heights = separate_labels(ends, gap, low, high)
    notes = [
        ", failed" if best is None else f"  best at {curve.depths[best]}"
        for curve, best in zip(curves, bests, strict=True)
    ]
    names = [curve.model for curve in curves]
    ends = (positions, end, ax.get_xlim()[1] - end), ends
    _lines.draw_names(ax, look, ends, heights, names, notes)
    ax.set_ylim(bottom, top)


def _find_end(curve, values, corner):
    """Return the last point of a curve that is known, a corner where none is."""
    known = np.flatnonzero(~np.isnan(values[curve.rows]))
    if not len(known):
        return corner
    return curve.depths[known[-1]], values[curve.rows[known[-1]]]


def _style_axes(ax, depths):
    """Set the limits to the depths of all models, and take away what says nothing."""
    margin = _MARGIN * max(np.ptp(depths), 1)
    ax.set_xlim(depths.min() - margin, depths.max() + margin)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(color="0.93", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, colors="0.3")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color("0.8")
