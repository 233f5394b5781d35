"""RankingDisplay: the models of a pool in order, beside the accuracies they reached."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skperturb.plotting._axes import make_axes
from skperturb.plotting._display_data import (
    check_accuracies,
    check_metric_name,
    intervals_of_metric,
    label_scores,
    scores_of_metric,
)
from skperturb.plotting._dots import draw_dots, draw_intervals, figure_size

FIGURE_SPACE = "\u2007"
COLOURS = ("tab:blue", "tab:orange")


class RankingDisplay:
    """
    Dot plot of a ranking: one row per model, the best on top.

    A second panel puts the accuracies that were really measured on the same rows, so
    that one look tells whether the ranking would have helped. Build it with
    `from_selector`; the parameters are kept as attributes.

    Parameters
    ----------
    names : sequence of str
        Names of the models.
    scores : array-like of shape (n_models,)
        Their scores, larger is better. NaN is a model that could not be scored: it
        stands at the bottom, marked "failed".
    ranks : array-like of shape (n_models,)
        Their places, 1 for the best. Models that share a place keep the order given.
    intervals : array-like of shape (2, n_models) or None, default=None
        Lowest and highest likely score of each model, drawn as a line through its dot.
    score_name : str, default="score"
        Label of the scores.
    smaller_is_better : bool, default=False
        Whether the scores are such as mean ranks: the axis then runs from large to small, so
        that the better is on the right in any case.
    accuracies : mapping of str to float or None, default=None
        Measured accuracies by name, in any unit. A model that is missing or NaN is
        marked "not measured". None leaves the second panel out.
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
    skperturb.ModelSelector : Ranks the models.

    Examples
    --------
    >>> from skperturb.plotting import RankingDisplay
    >>> display = RankingDisplay(names=["a", "b"], scores=[0.2, 0.7], ranks=[2, 1])
    >>> display.rows()
    ['b', 'a']
    """

    def __init__(
        self,
        *,
        names,
        scores,
        ranks,
        intervals=None,
        score_name="score",
        smaller_is_better=False,
        accuracies=None,
        accuracy_name="measured accuracy",
    ):
        self.names = names
        self.scores = scores
        self.ranks = ranks
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
        Plot the ranking of a fitted selector, with its intervals where it has some.

        Parameters
        ----------
        selector : ModelSelector
            A fitted selector. Its `ranking_` is the order of the rows.
        metric : str or None, default=None
            Name of the metric whose scores are drawn, where the selector has several; the
            order of the models stays that of the selector. None is their mean rank, by
            which that order comes about.
        accuracies : mapping of str to float or None, default=None
            Measured accuracies by name, for the second panel.
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
        display : RankingDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If the selector has no such metric, or none of its models an accuracy.
        ImportError
            If matplotlib is not installed.
        """
        check_is_fitted(selector)
        metric = check_metric_name(selector, metric)
        scores, intervals = (
            scores_of_metric(selector, metric),
            intervals_of_metric(selector, metric),
        )
        order = [selector.names_.index(name) for name in selector.ranking_]
        display = cls(
            names=list(selector.ranking_),
            scores=scores[order],
            ranks=selector.ranks_[order],
            intervals=None if intervals is None else intervals[:, order],
            score_name=label_scores(selector, metric) if score_name is None else score_name,
            smaller_is_better=metric is None,
            accuracies=accuracies,
            accuracy_name=accuracy_name,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """
        Draw the ranking.

        Parameters
        ----------
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw: one panel, or two where there are accuracies. None makes a new
            figure, as high as the pool is large.
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for the dots, such as `color`.

        Returns
        -------
        self : RankingDisplay
            The display, with `ax_`, `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If `ax` has not as many panels as are drawn, or none of the models an
            accuracy.
        ImportError
            If matplotlib is not installed.
        """
        self._check_lengths()
        accuracies = self._accuracies_of_rows()
        n_panels = 1 if accuracies is None else 2
        size = figure_size(len(self.names), n_panels)
        self.axes_ = make_axes(self, ax, n_panels, size, sharey=True)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        scores = np.asarray(self.scores, dtype=np.float64)[self._order()]
        if self.intervals is not None:
            draw_intervals(self.axes_[0], np.asarray(self.intervals)[:, self._order()], COLOURS[0])
        draw_dots(self.axes_[0], scores, "failed", {"color": COLOURS[0], **kwargs})
        self.axes_[0].set_xlabel(self.score_name)
        if self.smaller_is_better:
            # Better stands on the right in every panel.
            self.axes_[0].xaxis.set_inverted(True)
        self.axes_[0].set_yticks(range(len(scores)), self._row_labels(), parse_math=False)
        if accuracies is not None:
            draw_dots(self.axes_[1], accuracies, "not measured", {"color": COLOURS[1], **kwargs})
            self.axes_[1].set_xlabel(self.accuracy_name)
            self.axes_[1].set_yticks(range(len(scores)))
            self.axes_[1].tick_params(labelleft=False)
        return self

    def rows(self):
        """
        Return the names in the order of the rows.

        Returns
        -------
        names : list of str
            Best first; models that could not be scored last.
        """
        return [self.names[i] for i in self._order()]

    def _check_lengths(self):
        lengths = [len(each) for each in (self.names, self.scores, self.ranks)]
        if len(set(lengths)) > 1 or not lengths[0]:
            msg = (
                "`names`, `scores` and `ranks` of RankingDisplay must have one entry per "
                f"model, got {', '.join(map(str, lengths))}."
            )
            raise ValueError(msg)
        if self.intervals is not None and np.shape(self.intervals) != (2, lengths[0]):
            msg = (
                f"`intervals` of RankingDisplay must be of shape (2, {lengths[0]}), "
                f"got {np.shape(self.intervals)}."
            )
            raise ValueError(msg)

    def _order(self):
        """Return the indices of the models, row by row."""
        failed = np.isnan(np.asarray(self.scores, dtype=np.float64))
        return np.lexsort((np.asarray(self.ranks), failed))

    def _row_labels(self):
        ranks = np.asarray(self.ranks)[self._order()]
        # Figure spaces are as wide as digits: names align whatever the rank.
        width = len(str(max(ranks)))
        places = [str(rank).rjust(width, FIGURE_SPACE) for rank in ranks]
        return [f"{name}   {place}" for name, place in zip(self.rows(), places, strict=True)]

    def _accuracies_of_rows(self):
        """Return the accuracies row by row, or None where there is no second panel."""
        return check_accuracies(self, self.accuracies, self.rows())
