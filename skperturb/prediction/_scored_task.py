"""ScoredTask: the models of one task and what the metrics say of each, however it was given."""

import warnings
from collections import Counter
from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import FitFailedWarning

from skperturb.selection import NothingScoredError

LONE_METRIC = "score"  # what a selector calls the scores of a metric that has no name


class ScoredTask(NamedTuple):
    """Name or place of the task, its models, the metrics, and scores of models by metrics.

    `lone_metric` names the classes of a metric that a selector has no other name for than "score".
    """

    name: str
    models: tuple
    metrics: tuple
    scores: np.ndarray
    lone_metric: str = ""


def name_task(task):
    """Return what messages call a task."""
    return f"Task {task.name!r}"


def is_task(value):
    """Whether the value is one task: a pair, a mapping, or an object that holds one."""
    if isinstance(value, tuple):
        return len(value) == 2
    return isinstance(value, Mapping) or _is_pool(value) or _is_table(value) or _has_scores(value)


def check_task_sequence(name, values):
    """Raise unless the values come one per task."""
    keyed = isinstance(values, Mapping | str | bytes) or hasattr(values, "columns")
    if keyed or not (hasattr(values, "__len__") and hasattr(values, "__getitem__")):
        msg = (
            f"`{name}` of AccuracyPredictor must be a sequence with one entry per task, "
            f"got {type(values).__name__}; put a lone task into a list."
        )
        raise TypeError(msg)


def read_tasks(tasks, selector_for):
    """
    Return each task with its scores.

    Features are scored by the selector that `selector_for(y)` makes, where scores are not given.
    """
    check_task_sequence("tasks", tasks)
    return [read_task(task, place, selector_for) for place, task in enumerate(tasks)]


def read_task(task, place, selector_for):
    """Return one task with its scores."""
    name = str(getattr(task, "name", place))
    scores = task.scores if _has_scores(task) else task
    if hasattr(scores, "metric_names_"):
        return _task_of_selector(name, scores)
    if _is_frame(scores):
        return _task_of_frame(name, scores)
    if isinstance(scores, Mapping) and not _is_pool(task):
        return _task_of_mapping(name, scores)
    if _is_pool(task):
        groups = getattr(task, "groups", None)
        return _score_features(name, task.feature_sets, task.labels, selector_for, groups)
    if isinstance(task, tuple) and len(task) == 2:
        return _score_features(name, *task, selector_for)
    msg = (
        f"Task {name!r} must be a tuple (feature_sets, y), have the attributes `feature_sets` and "
        "`labels`, or hold scores (a mapping of model to scores, a data frame with a row per "
        f"model, a fitted selector), got {type(task).__name__}."
    )
    raise TypeError(msg)


def _is_pool(task):
    return hasattr(task, "feature_sets") and hasattr(task, "labels")


def _has_scores(task):
    return hasattr(task, "scores") and not callable(task.scores)


def _is_table(task):
    return hasattr(task, "metric_names_") or _is_frame(task)


def _is_frame(task):
    return hasattr(task, "columns") and hasattr(task, "index")


def _score_features(name, feature_sets, y, selector_for, groups=None):
    """Score the models of a pool; if none can be scored, their scores are NaN."""
    if y is None:
        msg = f"Task {name!r} must have labels, got None."
        raise ValueError(msg)
    # Scores are all that is read: resamples, and the shuffles of a diagnostic, cost 20 times that.
    selector = selector_for(y).set_params(n_resamples=0, diagnostics=None)
    try:
        selector.fit(feature_sets, y, **({} if groups is None else {"groups": groups}))
    except NothingScoredError as error:
        msg = f"Task {name!r} could not be scored, so its scores are missing. {error}"
        warnings.warn(msg, FitFailedWarning, stacklevel=2)
        return ScoredTask(name, tuple(error.failures), (), np.empty((len(error.failures), 0)))
    return _task_of_selector(name, selector)


def _task_of_selector(name, selector):
    scores = np.asarray(selector.scores_, np.float64).reshape(len(selector.names_), -1)
    scores = np.where(np.reshape(selector.failed_, scores.shape), np.nan, scores)
    metrics = tuple(selector.metric_names_)
    lone = _name_classes(selector.metrics_[LONE_METRIC]) if metrics == (LONE_METRIC,) else ""
    return ScoredTask(name, tuple(selector.names_), metrics, scores, lone)


def _name_classes(metric):
    """Return the class of a metric, of a pipeline those of its steps."""
    steps = [step for _, step in getattr(metric, "steps", [("", metric)])]
    return " > ".join(type(step).__name__ for step in steps)


def check_lone_metrics(tasks, before=""):
    """Return what the metric is that tasks call "score"; raise if it is not the same for all."""
    for task in tasks:
        if task.lone_metric and before and task.lone_metric != before:
            msg = (
                f"{name_task(task)} must have scores by the same metric as the others, {before}, "
                f"got {task.lone_metric}; give metrics that differ names: "
                'ModelSelector([("name", metric)]).'
            )
            raise ValueError(msg)
        before = task.lone_metric or before
    return before


def _task_of_frame(name, frame):
    models, metrics = [str(each) for each in frame.index], [str(each) for each in frame.columns]
    for kind, names in (("model", models), ("metric", metrics)):
        repeated = [each for each, count in Counter(names).items() if count > 1]
        if repeated:
            msg = f"Task {name!r} must name each {kind} once, got {repeated[0]!r} more than once."
            raise ValueError(msg)
    return ScoredTask(name, tuple(models), tuple(metrics), np.asarray(frame, np.float64))


def _task_of_mapping(name, scores):
    """Read model -> score, or model -> metric -> score; what is not there is missing."""
    if not scores:
        msg = f"Task {name!r} must hold at least 1 model, got none."
        raise ValueError(msg)
    rows = {str(model): _row_of_scores(name, model, row) for model, row in scores.items()}
    metrics = tuple(dict.fromkeys(metric for row in rows.values() for metric in row))
    table = [[row.get(metric, np.nan) for metric in metrics] for row in rows.values()]
    return ScoredTask(name, tuple(rows), metrics, np.array(table).reshape(len(rows), len(metrics)))


def _row_of_scores(name, model, row):
    """Return the scores of one model by metric."""
    row = row if isinstance(row, Mapping) or hasattr(row, "items") else {LONE_METRIC: row}
    for metric, score in row.items():
        if isinstance(score, bool) or not (isinstance(score, Real) or score is None):
            msg = (
                f"Task {name!r} must hold a number as score of {str(model)!r} by {str(metric)!r}, "
                f"got {type(score).__name__}; features come with labels, as (feature_sets, y)."
            )
            raise TypeError(msg)
    return {str(metric): np.nan if s is None else float(s) for metric, s in row.items()}
