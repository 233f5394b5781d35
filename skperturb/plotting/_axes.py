"""Axes: where a display draws. Only here is matplotlib imported, when something is drawn."""

import numpy as np


def import_pyplot():
    """Return matplotlib.pyplot, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        msg = "A display needs matplotlib; install it with `pip install skperturb[plot]`."
        raise ImportError(msg) from error
    return plt


def make_axes(display, ax, n_panels, size, *, sharey=False, stacked=False):
    """Return the panels as an array, those of a new figure where none were given.

    Beside each other, or stacked over one axis x.
    """
    if ax is None:
        figure = import_pyplot().figure(figsize=size, layout="constrained")
        shape = (n_panels, 1) if stacked else (1, n_panels)
        return figure.subplots(*shape, sharex=stacked, sharey=sharey, squeeze=False).ravel()
    axes = np.ravel(np.array(ax, dtype=object))
    if len(axes) != n_panels:
        msg = f"`ax` of {type(display).__name__} must be {n_panels} Axes, got {len(axes)}."
        raise ValueError(msg)
    return axes
