"""PerturbationDisplay: rank and score of every model while a perturbation grows stronger."""

import numpy as np

from skperturb.evaluation import weighted_kendall_tau
from skperturb.plotting._axes import import_pyplot, make_axes
from skperturb.plotting._chart import check_chart, check_choice, choose_axis_scale, choose_colours
from skperturb.plotting._chart_layout import rank_models
from skperturb.plotting._display_data import check_accuracies
from skperturb.plotting._lines import Look, figure_size, font_size
from skperturb.plotting._panels import draw_ranks, draw_scores, write_agreement
from skperturb.plotting._strengths import check_strengths, name_metric, score_strengths

PANELS = {"rank": ["rank"], "score": ["score"], "both": ["score", "rank"]}


class PerturbationDisplay:
    """
    Rank and score of every model of a pool against the strength of a perturbation.

    A bump chart: one line per model, from its place under the weakest perturbation to its
    place under the strongest. It shows which models survive a harder task, and how much
    of a ranking depends on the strength that was chosen. With accuracies a last column holds
    the measured order, and above each strength stands how well the ranks agree with it.
    Build it with `from_estimator`; the parameters are kept as attributes.

    Parameters
    ----------
    param_range : array-like of shape (n_strengths,)
        The strengths: at least 2 different finite numbers, drawn in ascending order.
    scores : array-like of shape (n_strengths, n_models)
        Scores at each strength, larger is better. NaN is a model that could not be
        scored: the bump chart has a cross for it at the bottom, and its line a gap.
    names : sequence of str of length n_models
        Names of the models.
    param_name : str, default="strength"
        Label of the strengths.
    score_name : str, default="score"
        Label of the scores.
    accuracies : mapping of str to float or None, default=None
        Measured accuracies by name, in any unit. A model that is missing or NaN is
        marked "not measured". None leaves the last column out.
    accuracy_name : str, default="measured"
        Title of the column of accuracies.

    Attributes
    ----------
    ranks : ndarray of int of shape (n_strengths, n_models)
        Places at each strength: 1 for the best, equal scores share the better place,
        models that could not be scored come last.
    ax_ : matplotlib Axes
        The panel with the names: the bump chart, or the scores where they are alone.
    axes_ : ndarray of Axes of shape (1,) or (2,)
        All panels, the scores first.
    figure_ : matplotlib Figure
        The figure that holds them.

    See Also
    --------
    RankingDisplay : One ranking beside the accuracies.
    skperturb.make_perturbed : The pipelines that this is made for.
    skperturb.AccuracyPredictor : A search over past tasks tells which strength is right, which
        the picture alone cannot.

    Examples
    --------
    >>> from skperturb.plotting import PerturbationDisplay
    >>> display = PerturbationDisplay(
    ...     param_range=[0, 1, 2],
    ...     scores=[[0.9, 0.8, 0.1], [0.7, 0.6, 0.2], [0.3, 0.5, 0.1]],
    ...     names=["fragile", "robust", "blind"],
    ...     accuracies={"fragile": 0.6, "robust": 0.8, "blind": 0.5},
    ... )
    >>> display.ranks
    array([[1, 2, 3],
           [1, 2, 3],
           [2, 1, 3]])
    >>> display.agreement().round(2)
    array([0.18, 0.18, 1.  ])
    """

    def __init__(
        self,
        *,
        param_range,
        scores,
        names,
        param_name="strength",
        score_name="score",
        accuracies=None,
        accuracy_name="measured",
    ):
        self.param_range = param_range
        self.scores = scores
        self.names = names
        self.param_name = param_name
        self.score_name = score_name
        self.accuracies = accuracies
        self.accuracy_name = accuracy_name
        self.ranks = rank_models(np.asarray(scores, dtype=np.float64))

    @classmethod
    def from_estimator(
        cls,
        pipeline,
        feature_sets,
        y,
        *,
        param_name,
        param_range,
        accuracies=None,
        score_name=None,
        accuracy_name="measured",
        max_samples=None,
        n_jobs=None,
        memory=None,
        ax=None,
        **kwargs,
    ):
        """
        Score the pool at every strength, and plot.

        Parameters
        ----------
        pipeline : estimator
            What scores a feature set, as :class:`~skperturb.ModelSelector` takes it: a
            pipeline of :func:`~skperturb.make_perturbed`, or a metric alone. It is cloned.
        feature_sets : mapping of str to feature set, or sequence of feature sets
            The pool, as :meth:`skperturb.ModelSelector.fit` takes it; every set is opened
            once. One that cannot be scored is warned of, and drawn as failed.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets of the rows.
        param_name : str
            The parameter of the pipeline that varies, such as "attract__alpha".
        param_range : array-like of shape (n_strengths,)
            Its values: at least 2 different finite numbers.
        accuracies : mapping of str to float or None, default=None
            Measured accuracies by name, for the last column.
        score_name : str or None, default=None
            Label of the scores. None is the class of the metric.
        accuracy_name : str, default="measured"
            Title of the column of accuracies.
        max_samples : int, float or None, default=None
            Rows that are looked at, see :class:`~skperturb.ModelSelector`. None is all.
        n_jobs : int or None, default=None
            Number of feature sets open and scored at once, as joblib takes it.
        memory : str, path or None, default=None
            Folder that keeps results, see :class:`~skperturb.ModelSelector`.
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw, see `plot`.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : PerturbationDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If the pipeline has no such parameter, the strengths are not numbers, or no
            model can be scored at all of them.
        TypeError
            If `pipeline` is not an estimator.
        ImportError
            If matplotlib is not installed.
        """
        import_pyplot()  # what is missing is said before hours of work
        strengths = check_strengths(param_range)
        varied = pipeline, param_name, strengths
        settings = {"max_samples": max_samples, "n_jobs": n_jobs, "memory": memory}
        names, scores = score_strengths(*varied, feature_sets, y, **settings)
        display = cls(
            param_range=np.array(strengths),
            scores=scores,
            names=names,
            param_name=param_name,
            score_name=name_metric(pipeline) if score_name is None else score_name,
            accuracies=accuracies,
            accuracy_name=accuracy_name,
        )
        return display.plot(ax=ax, **kwargs)

    def agreement(self):
        """
        Return how well the scores at every strength order the models.

        Returns
        -------
        taus : ndarray of shape (n_strengths,)
            :func:`~skperturb.evaluation.weighted_kendall_tau` of scores and accuracies,
            in the order of `param_range`.

        Raises
        ------
        ValueError
            If fewer than 2 of the models have an accuracy.
        """
        accuracies = {} if self.accuracies is None else self.accuracies
        accuracies = check_accuracies(self, accuracies, self.names)
        return np.array([weighted_kendall_tau(accuracies, row) for row in self.scores])

    def plot(self, ax=None, *, kind="rank", highlight=None, relative=True, xscale="auto", **kwargs):
        """
        Draw ranks or scores against the strength.

        Parameters
        ----------
        ax : Axes, sequence of 2 Axes or None, default=None
            Where to draw. None makes a new figure, as high as the pool is large.
        kind : {"rank", "score", "both"}, default="rank"
            What is drawn: the bump chart, the scores, or the scores beside the bump chart.
        highlight : list of str or None, default=None
            Names of the models in colour. None is all of 4 or fewer; of more the best at
            the least strength, the best at the greatest, the one that climbs most, the one
            that falls most, and with accuracies the most accurate.
        relative : bool, default=True
            Whether scores are drawn as standard deviations from the mean of the pool at the
            same strength, whose level moves. False draws them as they are.
        xscale : {"auto", "linear", "log", "even"}, default="auto"
            Axis of the strengths. "even" sets them at equal distances. "auto" is linear
            or logarithmic where that does, roughly, otherwise "even".
        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot` for the lines, such as `linewidth`.

        Returns
        -------
        self : PerturbationDisplay
            The display, with `ax_`, `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If the arrays do not match, a name or an option is unknown, or `ax` has not
            as many panels as are drawn.
        ImportError
            If matplotlib is not installed.
        """
        panels, chart = PANELS[check_choice("kind", kind, PANELS)], check_chart(self)
        scale, colours = choose_axis_scale(xscale, chart), choose_colours(self, chart, highlight)
        self.axes_ = make_axes(self, ax, len(panels), figure_size(len(chart.names), len(panels)))
        self.ax_, self.figure_ = self.axes_[-1], self.axes_[-1].figure
        # Only a figure that is there tells how high its rows are.
        look = Look(colours, scale, font_size(self.ax_, len(chart.names)))
        if "score" in panels:
            draw_scores(self.axes_[0], look, chart, kwargs, relative=relative, named=kind != "both")
        if "rank" in panels:
            draw_ranks(self.ax_, look, chart, kwargs)
            if chart.accuracies is not None and np.sum(~np.isnan(chart.accuracies)) > 1:
                write_agreement(self.ax_, look, chart)
        return self
