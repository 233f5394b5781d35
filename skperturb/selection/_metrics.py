"""Metrics of a selector: by name or as estimators, in the end a dict; and what kind each is."""

import difflib
import inspect
import re
from collections import Counter
from collections.abc import Mapping

from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

import skperturb.metrics as library
from skperturb.metrics import BaseMetric
from skperturb.selection._defaults import default_metric

LONE = "score"  # name of a metric that stands alone
_SUFFIX = re.compile(r"(?<=\w\w)(score|probe|gaussian)$")  # "knn" is KNNScore, "h" no HScore
_TAKEN = ("low", "high", "shared")  # of the columns score_low, rank_high and seconds_shared


def metric_classes():
    """Return the metrics of the library as `{short name: class}`, in alphabetical order."""
    public = [getattr(library, name) for name in library.__all__]
    found = [
        each for each in public if issubclass(each, BaseMetric) and not inspect.isabstract(each)
    ]
    # Two classes with one short name would hide each other: they keep their long ones.
    n_named = Counter(map(_short_name, found))
    named = {
        _short_name(each) if n_named[_short_name(each)] == 1 else _long_name(each): each
        for each in found
    }
    return dict(sorted(named.items()))


def find_metric(name):
    """Return the class of metrics that a name stands for in any case, None if there is none."""
    plain = re.sub(r"[\W_]", "", name).lower()
    classes = metric_classes()
    return (classes | {_long_name(each): each for each in classes.values()}).get(plain)


def is_composed(metric):
    """Whether several metrics are meant: a list or a dict, of however many."""
    return isinstance(metric, list | tuple | Mapping)


def resolve_metrics(owner, metric, y):
    """Return the metrics of a selector as `{name: estimator}`, or say what is taken.

    A lone metric is called "score"; None is the default for the target.
    """
    if metric is None:
        return {LONE: default_metric(y)}
    if not is_composed(metric):
        return {LONE: resolve_metric(owner, metric)}
    items = list(metric.items()) if isinstance(metric, Mapping) else list(metric)
    pairs = [(each, each) if isinstance(each, str) else each for each in items]
    if not pairs:
        msg = (
            f"`metric` of {type(owner).__name__} must hold at least 1 metric, "
            f"got an empty {type(metric).__name__}."
        )
        raise ValueError(msg)
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            msg = (
                f"A list as `metric` of {type(owner).__name__} must hold names of metrics or "
                f"pairs such as ('logme', LogME()), got {pair!r}."
            )
            raise TypeError(msg)
    _check_names(owner, [name for name, _ in pairs])
    return {name: resolve_metric(owner, each, name) for name, each in pairs}


def resolve_metric(owner, metric, name=None):
    """Return one metric as an estimator that can be fitted."""
    if isinstance(metric, str):
        return _metric_of_name(owner, metric)
    if not isinstance(metric, type) and hasattr(metric, "fit") and hasattr(metric, "get_params"):
        return metric
    remedy = f"; write {metric.__name__}()" if isinstance(metric, type) else ""
    msg = (
        f"`metric` of {type(owner).__name__} must be a metric, its name, a Pipeline that ends in "
        "one, a classifier or a regressor, or several of them as a list of names or of (name, "
        f"metric) pairs or as a dict, got {metric!r}{f' as {name!r}' if name else ''}{remedy}."
    )
    raise TypeError(msg)


def last_step(estimator):
    """Return the estimator itself or, of a pipeline, what stands at its end."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator


def metric_tags(estimator):
    """Return the tags of what computes the score of an estimator."""
    return get_tags(last_step(estimator))


def metric_title(estimator):
    """Return what messages call a metric: the class of its last step."""
    return type(last_step(estimator)).__name__


def is_pool_metric(estimator):
    """Whether the scores of an estimator mean something only within one pool."""
    return getattr(metric_tags(estimator), "pool", False)


def is_predictor(estimator):
    """Whether an estimator is scored by cross-validation."""
    return is_classifier(estimator) or is_regressor(estimator)


def metric_task(metric, y_task):
    """Return the task that a metric makes of a target whose type suggests `y_task`."""
    if is_regressor(metric):
        return "regression"
    wanted = getattr(last_step(metric), "task", "auto")
    return "regression" if wanted == "regression" else y_task


def _metric_of_name(owner, name):
    found = find_metric(name)
    if found is not None:
        return found()
    known = list(metric_classes())
    near = difflib.get_close_matches(name.lower(), known, n=1)
    remedy = f"; did you mean {near[0]!r}?" if near else "."
    msg = (
        f"A name as `metric` of {type(owner).__name__} must be one of "
        f"{', '.join(map(repr, known))}, got {name!r}{remedy}"
    )
    raise ValueError(msg)


def _check_names(owner, names):
    """Raise unless the names can be those of columns and of parameters."""
    title = type(owner).__name__
    for name in names:
        if not isinstance(name, str):
            msg = f"Names in `metric` of {title} must be strings, got {name!r}."
            raise TypeError(msg)
        if name in _TAKEN or name.startswith(tuple(f"{taken}_" for taken in _TAKEN)):
            msg = (
                f"Names in `metric` of {title} must not be or begin with 'low', 'high' or "
                f"'shared', which are parts of columns in `results_`, got {name!r}."
            )
            raise ValueError(msg)
        if "__" in name or name in owner.get_params(deep=False):
            msg = (
                f"Names in `metric` of {title} must hold no '__' and be no parameters of it, so "
                f"that `set_params` can tell them apart, got {name!r}."
            )
            raise ValueError(msg)
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"Names in `metric` of {title} must be unique, got {repeated[0]!r} more than once."
        raise ValueError(msg)


def _long_name(metric):
    return metric.__name__.lower()


def _short_name(metric):
    return _SUFFIX.sub("", _long_name(metric))
