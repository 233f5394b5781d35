"""ModelSelector: rank the models of a pool, and hand on the features of the best."""

import warnings
from collections.abc import Mapping
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import FitFailedWarning
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

from skperturb.selection._metrics import named_metrics
from skperturb.selection._pool import named_feature_sets
from skperturb.selection._results import failure_reasons, result_columns, tabulate
from skperturb.selection._scoring import run_job


class ModelSelector(TransformerMixin, BaseEstimator):
    """
    Rank a pool of pre-trained models by a transferability metric.

    Every model has turned the target data set into a feature matrix, of any width. The
    selector scores each matrix against the labels, without training any model, and ranks
    them. As the first step of a pipeline it hands on the features of the best model.

    Parameters
    ----------
    metric : estimator, dict of {str: estimator} or None, default=None
        What scores a feature set: a metric of :mod:`skperturb.metrics`, a
        :class:`~sklearn.pipeline.Pipeline` that ends in one (see
        :func:`make_perturbed`), or any scikit-learn classifier or regressor, whose score
        is then the mean of ``cross_val_score(cv=5)``. With a dict the models are ranked
        by their mean rank over its metrics, those that some metric cannot score last. A
        metric that needs a pool (NCTI, ETran) scores each model relative to the others.
        None is ``make_perturbed(LogME())`` for class labels and ``LogME()`` for other
        targets.
    error_score : "raise" or float, default=np.nan
        Score of a feature set that cannot be scored; it ranks last whatever the number.
        "raise" raises the first error instead.
    n_jobs : int or None, default=None
        Number of pairs of feature set and metric scored at once, as joblib takes it: None is 1
        unless :class:`joblib.parallel_config` says otherwise, -1 all processors.

    Attributes
    ----------
    names_ : list of str
        Names of the models, in the order given.
    metric_names_ : list of str
        Names of the metrics: the keys of the dict, otherwise ``["score"]``.
    scores_ : ndarray of shape (n_models,) or (n_models, n_metrics)
        Scores, larger is better; one column per metric where a dict was given. Those of
        a metric that needs a pool are its `pool_scores`.
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
        Everything as columns, ready for ``pandas.DataFrame``: "model", "score",
        "seconds", "rank". With a dict of metrics "score_<metric>", "rank_<metric>" and
        "seconds_<metric>" of each, and "mean_rank".
    failures_ : dict of {str: str}
        Name and reason of each model that at least one of the metrics could not score.
    failed_ : ndarray of bool of shape (n_models,) or (n_models, n_metrics)
        Where `scores_` holds `error_score` and no score.

    See Also
    --------
    make_perturbed : Spread and Attract before a metric.

    Notes
    -----
    The ranking does not depend on `n_jobs`, on the joblib backend or on the order of the
    models. Scores from different numbers of threads agree to about 1e-10, because linear
    algebra libraries then add in another order. Labels and feature sets are never
    written to.

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

    def __init__(self, metric=None, *, error_score=np.nan, n_jobs=None):
        self.metric = metric
        self.error_score = error_score
        self.n_jobs = n_jobs

    def fit(self, feature_sets, y=None):
        """
        Score and rank the models.

        Parameters
        ----------
        feature_sets : mapping of str to array-like, or sequence of array-like
            One feature set of shape (n_samples, n_features) per model; all with the same
            rows, of any width. The models of a sequence are called "0", "1", ...; a
            sequence of (name, feature set) pairs keeps its names.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets of the rows.

        Returns
        -------
        self : object
            The fitted selector.

        Raises
        ------
        ValueError
            If the pool is empty, a name is given twice, `y` is missing, or no model can
            be scored by all of the metrics; the message then names every reason.
        """
        self._check_error_score()
        pool = named_feature_sets(feature_sets)
        y = _check_y(y)
        metrics = named_metrics(self.metric, y)
        jobs = [(metric, features) for features in pool.values() for metric in metrics.values()]
        raising = isinstance(self.error_score, str)
        outcomes = Parallel(n_jobs=self.n_jobs)(
            delayed(run_job)(metric, features, y, raising=raising) for metric, features in jobs
        )
        self.names_ = list(pool)
        self.metric_names_ = list(metrics)
        self._record(outcomes, metrics)
        return self

    def transform(self, feature_sets):
        """
        Return the features of the best model.

        Parameters
        ----------
        feature_sets : mapping of str to array-like, or sequence of array-like
            Feature sets of any rows, named or ordered as in `fit`. Only the one of the
            best model is looked at.

        Returns
        -------
        features : array-like of shape (n_samples, n_features)
            The feature set of the best model, as it was given.
        """
        check_is_fitted(self)
        pool = named_feature_sets(feature_sets)
        if self.best_name_ not in pool:
            msg = (
                f"`feature_sets` must hold the best model, {self.best_name_!r}, "
                f"got only {', '.join(map(repr, pool))}."
            )
            raise ValueError(msg)
        return pool[self.best_name_]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = True
        return tags

    def _check_error_score(self):
        numeric = isinstance(self.error_score, Real) and not isinstance(self.error_score, bool)
        if not (numeric or (isinstance(self.error_score, str) and self.error_score == "raise")):
            msg = (
                "`error_score` of ModelSelector must be 'raise' or a number, "
                f"got {self.error_score!r}."
            )
            raise ValueError(msg)

    def _record(self, outcomes, metrics):
        """Turn the outcomes, models by metrics, into the fitted attributes."""
        several = isinstance(self.metric, Mapping)
        self.failures_ = failure_reasons(outcomes, self.names_, self.metric_names_, several)
        table = tabulate(outcomes, metrics, self.error_score)
        # The first line names the fault; scikit-learn's second shows the array.
        first_lines = {name: reason.splitlines()[0] for name, reason in self.failures_.items()}
        reasons = " ".join(f"{name!r}: {reason}" for name, reason in first_lines.items())
        if table.failed.any(axis=1).all():
            scope = " by all of the metrics" if several else ""
            msg = f"ModelSelector could score none of the models{scope}. {reasons}"
            raise ValueError(msg)
        if self.failures_:
            msg = (
                f"ModelSelector could not score {len(self.failures_)} of {len(self.names_)} "
                f"models; they rank last. {reasons}"
            )
            warnings.warn(msg, FitFailedWarning, stacklevel=3)
        self.results_ = result_columns(table, self.names_, self.metric_names_, several)
        self.scores_ = table.scores if several else table.scores[:, 0]
        self.failed_ = table.failed if several else table.failed[:, 0]
        self.ranks_ = self.results_["rank"]
        order = sorted(range(len(self.names_)), key=lambda i: (self.ranks_[i], self.names_[i]))
        self.ranking_ = [self.names_[i] for i in order]
        self.best_name_ = self.ranking_[0]
        self.best_score_ = self.scores_[order[0]]


def _check_y(y):
    if y is None:
        msg = "ModelSelector requires y to be passed, but the target y is None."
        raise ValueError(msg)
    y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
