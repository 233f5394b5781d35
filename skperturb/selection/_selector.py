"""ModelSelector: rank the models of a pool, and hand on the features of the best."""

import numpy as np
from sklearn.utils import check_random_state

from skperturb.selection._base import BaseSelector
from skperturb.selection._failures import report_problems
from skperturb.selection._input_validation import (
    check_lengths,
    check_target,
    encode_target,
    name_feature_sets,
)
from skperturb.selection._metrics import is_composed, resolve_metrics
from skperturb.selection._param_validation import check_max_samples, check_params
from skperturb.selection._results import tabulate
from skperturb.selection.execution.parallel import (
    N_FRAMES,
    callback_context,
    execute,
    with_callbacks,
)
from skperturb.selection.execution.plan import draw_seed, make_plan, sample_rows
from skperturb.selection.features.row_index import row_index


class ModelSelector(BaseSelector):
    """
    Rank a pool of pre-trained models by a transferability metric.

    Every model has turned the target data set into a feature matrix, of any width. The
    selector scores each matrix against the labels, without training any model, and ranks
    them. As the first step of a pipeline it hands on the features of the best model.

    Parameters
    ----------
    metric : estimator, str, list, dict or None, default=None
        What scores a feature set: a metric of :mod:`skperturb.metrics` or its name, such as
        "knn"; a :class:`~sklearn.pipeline.Pipeline` that ends in one (see
        :func:`make_perturbed`); or any scikit-learn classifier or regressor, whose score is
        its mean cross-validated score. With several, a list of names or of (name, metric)
        pairs or a dict, the models are ranked by their mean rank over the metrics, those
        that some metric cannot score last; their parameters are parameters of the selector,
        such as "logme__tol". A metric that needs a pool (NCTI, ETran) scores each model
        relative to the others. None is ``make_pipeline(CappedPCA(), LogME())`` for class
        labels and ``LogME()`` for other targets (see Notes).
    cv : int or splitter, default=5
        Folds of a classifier or regressor that stands in for a metric. A number makes that
        many, shuffled, stratified by the classes where there are any, with whole groups where
        `fit` is given some; a splitter such as :class:`~sklearn.model_selection.KFold` is
        used as it is.
    scoring : str, callable or None, default=None
        How such a model is scored, as :func:`~sklearn.model_selection.cross_val_score` takes
        it. None is its own `score`.
    max_samples : int, float or None, default=None
        Rows that are looked at: a number, or a share in (0, 1]. They are drawn once for the
        whole pool, without replacement, each class by its share and with at least 2 rows
        (or the one it has). Of groups come as many whole ones as fit. Of a memory map no
        other row is read. None is all rows.
    n_resamples : int, default=0
        Number of resamples that tell how sure the ranking is, at least 2; 0 for none. Each
        is three quarters of the rows of each class, or of the groups, drawn without
        replacement, the same for all models.
    confidence_level : float, default=0.95
        How sure the intervals are, and what `summary` says of the first against the others, in
        (0, 1).
    diagnostics : "all", list of str or None, default="all"
        What `results_` warns of: "leaking" features, of which one column determines the labels
        by itself; "misaligned" data frames, whose index differs from that of y or the first
        one; "constant" features; "duplicate" feature sets; a score that is "saturated" at its
        bound; scores that are "tied"; features too "wide" for the rows and the metric;
        resamples that stayed "unscored"; a best score that shuffled labels reach by "chance"
        (see Notes).
    error_score : "raise" or float, default=np.nan
        Score of a feature set that cannot be scored; it ranks last whatever the number.
        "raise" raises the first error instead.
    n_jobs : int or None, default=None
        Number of feature sets open and scored at once, as joblib takes it: None is 1
        unless :class:`joblib.parallel_config` says otherwise, -1 all processors.
    memory : str, path or None, default=None
        Folder that keeps scores. A feature set that was scored by the same metric, with the
        same features and labels, is not scored again; a run that was killed goes on where
        it stopped. A metric or function of your own is another one as soon as the file that
        defines it changes. Failures are not kept. Nothing that lies in the folder is executed.
    random_state : int, RandomState or None, default=0
        Seed of the rows that are drawn, and of the folds.
    verbose : int, default=0
        How much joblib tells of its progress. With scikit-learn 1.9 or newer,
        ``set_callbacks(sklearn.callback.ProgressBar())`` draws a bar instead.

    Attributes
    ----------
    names_ : list of str
        Names of the models, in the order given.
    metrics_ : dict of {str: estimator}
        The metrics by name, those that were named or left out as estimators.
    metric_names_ : list of str
        Names of the metrics; ``["score"]`` for one that was not given in a list or dict.
    scores_ : ndarray of shape (n_models,) or (n_models, n_metrics)
        Scores, larger is better; one column per metric where a list or dict was given.
        Those of a metric that needs a pool are its `pool_scores`.
    ranks_ : ndarray of shape (n_models,)
        Places of the models as integers, 1 for the best. Equal scores (to 9 significant
        digits) share the better place; models that could not be scored come last.
    ranking_ : list of str
        Names of the models, best first; those that share a place by name.
    best_name_ : str
        Name of the best model.
    best_score_ : float or ndarray of shape (n_metrics,)
        Its score, or its scores.
    results_ : dict of ndarrays of shape (n_models,)
        Everything as columns, those that the command writes as CSV and JSON too; `to_frame`
        ranks them: "rank", "model", "score", "seconds", "seconds_shared", "warnings", "error",
        "metric" in words and "digest", which is equal where scores can be compared: of the same
        labels, rows, metrics and version. With a list or dict of metrics
        "score_<metric>", "rank_<metric>" and "seconds_<metric>" of each, and "mean_rank".
        With resamples also "score_low" and "score_high" (of each metric), "rank_low",
        "rank_high" and "p_best", how often the model would be first on other rows.
        "seconds" is what a metric took alone, "seconds_shared" what all of them have in
        common: opening the features, steps of pipelines and results that several use.
    results_schema_ : list of ResultColumn
        For each column of `results_` its name, what it tells and of which metric.
    failures_ : dict of {str: Failure}
        Name and reason of each model that at least one of the metrics could not score; a
        reason is a string with the attribute `traceback`.
    failed_ : ndarray of bool of shape (n_models,) or (n_models, n_metrics)
        Where `scores_` holds `error_score` and no score.
    sample_indices_ : ndarray of int of shape (n_rows,)
        The rows that were looked at, in ascending order.

    See Also
    --------
    consensus_metrics : Five metrics to rank by together, recommended where time allows.
    make_perturbed : Spread and Attract before a metric.

    Notes
    -----
    The ranking does not depend on `n_jobs`, on the joblib backend or on the order of the
    models, and several selectors may be fitted in threads of one process. Scores from
    different numbers of threads agree to about 1e-10, because linear algebra libraries then
    add in another order. Labels and feature sets are never written to.

    The default metric comes from a study (user guide, "The study"; "What to take when" has the
    conclusions). LogME behind 64 principal components had a weighted Kendall tau of .53 to
    fine-tuned accuracies on 4 image tasks, and of .84 and .83 to those of linear probes on 4
    image and 6 text tasks, where the noise of the accuracies allows about .73, .89 and .85. No
    other metric, perturbation or mean rank was better by an interval on any of these; the mean
    rank of the models on *other* tasks, which looks at no features, had .53, .72 and .57.

    A resample leaves out a quarter of the rows and repeats none, because repeated rows
    flatter metrics that leave out one row or one fold: a row is then judged by its own copy.
    Four resamples in a row leave each row out about once, and 20 leave out the lines of an affine
    plane of 16 cells, to which the rows of each class are dealt: sums over a cell serve five of
    them. These 20 have 15 independent contrasts, as 16 independent draws would, and count as such.
    How the scores scatter around their mean, scaled to samples of all rows (delete-d
    jackknife [1]_), says how scores of other samples would: these are drawn from Student's
    distribution around the scores of all rows, whose degrees of freedom are few where classes or
    resamples are. A class of 2 rows keeps both, and is taken to scatter as the others do. Which
    models the first is ahead of allows for its luck in being first: of models that are equal,
    it is said to be ahead of another in one pool of ``1 - confidence_level`` (stepdown test of the
    largest lead [2]_). Targets without classes, and whole numbers where all metrics have
    ``task="regression"``, are drawn without strata.

    Of a pipeline that begins with :class:`CappedPCA` a resample keeps the components of all
    rows. That costs a fraction of new ones, and intervals hold the truth as often: of simulated
    samples in 93 to 98 % for LogME, where new components make it 91 to 94 %
    (``benchmarks/components.py``).

    For "chance" the labels are shuffled 20 times, those of a group together, and the models
    scored again. In a pool without any signal the best score is above all of these once in 21
    times. Only metrics that share their work between labels are looked at: LogME, RidgeProbe,
    HScore, CKAScore, KNNScore, and most behind CappedPCA.

    Of groups three quarters are left in each resample, and the scatter is scaled by their
    number, as for samples of other groups. They are drawn by strata, too: the stratum of a
    group is that of its classes which the fewest groups hold, so that groups of one class
    are drawn by the shares of the classes, and a rare class is not lost; one that is lost all
    the same gets a group back. The intervals are about other samples of the same task, of the
    same size; they do not say how well the metric predicts accuracies.

    References
    ----------
    .. [1] J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", Annals
       of Statistics 17(3), 1989.
    .. [2] J. P. Romano, M. Wolf, "Exact and approximate stepdown methods for multiple
       hypothesis testing", Journal of the American Statistical Association 100(469), 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from skperturb import ModelSelector
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["ant", "bee"], 50)
    >>> signal = (y == "bee")[:, None] * 2.0
    >>> pool = {
    ...     "blind": rng.standard_normal((100, 30)),
    ...     "sharp": rng.standard_normal((100, 20)) + 2 * signal,
    ...     "dull": rng.standard_normal((100, 20)) + signal / 4,
    ... }
    >>> ModelSelector().fit(pool, y).ranking_
    ['sharp', 'dull', 'blind']
    """

    def __init__(
        self,
        metric=None,
        *,
        cv=5,
        scoring=None,
        max_samples=None,
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
        self.cv = cv
        self.scoring = scoring
        self.max_samples = max_samples
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
        Score and rank the models.

        Parameters
        ----------
        feature_sets : mapping of str to feature set, or sequence of feature sets
            One feature set of shape (n_samples, n_features) per model; all with the same
            rows, of any width: an array, a data frame, a sparse matrix where the metric
            takes it, a memory map, a path (.npy, .npz, .parquet, .safetensors) or a
            function that returns one of these. Paths and functions are opened where they
            are scored, one at a time per job, and let go before the next. The models of a
            sequence are called "0", "1", ...; a sequence of (name, feature set) pairs
            keeps its names.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets of the rows.
        groups : array-like of shape (n_samples,) or None, default=None
            Group of each row: patient, document, sentence. Rows of one group are never
            parted, neither by `max_samples` nor by resamples or folds.

        Returns
        -------
        self : object
            The fitted selector.

        Raises
        ------
        ValueError
            If the pool is empty, a name is given twice, `y` is missing, has one class or
            another length than all feature sets, `groups` has another length or one group,
            or `memory` cannot be written; all this before any work.
        NothingScoredError
            If no model can be scored by all of the metrics; the message names every reason.
        """
        check_params(self)
        pool = name_feature_sets(feature_sets)
        index, y = row_index(y), check_target(self, y)
        metrics = resolve_metrics(self, self.metric, y)
        target = encode_target(self, y, groups, metrics, index)
        check_lengths(pool, len(y))

        generator = check_random_state(self.random_state)
        rows = sample_rows(self, target, check_max_samples(self, len(y)), generator)
        seed = draw_seed(generator)
        plan = make_plan(
            self, pool, target, metrics, rows=rows, seed=seed, n_resamples=self.n_resamples
        )
        with callback_context(self, feature_sets, y, len(plan.jobs)) as end_task:
            outcomes = execute(plan, n_jobs=self.n_jobs, verbose=self.verbose, on_job_end=end_task)

        composed = is_composed(self.metric)
        results = tabulate(plan, outcomes, error_score=self.error_score, composed=composed)
        report_problems(self, results, outcomes, composed=composed, stacklevel=2 + N_FRAMES)
        self._store(results)
        return self
