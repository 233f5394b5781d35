"""CostDisplay: scores of models against their size, or another cost."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skperturb.plotting._axes import make_axes
from skperturb.plotting._display_data import (
    check_by_name,
    check_metric_name,
    label_scores,
    scores_of_metric,
)

_WIDE_RANGE = 20.0  # largest over smallest cost from which a logarithmic axis is easier to read
_MOST_NAMED = 25  # models of which each has room for its name


class CostDisplay:
    """
    Scores of models against what they cost, such as their number of parameters.

    A line joins the models that no other beats in both: dearer ones are worth their cost only
    where it rises. Build it with `from_selector`; the parameters are kept as attributes.

    Parameters
    ----------
    names : sequence of str
        Names of the models.
    scores : array-like of shape (n_models,)
        Their scores, larger is better; NaN for a model that could not be scored.
    costs : array-like of shape (n_models,)
        Their costs, smaller is better, NaN where unknown. A model without score or cost is
        left out.
    score_name : str, default="score"
        Label of the scores.
    cost_name : str, default="cost"
        Label of the costs.
    smaller_is_better : bool, default=False
        Whether the scores are such as mean ranks, of which the best is the smallest.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    See Also
    --------
    RankingDisplay : The models in order, one row each.

    Examples
    --------
    >>> from skperturb.plotting import CostDisplay
    >>> display = CostDisplay(names=["a", "b", "c"], scores=[0.2, 0.7, 0.6], costs=[5, 20, 80])
    >>> display.undominated()
    ['a', 'b']
    """

    def __init__(
        self,
        *,
        names,
        scores,
        costs,
        score_name="score",
        cost_name="cost",
        smaller_is_better=False,
    ):
        self.names = names
        self.scores = scores
        self.costs = costs
        self.score_name = score_name
        self.cost_name = cost_name
        self.smaller_is_better = smaller_is_better

    @classmethod
    def from_selector(
        cls, selector, costs, *, metric=None, score_name=None, cost_name="cost", ax=None, **kwargs
    ):
        """
        Plot the scores of a fitted selector against costs.

        Parameters
        ----------
        selector : ModelSelector
            A fitted selector.
        costs : mapping of str to float
            Costs by name. Models that are missing are left out.
        metric : str or None, default=None
            Name of the metric, where the selector has several. None is their mean rank.
        score_name : str or None, default=None
            Label of the scores. None is the name of the metric, or a mention of the mean rank.
        cost_name : str, default="cost"
            Label of the costs.
        ax : Axes or None, default=None
            Where to draw, see `plot`.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : CostDisplay
            The display, plotted.
        """
        check_is_fitted(selector)
        check_by_name(cls.__name__, "costs", costs)
        metric = check_metric_name(selector, metric)
        display = cls(
            names=list(selector.names_),
            scores=scores_of_metric(selector, metric),
            costs=[costs.get(name, np.nan) for name in selector.names_],
            score_name=label_scores(selector, metric) if score_name is None else score_name,
            cost_name=cost_name,
            smaller_is_better=metric is None,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """
        Draw the scores against the costs.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for the dots, such as `color`.

        Returns
        -------
        self : CostDisplay
            The display, with `ax_` and `figure_`.

        Raises
        ------
        ValueError
            If no model has both a score and a cost.
        """
        known = self._known()
        [self.ax_] = make_axes(self, ax, 1, (6.0, 4.0))
        self.figure_ = self.ax_.figure
        costs, scores = self._values()
        dots = {"marker": "o", "linestyle": "none", "color": "tab:blue", **kwargs}
        self.ax_.plot(costs[known], scores[known], **dots)
        best = [list(self.names).index(name) for name in self.undominated()]
        self.ax_.step(costs[best], scores[best], where="post", color="0.3", linewidth=1, zorder=1)
        for i in known if len(known) <= _MOST_NAMED else best:
            self._write_name(i, costs[i], scores[i])
        self._label_axes(costs[known])
        return self

    def undominated(self):
        """
        Return the models that no other beats in score and cost.

        Returns
        -------
        names : list of str
            From the cheapest to the best.
        """
        costs, scores = self._values()
        gains = -scores if self.smaller_is_better else scores
        best, found = -np.inf, []
        for i in sorted(self._known(), key=lambda i: (costs[i], -gains[i])):
            if gains[i] > best:
                best = gains[i]
                found.append(self.names[i])
        return found

    def _values(self):
        return (np.asarray(each, dtype=np.float64) for each in (self.costs, self.scores))

    def _known(self):
        """Return the indices of the models that have both a score and a cost."""
        costs, scores = self._values()
        if not len(self.names) == len(costs) == len(scores):
            msg = (
                "`names`, `scores` and `costs` of CostDisplay must have one entry per model, got "
                f"{len(self.names)}, {len(scores)} and {len(costs)}."
            )
            raise ValueError(msg)
        known = np.flatnonzero(np.isfinite(costs) & np.isfinite(scores))
        if not len(known):
            msg = "`costs` of CostDisplay must know some model that has a score, got none."
            raise ValueError(msg)
        return known

    def _write_name(self, i, cost, score):
        self.ax_.annotate(
            self.names[i],
            (cost, score),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize="x-small",
            parse_math=False,
        )

    def _label_axes(self, costs):
        if costs.min() > 0 and costs.max() >= _WIDE_RANGE * costs.min():
            self.ax_.set_xscale("log")
            self.ax_.xaxis.set_major_formatter("{x:g}")  # no formula, which needs to be parsed
        if self.smaller_is_better:
            self.ax_.yaxis.set_inverted(True)
        self.ax_.set_xlabel(self.cost_name)
        self.ax_.set_ylabel(self.score_name)
        self.ax_.margins(0.1)
        self.ax_.set_axisbelow(True)
        self.ax_.grid(color="0.9", linewidth=0.8)
        for side in ("top", "right"):
            self.ax_.spines[side].set_visible(False)
