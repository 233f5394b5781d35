"""ModelRanker: past tasks as samples, so that a search can tune how models are ranked."""

import warnings

import numpy as np
from sklearn.exceptions import FitFailedWarning
from sklearn.utils.validation import check_is_fitted

from skperturb.evaluation import weighted_kendall_tau
from skperturb.selection._metric_params import MetricParamsMixin
from skperturb.selection._metrics import is_composed, resolve_metrics
from skperturb.selection._selector import ModelSelector
from skperturb.selection._tasks import read_accuracies, read_tasks


class ModelRanker(MetricParamsMixin):
    """
    Score the models of past tasks, and say how well the scores order them.

    Its samples are tasks: a pool of feature sets with labels, whose models' accuracies
    are known. That makes the parameters of a metric or of a perturbation something that
    :class:`~sklearn.model_selection.GridSearchCV` can tune. (On one data set they cannot
    be tuned: a score is as a rule highest where the perturbation is weakest, and says
    nothing of the order of the models.)

    Parameters
    ----------
    metric : estimator, str, list, dict or None, default=None
        What scores a feature set, as :class:`ModelSelector` takes it.
    n_jobs : int or None, default=None
        Number of models of a task scored at once, as joblib takes it: None is 1 unless
        :class:`joblib.parallel_config` says otherwise, -1 all processors.

    Attributes
    ----------
    n_tasks_ : int
        Number of tasks seen in `fit`.

    See Also
    --------
    ModelSelector : Rank the models of one task.
    skperturb.evaluation.static_ranking : The baseline without any metric.

    Notes
    -----
    A ranker has nothing to learn: `fit` only checks its input, and no model is scored
    before `predict` or `score`. In a search every setting then costs one pass over the
    tasks that are held out; with ``cv=LeaveOneOut()`` that is each task once, and
    ``cv_results_["split0_test_score"]`` is the correlation on the first task.

    A model that cannot be scored gets NaN, which ranks last, and a warning names it. If
    none of the models of a task can be scored, all of its scores are NaN, a warning says
    why, and its correlation is 0: that of a ranking by chance. The other tasks still
    count.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV, LeaveOneOut
    >>> from skperturb import ModelRanker, make_perturbed
    >>> from skperturb.metrics import LogME
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["ant", "bee"], 20)
    >>> signal = (y == "bee")[:, None] * 2.0
    >>> def pool(**noises):
    ...     noise = rng.standard_normal((40, 8))
    ...     return {name: signal + s * noise for name, s in noises.items()}
    >>> tasks = [(pool(sharp=0.5, fair=1, dull=4), y) for _ in range(3)]
    >>> accuracies = [{"sharp": 0.9, "fair": 0.8, "dull": 0.6}] * 3
    >>> grid = {"metric__attract__alpha": [0.2, 0.3, 0.45]}
    >>> ranker = ModelRanker(make_perturbed(LogME()))
    >>> search = GridSearchCV(ranker, grid, cv=LeaveOneOut())
    >>> results = search.fit(tasks, accuracies).cv_results_
    >>> results["mean_test_score"].round(2)
    array([1., 1., 0.])
    >>> [scores] = search.predict([(pool(new=2, newer=1), y)])
    >>> scores.argsort()
    array([0, 1])
    """

    def __init__(self, metric=None, *, n_jobs=None):
        self.metric = metric
        self.n_jobs = n_jobs

    def fit(self, tasks, accuracies=None):
        """
        Check tasks, accuracies and metric; there is nothing to learn.

        Parameters
        ----------
        tasks : sequence
            One task per entry: a tuple ``(feature_sets, y)`` as :class:`ModelSelector`
            takes them, or anything with the attributes `feature_sets` and `labels`, such
            as a task of :func:`~skperturb.datasets.load_zoo`.
        accuracies : sequence
            One entry per task: a mapping of model name to accuracy, in which models may
            be missing and others are passed over, or an array-like of shape (n_models,)
            in the order of the task's feature sets. A model that is missing or NaN is
            scored, but left out of the correlation; at least 2 must be there.

        Returns
        -------
        self : object
            The ranker.

        Raises
        ------
        ValueError
            If there is no task, or the accuracies are missing, too few for a task, or of
            other tasks or models.
        TypeError
            If the metric, a task or one of the sequences is of the wrong kind.
        """
        tasks = read_tasks(tasks)
        resolve_metrics(self, self.metric, tasks[0].y)
        read_accuracies(tasks, accuracies)
        self.n_tasks_ = len(tasks)
        return self

    def predict(self, tasks):
        """
        Score the models of every task; accuracies are not needed.

        Parameters
        ----------
        tasks : sequence
            Tasks as in `fit`; they need not be the same.

        Returns
        -------
        scores : list of ndarray of shape (n_models,)
            Of each task the scores of its models in the order of its feature sets, larger
            is better, NaN for a model that could not be scored. With several metrics a
            score is minus the mean rank over them, and NaN if one of them failed.
        """
        check_is_fitted(self)
        return [self._scores(task) for task in read_tasks(tasks)]

    def score(self, tasks, accuracies):
        """
        Say how well the scores order the models, in the mean over the tasks.

        Parameters
        ----------
        tasks : sequence
            Tasks as in `fit`; they need not be the same.
        accuracies : sequence
            Accuracies of their models as in `fit`.

        Returns
        -------
        tau : float
            Mean of :func:`~skperturb.evaluation.weighted_kendall_tau` over the tasks, in
            [-1, 1]. A task in which all scores are tied or NaN counts 0.
        """
        check_is_fitted(self)
        tasks = read_tasks(tasks)
        measured = read_accuracies(tasks, accuracies)
        pairs = zip(measured, map(self._scores, tasks), strict=True)
        return float(np.mean([weighted_kendall_tau(*pair) for pair in pairs]))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.two_d_array = False  # nor is any other kind of input a list of tasks
        return tags

    def _scores(self, task):
        """Score the models of one task, all NaN where none can be scored."""
        selector = ModelSelector(self.metric, diagnostics=None, n_jobs=self.n_jobs)
        try:
            selector.fit(task.feature_sets, task.y)
        except ValueError as error:
            msg = f"{task.label} could not be scored; the scores of its models are NaN. {error}"
            warnings.warn(msg, FitFailedWarning, stacklevel=3)
            return np.full(len(task.feature_sets), np.nan)
        if not is_composed(self.metric):
            return selector.scores_
        failed = np.isnan(selector.scores_).any(axis=1)
        return np.where(failed, np.nan, -selector.results_["mean_rank"])
