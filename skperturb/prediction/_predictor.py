"""AccuracyPredictor: from the scores of models, and how they did before, to accuracies."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from skperturb._validation import check_integer, check_option, check_seed
from skperturb.evaluation import weighted_kendall_tau
from skperturb.prediction._accuracies import read_accuracies, read_known, read_standard_errors
from skperturb.prediction._default_metrics import default_metrics
from skperturb.prediction._expectation import (
    expect,
    expect_without_history,
    explain_expectation,
    fit_kinship,
    model_effects,
)
from skperturb.prediction._level import fit_level, level_without_history, predict_level
from skperturb.prediction._mixed_model import fit_variances, weight_posterior
from skperturb.prediction._posterior import AccuracyPosterior
from skperturb.prediction._relatives import read_relatives
from skperturb.prediction._scales import LINKS
from skperturb.prediction._scored_task import (
    check_lone_metrics,
    is_task,
    name_task,
    read_task,
    read_tasks,
)
from skperturb.prediction._tables import (
    CONSENSUS_WEIGHT,
    check_unique,
    tabulate,
    warn_of_constant_scores,
)
from skperturb.selection import ModelSelector

_EFFECTS = ("both", "models", "metrics")


class AccuracyPredictor(BaseEstimator):
    """
    Predict the accuracies of models on a new task, from its scores and from past tasks.

    Metrics see the data at hand, and nothing of how a model did elsewhere; a model's mean rank
    on past tasks sees that, and nothing of the data. The predictor weighs both by what past
    tasks say each is worth. Its samples are tasks: a pool whose models have scores, and the
    accuracies that they reached.

    Parameters
    ----------
    selector : ModelSelector or None, default=None
        What scores the models of a task that is given by features; it may have several metrics.
        Its `n_resamples` and `diagnostics` count in `fit_selector` alone.
        None has six for class labels (RidgeProbe, LogME, KNNScore behind Attract, SFDA, spherical
        GBC and LDAScore) and the first three, without Attract, for other targets, all behind
        CappedPCA.
    effects : {"both", "models", "metrics"}, default="both"
        What the accuracies of a task may depend on: "models" is history alone, "metrics" the
        scores alone, weighed as past tasks teach.
    link : {"logit", "identity"}, default="logit"
        Scale on which effects add up. "logit" is for accuracies in (0, 1), "identity" for any
        other figure of merit, such as :math:`R^2`.
    relatives : mapping, data frame or None, default=None
        What is known of the models, so that one without history can borrow from its like: a
        mapping of model to family, or to a mapping of attributes (words or numbers), or a data
        frame with a row per model. None takes all models for unrelated.
    n_samples : int, default=2000
        Number of draws behind probabilities, regrets and suggestions.
    random_state : int, RandomState or None, default=0
        Seed of the draws.

    Attributes
    ----------
    n_tasks_ : int
        Number of tasks that were learned from.
    n_measured_ : dict of {str: int}
        Number of those tasks on which each model was measured.
    metric_names_ : list of str
        The metrics of the past tasks.
    consensus_coef_ : float
        Weight of the metrics' consensus, the mean of their normal scores at scale 1: what one
        deviation of it is worth, in deviations of the accuracies of a task.
    coef_ : ndarray of shape (n_metrics,)
        What each metric is worth beyond its part in the consensus, in the same unit.
    model_effects_ : dict of {str: float}
        How each model does, whatever the scores say, in the same unit.
    variance_shares_ : dict of {str: float}
        Shares of "models", "metrics" and "noise" in the variance of accuracies within a task.
    variances_ : Variances
        The variances :math:`\\tau^2` (`models`), :math:`0.3^2` and :math:`b^2` (`metrics`, of the
        consensus and of one metric each) and :math:`\\sigma^2` (`noise`).
    level_model_ : LevelModel
        What location and scale of a new task are expected from: its `metric` is the one of the
        scores in [0, 1] whose own location and scale told those of past tasks best, None where
        they are best expected as in the past.
    kinship_share_ : float
        How alike the most alike models are, in [0, 1); 0 without `relatives`, or where they are
        of no use.

    See Also
    --------
    ModelSelector : Scores the models of one task.
    History : Keeps scores and accuracies of past tasks in a file.
    skperturb.evaluation.static_ranking : The ranking by history alone.

    Notes
    -----
    With z the links of the accuracies, centred and scaled within their task (those beyond two
    deviations are drawn in, so that one failed run does not squeeze the others together), s the
    normal scores of the ranks that each metric gives to the models of the task, and c their
    consensus, the mean over the metrics at scale 1,

    .. math::

        z_{tm} = \\mu_t + \\theta_m + \\gamma c_{tm} + \\beta \\cdot s_{tm} + e_{tm},

        \\theta \\sim N(0, \\tau^2 K),\\ \\gamma \\sim N(0.6, 0.3^2),\\ \\beta \\sim N(0, b^2 I),
        \\ e \\sim N(0, \\sigma^2 + v_{tm})

    with a flat prior on :math:`\\mu_t`, so that a task on which only the good models were tried
    does not make them look middling. Metrics are believed together before any task is seen, and
    each of them as much as past tasks teach. The variances are those of the largest marginal
    likelihood under weak priors, found with its gradient in closed form in
    :math:`O(M^3 + T M^2)` time per step for T tasks and M models. :math:`v_{tm}` is the square of
    the standard error of an accuracy where that is given. K is the identity, or what `relatives`
    say. A score that is missing counts as what the model has on other tasks.

    Predictions are the posterior mean. Location and scale of the new task have priors from the
    past tasks, and what has been measured on it (`known`) updates both together with the models.
    Without a single past task of at least two measured models the models are ranked by their mean
    rank over the metrics, and a warning says so.

    Examples
    --------
    >>> from skperturb import AccuracyPredictor
    >>> past = [{"a": 1.0, "b": 3.0, "c": 2.0}, {"a": 2.0, "b": 1.0, "c": 3.0}]
    >>> accuracies = [{"a": 0.9, "b": 0.8, "c": 0.7}, {"a": 0.8, "b": 0.6, "c": 0.5}]
    >>> predictor = AccuracyPredictor().fit(past, accuracies)
    >>> new = {"a": 0.0, "b": 0.5, "c": 1.0}
    >>> predictor.suggest(new)
    ['a']
    >>> predictor.predict(new, known={"a": 0.85}).round(2)
    array([0.85, 0.73, 0.66])
    """

    def __init__(
        self,
        selector=None,
        *,
        effects="both",
        link="logit",
        relatives=None,
        n_samples=2000,
        random_state=0,
    ):
        self.selector = selector
        self.effects = effects
        self.link = link
        self.relatives = relatives
        self.n_samples = n_samples
        self.random_state = random_state

    def fit(self, tasks, accuracies=None, *, standard_errors=None):
        """
        Learn from past tasks what history and metrics are worth.

        Parameters
        ----------
        tasks : sequence
            One past task per entry: a tuple ``(feature_sets, y)`` as :class:`ModelSelector` takes
            them, or anything with the attributes `feature_sets` and `labels` (and `groups`), such
            as a task of :func:`~skperturb.datasets.load_zoo`; or scores already computed: a mapping
            of model to score or to a mapping of metric to score, a data frame with a row per
            model, a fitted selector, or anything that holds one of these as `scores`. A task may
            have a `name`.
        accuracies : sequence
            One entry per task: a mapping of model to accuracy, in which models may be missing, or
            an array-like of shape (n_models,) in the order of the task. NaN is missing.
        standard_errors : sequence or None, default=None
            The standard errors of the accuracies in the same form, from the number of test samples
            or from several seeds. None, NaN and what is missing are not known: that noise is then
            part of the :math:`\\sigma^2` that is estimated.

        Returns
        -------
        self : object
            The fitted predictor.

        Raises
        ------
        ValueError
            If accuracies are missing, outside (0, 1) with ``link="logit"``, or of other tasks or
            models; if a task is there twice, or a parameter is out of range.
        TypeError
            If the selector, a task or one of the sequences is of the wrong kind.
        """
        self._check_params()
        relatives = read_relatives(self.relatives)
        tasks = read_tasks(tasks, self._selector_for)
        check_unique(tasks)
        self._lone_metric = check_lone_metrics(tasks)
        accuracies = read_accuracies(tasks, accuracies, self.link)
        errors = read_standard_errors(tasks, standard_errors)
        warn_of_constant_scores(tasks)
        scored, models = self.effects != "models", self.effects != "metrics"
        past = tabulate(tasks, accuracies, errors, self.link, scored=scored)
        self.n_tasks_ = len(past.tasks)
        if not self.n_tasks_:
            msg = (
                "AccuracyPredictor has no past task to learn from; it ranks models by the mean "
                "rank of the metrics, and their accuracies are guesses."
            )
            warnings.warn(msg, UserWarning, stacklevel=2)
        counts = past.tables.measured.sum(axis=0).tolist()
        self.n_measured_ = dict(zip(past.models, counts, strict=True))
        self._kinship = fit_kinship(past, relatives, models=models)
        tables = self._kinship.tables
        self.kinship_share_ = self._kinship.share
        self.variances_ = fit_variances(tables, models=models)
        self._weights = weight_posterior(tables, self.variances_)
        locations = past.locations + past.scales * self._weights.intercepts
        self.level_model_ = fit_level(past.tasks, locations, past.scales, self.link)
        self._store_effects(past, tables)
        return self

    def fit_selector(self, feature_sets, y):
        """
        Score the models of a task as `fit` and `predict` do, without predicting.

        Parameters
        ----------
        feature_sets : mapping of str to feature set, or sequence of feature sets
            The models' features, as :class:`ModelSelector` takes them.
        y : array-like of shape (n_samples,)
            Labels or targets.

        Returns
        -------
        selector : ModelSelector
            The fitted selector, which `predict` and :meth:`History.add_scores` take.
        """
        self._check_params()
        return self._selector_for(y).fit(feature_sets, y)

    def predict(self, tasks, *, return_std=False, known=None):
        """
        Predict the accuracies of all models of a task, or of each of several.

        Parameters
        ----------
        tasks : task or list of tasks
            A task as in `fit`, or a list of them.
        return_std : bool, default=False
            Whether to return standard deviations, too.
        known : mapping of str to float, sequence of such, or None, default=None
            What has been measured on the task so far: model to accuracy, or to a pair of accuracy
            and standard error. For a list of tasks a sequence with one entry per task.

        Returns
        -------
        accuracies : ndarray of shape (n_models,), or list of such
            Predicted accuracies in the order of the models; of a measured model the measured one.
        std : ndarray of shape (n_models,), or list of such
            Their standard deviations, only with ``return_std=True``.
        """
        check_is_fitted(self)
        if is_task(tasks):
            posterior = self.posterior(tasks, known)
            return (posterior.mean, posterior.std) if return_std else posterior.mean
        scored = read_tasks(tasks, self._selector_for)
        known = [None] * len(scored) if known is None else list(known)
        if len(known) != len(scored):
            msg = f"`known` must have one entry per task, {len(scored)}, got {len(known)}."
            raise ValueError(msg)
        posteriors = [self._posterior(*pair) for pair in zip(scored, known, strict=True)]
        means = [each.mean for each in posteriors]
        return (means, [each.std for each in posteriors]) if return_std else means

    def posterior(self, task, known=None):
        """
        Return what is believed of the accuracies of a task's models.

        Parameters
        ----------
        task : task
            A task as in `fit`.
        known : mapping of str to float or None, default=None
            What has been measured on it so far, as in `predict`.

        Returns
        -------
        posterior : AccuracyPosterior
            Means, deviations, intervals, draws, probabilities and suggestions.
        """
        check_is_fitted(self)
        return self._posterior(read_task(task, 0, self._selector_for), known)

    def probability_best(self, task, known=None):
        """
        Return how likely each model of a task is to be its best.

        Parameters
        ----------
        task : task
            A task as in `fit`.
        known : mapping of str to float or None, default=None
            What has been measured on it so far, as in `predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_models,)
            They sum to 1.
        """
        return self.posterior(task, known).probability_best()

    def expected_regret(self, task, known=None):
        """
        Return how much accuracy is lost, in expectation, by stopping now.

        Parameters
        ----------
        task : task
            A task as in `fit`.
        known : mapping of str to float or None, default=None
            What has been measured on it so far, as in `predict`.

        Returns
        -------
        regret : float
            Accuracy of the best model less that of the best measured one (of the one with the
            highest prediction where none is measured), in expectation.
        """
        return self.posterior(task, known).expected_regret()

    def suggest(self, task, *, known=None, n=1):
        """
        Return which models to fine-tune next.

        Parameters
        ----------
        task : task
            A task as in `fit`.
        known : mapping of str to float or None, default=None
            What has been measured on it so far, as in `predict`.
        n : int, default=1
            How many models to name.

        Returns
        -------
        names : list of str
            The models that raise the expected best accuracy most.
        """
        return self.posterior(task, known).suggest(n)

    def explain(self, task, known=None):
        """
        Return what each prediction is made of.

        Parameters
        ----------
        task : task
            A task as in `fit`.
        known : mapping of str to float or None, default=None
            What has been measured on it so far, as in `predict`.

        Returns
        -------
        parts : dict of {str: list or ndarray}
            Columns, ready for ``pandas.DataFrame``: "model"; "level", what the task as a whole
            is expected to be; "history"; "consensus" of the metrics, and one per metric for what
            it adds to that; "measured", what `known` changes; and
            their sum, "link", whose accuracy is in "accuracy". All but the last are on the scale
            of the link (log-odds, as a rule).
        """
        check_is_fitted(self)
        task = read_task(task, 0, self._selector_for)
        before, after = self._posterior(task, None), self._posterior(task, known)
        scale = before.expected_scale
        parts = explain_expectation(task, self._kinship, self._weights, self.metric_names_)
        columns = {"model": list(task.models), "level": np.full(len(task.models), before.level)}
        columns |= {name: scale * values for name, values in parts.items()}
        columns["measured"] = after.link_mean - before.link_mean
        columns["link"], columns["accuracy"] = after.link_mean, after.mean
        return columns

    def score(self, tasks, accuracies):
        """
        Say how well predictions order the models, in the mean over tasks.

        Parameters
        ----------
        tasks : sequence
            Tasks as in `fit`.
        accuracies : sequence
            The accuracies that their models reached, as in `fit`, at least 2 per task.

        Returns
        -------
        tau : float
            Mean of :func:`~skperturb.evaluation.weighted_kendall_tau` over the tasks, in [-1, 1].
        """
        check_is_fitted(self)
        scored = read_tasks(tasks, self._selector_for)
        measured = read_accuracies(scored, accuracies, self.link)
        means = [self._posterior(task, None).mean for task in scored]
        return float(np.mean(list(map(weighted_kendall_tau, measured, means))))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.two_d_array = False  # nor is any other kind of input a list of tasks
        return tags

    def _check_params(self):
        check_option(self, "effects", _EFFECTS)
        check_option(self, "link", LINKS)
        check_integer(self, "n_samples", low=2)
        check_seed(self, "random_state")
        selector = self.selector
        if selector is not None and not (
            hasattr(selector, "fit")
            and hasattr(selector, "transform")
            and hasattr(selector, "metric")
        ):
            msg = (
                "`selector` of AccuracyPredictor must be a ModelSelector or None, got "
                f"{selector!r}; put a metric into one."
            )
            raise TypeError(msg)

    def _selector_for(self, y):
        """Return a new selector for a task with these labels."""
        if self.selector is not None:
            return clone(self.selector)
        return ModelSelector(default_metrics(y), diagnostics=None)

    def _store_effects(self, past, tables):
        """Keep what history and metrics turned out to be worth."""
        n_models = len(past.models)
        effects = model_effects(self._kinship, self._weights.mean[:n_models])
        weights = self._weights.mean[n_models:]
        self.metric_names_ = list(past.metrics)
        self.consensus_coef_ = float(CONSENSUS_WEIGHT + weights[0]) if len(weights) else 0.0
        self.coef_ = weights[1:]
        self.model_effects_ = dict(zip(past.models, effects.tolist(), strict=True))
        scored = np.tensordot(weights, tables.columns, axes=1)
        scored += CONSENSUS_WEIGHT * tables.columns[:1].sum(axis=0)
        scored = scored[tables.measured]
        parts = {
            "models": self.variances_.models if self.effects != "metrics" else 0.0,
            "metrics": float(np.mean(scored**2)) if scored.size else 0.0,
            "noise": self.variances_.noise,
        }
        self.variance_shares_ = {name: part / sum(parts.values()) for name, part in parts.items()}

    def _posterior(self, task, known):
        """Return the posterior of a task whose models have scores."""
        values, errors = read_known(task, known, self.link)
        self._check_metrics(task)
        if self.n_tasks_:
            level = predict_level(self.level_model_, task)
            expectation = expect(
                task, self._kinship, self._weights, self.variances_, self.metric_names_
            )
        else:
            level = predict_level(level_without_history(task, self.link), task)
            expectation = expect_without_history(task, self._kinship, self.variances_)
        return AccuracyPosterior(
            task.models,
            expectation,
            level,
            values,
            errors,
            self.link,
            self.n_samples,
            self.random_state,
        )

    def _check_metrics(self, task):
        """Raise if past tasks had metrics, and this one has none of them but others."""
        check_lone_metrics([task], self._lone_metric)
        if self.metric_names_ and task.metrics and not set(task.metrics) & set(self.metric_names_):
            past = ", ".join(map(repr, self.metric_names_))
            msg = (
                f"{name_task(task)} must have scores by {past}, as past tasks have, "
                f"got {', '.join(map(repr, task.metrics))}."
            )
            raise ValueError(msg)
