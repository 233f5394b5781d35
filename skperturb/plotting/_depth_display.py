"""DepthDisplay: what the layers of models are worth, against their depth."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skperturb.extraction._layers import split_layer_name
from skperturb.plotting import _depth_curves
from skperturb.plotting._axes import make_axes
from skperturb.plotting._depth_curves import Panel
from skperturb.plotting._display_data import (
    check_accuracies,
    check_metric_name,
    intervals_of_metric,
    label_scores,
    scores_of_metric,
)
from skperturb.plotting._lines import Look, font_size


class DepthDisplay:
    """
    Score against depth: one curve per model, a ring round its best layer.

    The best layer for a new task is often not the last: where a curve falls towards its end, an
    earlier layer is the better start. A second panel below shows the accuracies that the same
    layers really reached. Build it with `from_selector`; the parameters are kept as attributes.

    Parameters
    ----------
    names : sequence of str
        Names of the layers, such as ``"vit@layer07"``. The depth is the number at the end.
    scores : array-like of shape (n_layers,)
        Their scores. One that is not finite is of a layer that could not be scored: its curve has
        a gap there, and a cross at the bottom.
    intervals : array-like of shape (2, n_layers) or None, default=None
        Lowest and highest likely score of each layer, drawn as a band.
    score_name : str, default="score"
        Label of the scores.
    smaller_is_better : bool, default=False
        Whether the scores are such as mean ranks: the axis then runs downward, so that the
        better is on top in any case.
    accuracies : mapping of str to float or None, default=None
        Measured accuracies by name of the layer, in any unit. Those that are missing or NaN are
        gaps. None leaves the second panel out.
    accuracy_name : str, default="measured accuracy"
        Label of the accuracies.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel of the scores.
    axes_ : ndarray of Axes of shape (1,) or (2,)
        All panels.
    figure_ : matplotlib Figure
        The figure that holds them.

    See Also
    --------
    RankingDisplay : The models in order, whatever their depth.
    skperturb.extraction.extract_features : Keeps the layers of models.

    Examples
    --------
    >>> from skperturb.plotting import DepthDisplay
    >>> names = ["vit@layer00", "vit@layer01", "vit@layer02"]
    >>> display = DepthDisplay(names=names, scores=[0.1, 0.5, 0.4])
    >>> display.best_layers()
    {'vit': 1}
    """

    def __init__(
        self,
        *,
        names,
        scores,
        intervals=None,
        score_name="score",
        smaller_is_better=False,
        accuracies=None,
        accuracy_name="measured accuracy",
    ):
        self.names = names
        self.scores = scores
        self.intervals = intervals
        self.score_name = score_name
        self.smaller_is_better = smaller_is_better
        self.accuracies = accuracies
        self.accuracy_name = accuracy_name

    @classmethod
    def from_selector(
        cls,
        selector,
        *,
        metric=None,
        accuracies=None,
        score_name=None,
        accuracy_name="measured accuracy",
        ax=None,
        **kwargs,
    ):
        """
        Plot the layers that a fitted selector has scored, with intervals where it has some.

        Models of its pool whose names tell no layer are left out.

        Parameters
        ----------
        selector : ModelSelector
            A fitted selector, with names such as ``"vit@layer07"``.
        metric : str or None, default=None
            Name of the metric whose scores are drawn, where the selector has several. None is
            their mean rank.
        accuracies : mapping of str to float or None, default=None
            Measured accuracies by name of the layer, for the second panel.
        score_name : str or None, default=None
            Label of the scores. None is the name of the metric, or a mention of the mean rank.
        accuracy_name : str, default="measured accuracy"
            Label of the accuracies.
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw, see `plot`.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : DepthDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If no name tells a layer, the selector has no such metric, or none of its layers an
            accuracy.
        ImportError
            If matplotlib is not installed.
        """
        check_is_fitted(selector)
        metric = check_metric_name(selector, metric)
        intervals = intervals_of_metric(selector, metric)
        depths = [split_layer_name(name)[1] for name in selector.names_]
        # Where no name tells a layer all are kept, for the error that names one of them.
        kept = [i for i, depth in enumerate(depths) if depth is not None] or range(len(depths))
        display = cls(
            names=[selector.names_[i] for i in kept],
            scores=scores_of_metric(selector, metric)[kept],
            intervals=None if intervals is None else intervals[:, kept],
            score_name=label_scores(selector, metric) if score_name is None else score_name,
            smaller_is_better=metric is None,
            accuracies=accuracies,
            accuracy_name=accuracy_name,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """
        Draw the curves.

        Parameters
        ----------
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw: one panel, or two where there are accuracies. None makes a new
            figure, with one panel over the other.
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for the curves, such as `linestyle`.

        Returns
        -------
        self : DepthDisplay
            The display, with `ax_`, `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If a name tells no layer, `ax` has not as many panels as are drawn, or none of the
            layers an accuracy.
        ImportError
            If matplotlib is not installed.
        """
        curves, scores = self._check_layers()
        accuracies = check_accuracies(self, self.accuracies, self.names)
        n_panels = 1 if accuracies is None else 2
        size = _depth_curves.figure_size(len(curves), n_panels)
        self.axes_ = make_axes(self, ax, n_panels, size, stacked=True)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        merits = _depth_curves.orient(scores, self.smaller_is_better)
        colours = _depth_curves.choose_colours(curves, merits)
        look = Look(colours, "linear", font_size(self.ax_, len(curves)))
        depths = np.concatenate([curve.depths for curve in curves])
        if self.intervals is not None:
            _depth_curves.draw_bands(self.ax_, look, curves, np.asarray(self.intervals))
        panel = Panel(scores, self.score_name, self.smaller_is_better, depths)
        _depth_curves.draw_panel(self.ax_, look, curves, panel, kwargs)
        _depth_curves.mark_failed(self.ax_, look, curves, scores)
        if accuracies is not None:
            look, curves = _depth_curves.drop_unknown(look, curves, accuracies)
            panel = Panel(accuracies, self.accuracy_name, False, depths)
            _depth_curves.draw_panel(self.axes_[1], look, curves, panel, kwargs)
        self.axes_[-1].set_xlabel("layer")
        return self

    def best_layers(self):
        """
        Return the depths that are ringed.

        Returns
        -------
        layers : dict of {str: int}
            The depth of each model's best layer, the least of equals; without models of which
            none could be scored.
        """
        curves, scores = self._check_layers()
        merits = _depth_curves.orient(scores, self.smaller_is_better)
        bests = _depth_curves.find_bests(curves, merits)
        return {
            curve.model: int(curve.depths[best])
            for curve, best in zip(curves, bests, strict=True)
            if best is not None
        }

    def _check_layers(self):
        """Return the curves and the scores, or say what does not fit."""
        scores = np.asarray(self.scores, dtype=np.float64)
        n_layers = len(self.names)
        if not n_layers or scores.shape != (n_layers,):
            msg = (
                "`names` and `scores` of DepthDisplay must have one entry per layer, got "
                f"{n_layers} names and scores of shape {scores.shape}."
            )
            raise ValueError(msg)
        if self.intervals is not None and np.shape(self.intervals) != (2, n_layers):
            msg = (
                f"`intervals` of DepthDisplay must be of shape (2, {n_layers}), "
                f"got {np.shape(self.intervals)}."
            )
            raise ValueError(msg)
        return _depth_curves.group_layers(self.names), np.where(np.isfinite(scores), scores, np.nan)
