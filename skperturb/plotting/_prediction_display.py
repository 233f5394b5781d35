"""PredictionDisplay: the accuracies that models are expected to reach, and why."""

import numpy as np

from skperturb.plotting._axes import make_axes
from skperturb.plotting._dots import draw_dots, draw_intervals, figure_size

_WIDTHS = {1: 6.0, 2: 10.0}
COLOURS = {"predicted": "tab:blue", "measured": "tab:orange"}
PARTS = {"history": "tab:green", "metrics": "tab:purple", "measured here": "tab:orange"}


class PredictionDisplay:
    """
    Predicted accuracies of a task's models, with intervals, beside what they are made of.

    One row per model, the best on top. The left panel has the predictions with their intervals of
    50 and 95 %, and the accuracies that were measured. The right one has what history, the metrics
    and the measurements on this task add to each, on the scale of the link (log-odds, as a rule).
    Build it with `from_predictor`; the parameters are kept as attributes.

    Parameters
    ----------
    names : sequence of str
        Names of the models.
    accuracies : array-like of shape (n_models,)
        Predicted accuracies; of a measured model the measured one.
    intervals : sequence of array-like of shape (2, n_models)
        Intervals of each accuracy, drawn over each other.
    measured : array-like of bool of shape (n_models,)
        Which models have been measured.
    parts : mapping of str to array-like of shape (n_models,), or None, default=None
        What each prediction is made of; None leaves the second panel out.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel of the accuracies.
    axes_ : ndarray of Axes of shape (1,) or (2,)
        All panels.
    figure_ : matplotlib Figure
        The figure that holds them.

    See Also
    --------
    skperturb.AccuracyPredictor : Makes the predictions.
    RegretDisplay : What following them saves.

    Examples
    --------
    >>> from skperturb.plotting import PredictionDisplay
    >>> display = PredictionDisplay(
    ...     names=["a", "b"],
    ...     accuracies=[0.7, 0.8],
    ...     intervals=[[[0.6, 0.7], [0.8, 0.9]]],
    ...     measured=[False, False],
    ... )
    >>> display.rows()
    ['b', 'a']
    """

    def __init__(self, *, names, accuracies, intervals, measured, parts=None):
        self.names = names
        self.accuracies = accuracies
        self.intervals = intervals
        self.measured = measured
        self.parts = parts

    @classmethod
    def from_predictor(cls, predictor, task, *, known=None, parts=True, ax=None, **kwargs):
        """
        Plot what a fitted predictor expects of a task.

        Parameters
        ----------
        predictor : AccuracyPredictor
            A fitted predictor.
        task : task
            A task as the predictor takes it.
        known : mapping of str to float or None, default=None
            What has been measured on it so far.
        parts : bool, default=True
            Whether to draw the second panel.
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw, see `plot`.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : PredictionDisplay
            The display, plotted.
        """
        posterior = predictor.posterior(task, known)
        columns = predictor.explain(task, known) if parts else None
        display = cls(
            names=posterior.names,
            accuracies=posterior.mean,
            intervals=[posterior.interval(0.95), posterior.interval(0.5)],
            measured=posterior.measured,
            parts=None if columns is None else sum_parts(columns),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """
        Draw the predictions.

        Parameters
        ----------
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw: one panel, or two where there are parts. None makes a new figure, as
            high as the pool is large.
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for the predictions, such as `color`.

        Returns
        -------
        self : PredictionDisplay
            The display, with `ax_`, `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If `ax` has not as many panels as are drawn.
        ImportError
            If matplotlib is not installed.
        """
        n_panels = 1 if self.parts is None else 2
        size = _WIDTHS[n_panels], figure_size(len(self.names), n_panels)[1]
        self.axes_ = make_axes(self, ax, n_panels, size, sharey=True)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self._draw_accuracies(kwargs)
        if self.parts is not None:
            self._draw_parts()
        return self

    def rows(self):
        """
        Return the names in the order of the rows.

        Returns
        -------
        names : list of str
            The highest prediction first.
        """
        return [self.names[i] for i in self._order()]

    def _order(self):
        return np.argsort(-np.asarray(self.accuracies, dtype=np.float64), kind="stable")

    def _draw_accuracies(self, kwargs):
        """Draw dots and intervals of what is open, and diamonds for what is measured."""
        order = self._order()
        accuracies = np.asarray(self.accuracies, dtype=np.float64)[order]
        measured = np.asarray(self.measured, dtype=bool)[order]
        for interval in self.intervals:
            draw_intervals(self.ax_, np.asarray(interval)[:, order], COLOURS["predicted"])
        dots = {"color": COLOURS["predicted"], "label": "predicted, 50 and 95 %", **kwargs}
        draw_dots(self.ax_, np.where(measured, np.nan, accuracies), "", dots)
        if measured.any():
            diamonds = {"color": COLOURS["measured"], "marker": "D", "label": "measured"}
            draw_dots(self.ax_, np.where(measured, accuracies, np.nan), "", diamonds)
        self.ax_.set_xlabel("accuracy")
        self.ax_.set_yticks(range(len(order)), self.rows(), parse_math=False)
        _put_legend_above(self.ax_)

    def _draw_parts(self):
        """Draw what each part adds, those that lower a prediction to the left."""
        ax, order = self.axes_[1], self._order()
        ends = {True: np.zeros(len(order)), False: np.zeros(len(order))}
        for title, values in self.parts.items():
            values = np.asarray(values, dtype=np.float64)[order]
            up = values >= 0
            left = np.where(up, ends[True], ends[False])
            colour = PARTS.get(title, "0.5")
            ax.barh(range(len(order)), values, left=left, height=0.6, color=colour, label=title)
            ends[True], ends[False] = ends[True] + values * up, ends[False] + values * ~up
        ax.axvline(0.0, color="0.3", linewidth=0.8)
        ax.set_xlabel("what it adds, in log-odds")
        ax.tick_params(axis="y", length=0, labelleft=False)
        ax.set_axisbelow(True)
        ax.grid(color="0.9", linewidth=0.8)
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        _put_legend_above(ax)


def _put_legend_above(ax):
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        frameon=False,
        fontsize="small",
        columnspacing=1.0,
    )


def sum_parts(columns):
    """Return history, the sum of all metrics, and what was measured here, if anything was."""
    known = ("model", "level", "history", "measured", "link", "accuracy")
    metrics = [values for name, values in columns.items() if name not in known]
    parts = {"history": columns["history"]}
    if metrics:
        parts["metrics"] = np.sum(metrics, axis=0)
    if np.any(columns["measured"]):
        parts["measured here"] = columns["measured"]
    return parts
