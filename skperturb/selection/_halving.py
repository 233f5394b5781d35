"""HalvingModelSelector: all models on few rows, the better part on more, until all rows."""

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skperturb._validation import check_real
from skperturb.selection._base import BaseSelector
from skperturb.selection._callbacks import told_callbacks, with_callbacks
from skperturb.selection._failures import NothingScoredError
from skperturb.selection._pool import named_feature_sets
from skperturb.selection._rounds import last_of_rounds, of_last_rounds, rounds_of
from skperturb.selection._selector import ModelSelector
from skperturb.selection._settings import checked_settings, fewest_rows
from skperturb.selection._target import checked_target

_SHARED = (
    *("n_resamples", "confidence_level", "diagnostics"),
    *("error_score", "n_jobs", "memory", "verbose"),
)


class HalvingModelSelector(BaseSelector):
    """
    Rank a large pool by successive halving.

    All models are scored on few rows; of each round the best `1 / factor` go on to a round
    with `factor` times the rows, until the last are scored on all. Thousands of models
    then cost little more than the first round. A model that needs many rows to show what
    it is worth can be lost on the way.

    Parameters
    ----------
    metric : estimator, dict of {str: estimator} or None, default=None
        What scores a feature set, as in :class:`ModelSelector`.
    factor : float, default=3
        By how much the rows grow from round to round, and the models become fewer; above 1.
    min_resources : "smallest" or int, default="smallest"
        The fewest rows of the first round. "smallest" is 10 per class, and 2 of each
        class in any case.
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
    memory : str, path, joblib.Memory or None, default=None
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
    last_ : ModelSelector
        The selector of the last round, with the intervals of its models.
    results_ : dict of ndarrays of shape (n_models,)
        "model", "score" (or "score_<metric>"), "iter", the last round of the model from
        0, "n_resources", its rows, "seconds" of all its rounds, "rank" and "warnings" of
        its last round.
    failures_ : dict of {str: str}
        Name and reason of each model that could not be scored.
    failed_ : ndarray of bool of shape (n_models,) or (n_models, n_metrics)
        Where `scores_` holds `error_score` and no score.
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
        self.n_resamples = n_resamples
        self.confidence_level = confidence_level
        self.diagnostics = diagnostics
        self.error_score = error_score
        self.n_jobs = n_jobs
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(self, feature_sets, y=None):
        """
        Score all models on few rows, and the better part on more.

        Parameters
        ----------
        feature_sets : mapping of str to feature set, or sequence of feature sets
            As in :meth:`ModelSelector.fit`. Paths pay most: of a .npy file only the rows
            of the round are read.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets of the rows.

        Returns
        -------
        self : object
            The fitted selector.

        Raises
        ------
        ValueError
            If a parameter, the pool or `y` is not what it must be.
        NothingScoredError
            If no model can be scored in the first round. Later, the next best moves up.
        """
        pool = named_feature_sets(feature_sets)
        y = checked_target(y)
        checked_settings(self._selector(None, 0, last=True))
        self.names_, self.failures_ = list(pool), {}
        factor = check_real(self, "factor", low=1.0, open_low=True)
        plan = rounds_of(len(pool), len(y), factor, fewest_rows(self, y))
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        rounds: list[ModelSelector] = []
        with told_callbacks(self, feature_sets, y, len(plan)) as step:
            for i, (n_candidates, n_rows) in enumerate(plan):
                selector = self._selector(n_rows, seed, last=i == len(plan) - 1)
                rounds += self._fitted(selector, pool, y, rounds, n_candidates)
                step()
        self._record_rounds(rounds)
        return self

    def probability_better(self, a, b):
        """
        Return how sure it is that one model of the last round is better than another.

        Parameters
        ----------
        a, b : str
            Names of two models of the last round.

        Returns
        -------
        probability : float
            As in :meth:`ModelSelector.probability_better`.
        """
        check_is_fitted(self)
        return self.last_.probability_better(a, b)

    def summary(self):
        """
        Say in one sentence who is first of the last round.

        Returns
        -------
        summary : str
            As in :meth:`ModelSelector.summary`, and how many rounds it took.
        """
        check_is_fitted(self)
        rounds = f"After {self.n_iterations_} round{'s' * (self.n_iterations_ > 1)}"
        return f"{rounds} from {len(self.names_)} models: {self.last_.summary()}"

    def _selector(self, n_rows, seed, *, last):
        """Return the selector of one round; one seed for all makes their rows nested."""
        shared = {name: getattr(self, name) for name in _SHARED}
        if not last:
            shared["n_resamples"] = 0
        return ModelSelector(self.metric, max_samples=n_rows, random_state=seed, **shared)

    def _fitted(self, selector, pool, y, rounds, n_candidates):
        """Return the selector of a round in a list, an empty one if no model is left to score.

        A model that fails on more rows than before makes room for the next best.
        """
        latest_first = [name for each in reversed(rounds) for name in each.ranking_]
        ranking = list(dict.fromkeys(latest_first)) or list(pool)
        tried: dict = {}
        while True:
            sound = [name for name in ranking if name not in self.failures_][:n_candidates]
            if tried and tried.keys() >= set(sound):
                return [selector] if sound else []
            tried = {name: pool[name] for name in pool if name in sound}
            try:
                self.failures_ |= selector.fit(tried, y).failures_
            except NothingScoredError as error:
                if not rounds:
                    raise
                self.failures_ |= error.failures

    def _record_rounds(self, rounds):
        """Turn the selectors of the rounds into the fitted attributes."""
        self.last_ = rounds[-1]
        self.metric_names_ = self.last_.metric_names_
        self.n_iterations_ = len(rounds)
        self.n_candidates_ = [len(each.names_) for each in rounds]
        self.n_resources_ = [len(each.sample_indices_) for each in rounds]
        self.results_ = last_of_rounds(rounds, self.names_, self.failures_)
        self.failed_ = of_last_rounds(rounds, self.names_, "failed_")
        self.scores_ = of_last_rounds(rounds, self.names_, "scores_")
        self._order(self.results_["rank"])
