"""HalvingModelSelector: all models on few rows, the better part on more, until all rows."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from skperturb._validation import check_integer, check_real
from skperturb.selection._base import BaseSelector
from skperturb.selection._failures import NothingScoredError, report_problems
from skperturb.selection._halving_schedule import combine_rounds, halving_schedule
from skperturb.selection._input_validation import check_target, encode_target, name_feature_sets
from skperturb.selection._metrics import is_composed, resolve_metrics
from skperturb.selection._param_validation import check_params
from skperturb.selection._results import tabulate
from skperturb.selection.execution.parallel import (
    N_FRAMES,
    callback_context,
    execute,
    with_callbacks,
)
from skperturb.selection.execution.plan import draw_seed, make_plan
from skperturb.selection.features.row_index import row_index
from skperturb.selection.resampling.stratified import draw_sample, smallest_sample

_ROWS_PER_CLASS = 10  # of the first round, where nothing else is said


class HalvingModelSelector(BaseSelector):
    """
    Rank a large pool by successive halving.

    All models are scored on few rows; of each round the best `1 / factor` go on to a round
    with `factor` times the rows, until the last are scored on all. Thousands of models
    then cost little more than the first round. A model that needs many rows to show what
    it is worth can be lost on the way.

    Parameters
    ----------
    metric : estimator, str, list, dict or None, default=None
        What scores a feature set, as in :class:`ModelSelector`.
    factor : float, default=3
        By how much the rows grow from round to round, and the models become fewer; above 1.
    min_resources : "smallest" or int, default="smallest"
        The fewest rows of the first round. "smallest" is 10 per class, and 2 of each
        class in any case.
    cv : int or splitter, default=5
        Folds of a classifier or regressor, as in :class:`ModelSelector`.
    scoring : str, callable or None, default=None
        How such a model is scored, as in :class:`ModelSelector`.
    n_resamples : int, default=0
        Number of resamples of the last round that tell how sure its ranking is.
    confidence_level : float, default=0.95
        As in :class:`ModelSelector`, of the last round.
    diagnostics : "all", list of str or None, default="all"
        What each round warns of, as in :class:`ModelSelector`.
    error_score : "raise" or float, default=np.nan
        Score of a feature set that cannot be scored; it leaves after that round.
    n_jobs : int or None, default=None
        Number of feature sets open and scored at once.
    memory : str, path or None, default=None
        Folder that keeps results, as in :class:`ModelSelector`.
    random_state : int, RandomState or None, default=0
        Seed of the rows that are drawn; the rows of a round are among those of the next.
    verbose : int, default=0
        How much joblib tells of its progress.

    Attributes
    ----------
    names_ : list of str
        Names of the models, in the order given.
    ranking_ : list of str
        Names of the models: first those of the last round, best first, then those that
        left before, and so on.
    ranks_ : ndarray of shape (n_models,)
        Places of the models, 1 for the best.
    scores_ : ndarray of shape (n_models,) or (n_models, n_metrics)
        The score of each model in its last round. Compare only scores of the same
        round.
    best_name_ : str
        Name of the best model.
    best_score_ : float or ndarray of shape (n_metrics,)
        Its score on all rows.
    n_iterations_ : int
        Number of rounds.
    n_candidates_ : list of int
        Models of each round.
    n_resources_ : list of int
        Rows of each round.
    results_ : dict of ndarrays of shape (n_models,)
        The columns of :class:`ModelSelector`, of each model those of its last round, and
        "iter", that round from 0, and "n_resources", its rows. Seconds are those of all its
        rounds. Intervals and "p_best" are NaN for models that left before the last round.
    results_schema_ : list of ResultColumn
        For each column of `results_` its name, what it tells and of which metric.
    failures_ : dict of {str: Failure}
        Name and reason of each model that could not be scored.
    failed_ : ndarray of bool of shape (n_models,) or (n_models, n_metrics)
        Where `scores_` holds `error_score` and no score.
    sample_indices_ : ndarray of int of shape (n_rows,)
        The rows of the last round.
    metrics_ : dict of {str: estimator}
        The metrics by name.
    metric_names_ : list of str
        Names of the metrics.

    See Also
    --------
    ModelSelector : Scores all models on all rows.
    sklearn.model_selection.HalvingGridSearchCV : The same idea for parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb import HalvingModelSelector
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["ant", "bee"], 200)
    >>> pool = {
    ...     f"model {i}": rng.standard_normal((400, 10)) + (y == "bee")[:, None] * i / 9
    ...     for i in range(10)
    ... }
    >>> selector = HalvingModelSelector().fit(pool, y)
    >>> selector.n_candidates_, selector.n_resources_
    ([10, 4, 2], [44, 133, 400])
    >>> selector.best_name_
    'model 9'
    """

    def __init__(
        self,
        metric=None,
        *,
        factor=3,
        min_resources="smallest",
        cv=5,
        scoring=None,
        n_resamples=0,
        confidence_level=0.95,
        diagnostics="all",
        error_score=np.nan,
        n_jobs=None,
        memory=None,
        random_state=0,
        verbose=0,
    ):
        self.metric = metric
        self.factor = factor
        self.min_resources = min_resources
        self.cv = cv
        self.scoring = scoring
        self.n_resamples = n_resamples
        self.confidence_level = confidence_level
        self.diagnostics = diagnostics
        self.error_score = error_score
        self.n_jobs = n_jobs
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(self, feature_sets, y=None, *, groups=None):
        """
        Score all models on few rows, and the better part on more.

        Parameters
        ----------
        feature_sets : mapping of str to feature set, or sequence of feature sets
            As in :meth:`ModelSelector.fit`. Paths pay most: of a .npy file only the rows
            of the round are read.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets of the rows.
        groups : array-like of shape (n_samples,) or None, default=None
            Group of each row, as in :meth:`ModelSelector.fit`; every round takes whole groups.

        Returns
        -------
        self : object
            The fitted selector.

        Raises
        ------
        ValueError
            If a parameter, the pool, `y` or `groups` is not what it must be.
        NothingScoredError
            If no model can be scored in the first round. Later, the next best moves up.
        """
        check_params(self)
        factor = check_real(self, "factor", low=1.0, open_low=True)
        pool = name_feature_sets(feature_sets)
        index, y = row_index(y), check_target(self, y)
        metrics = resolve_metrics(self, self.metric, y)
        target = encode_target(self, y, groups, metrics, index)
        # One seed for all rounds: the rows of a round are among those of the next.
        seed = draw_seed(check_random_state(draw_seed(check_random_state(self.random_state))))
        schedule = halving_schedule(len(pool), len(y), factor, self._fewest_rows(target, seed))

        rounds = _Rounds(self, pool, target, metrics, seed)
        with callback_context(self, feature_sets, y, len(schedule)) as end_task:
            for n_candidates, n_rows in schedule:
                rounds.run(n_candidates, n_rows)
                end_task()

        self._store(combine_rounds(rounds.results, list(pool), rounds.failures))
        self.n_iterations_ = len(rounds.results)
        self.n_candidates_ = [len(each.names) for each in rounds.results]
        self.n_resources_ = [len(each.rows) for each in rounds.results]
        return self

    def summary(self):
        """
        Say in one sentence who is first of the last round.

        Returns
        -------
        summary : str
            As in :meth:`ModelSelector.summary`, and how many rounds it took.
        """
        said = super().summary()
        rounds = f"After {self.n_iterations_} round{'s' * (self.n_iterations_ > 1)}"
        return f"{rounds} from {len(self.names_)} models: {said}"

    def _contenders(self):
        """Return the models of the last round, best first."""
        return self.ranking_[: self.n_candidates_[-1]]

    def _fewest_rows(self, target, seed):
        """Return the fewest rows of the first round, by `min_resources`."""
        least = smallest_sample(target.frame, seed)
        if isinstance(self.min_resources, Integral):
            return max(least, check_integer(self, "min_resources", low=1))
        if self.min_resources == "smallest":
            return max(least, _ROWS_PER_CLASS * target.n_classes)
        msg = (
            "`min_resources` of HalvingModelSelector must be 'smallest' or an integer of at "
            f"least 1, got {self.min_resources!r}."
        )
        raise ValueError(msg)


class _Rounds:
    """The rounds of one fit: their results so far, and the models that failed in any."""

    def __init__(self, selector, pool, target, metrics, seed):
        self.selector, self.pool, self.target = selector, pool, target
        self.metrics, self.seed = metrics, seed
        self.results: list = []
        self.failures: dict = {}

    def run(self, n_candidates, n_rows):
        """Score the best so far on more rows; who fails on them makes room for the next best."""
        latest_first = [name for each in reversed(self.results) for name in each.ranking()]
        ranking = list(dict.fromkeys(latest_first)) or list(self.pool)
        tried: dict = {}
        results = None
        while True:
            sound = [name for name in ranking if name not in self.failures][:n_candidates]
            if set(sound) <= tried.keys():
                break
            # All of them again, not the newcomer alone: ranks depend on who takes part.
            tried = {name: self.pool[name] for name in self.pool if name in sound}
            results = self._score(tried, n_rows)
        if sound:
            self.results.append(results)

    def _score(self, pool, n_rows):
        """Return the results of a pool on so many rows, and note who failed."""
        selector, n_all = self.selector, len(self.target.y)
        is_last = n_rows == n_all
        rows = None if is_last else draw_sample(self.target.frame, n_rows, self.seed)
        n_resamples = selector.n_resamples if is_last else 0
        plan = make_plan(
            selector,
            pool,
            self.target,
            self.metrics,
            rows=rows,
            seed=self.seed,
            n_resamples=n_resamples,
            is_last=is_last,
        )
        outcomes = execute(plan, n_jobs=selector.n_jobs, verbose=selector.verbose)
        composed = is_composed(selector.metric)
        results = tabulate(plan, outcomes, error_score=selector.error_score, composed=composed)
        self.failures |= results.failures
        try:
            report_problems(selector, results, outcomes, composed=composed, stacklevel=4 + N_FRAMES)
        # Of a later round the models before it are still ranked, and the next best move up.
        except NothingScoredError:
            if not self.results:
                raise
        return results
