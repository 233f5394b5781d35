"""Metrics of a selector: by name, and checked."""

from collections.abc import Mapping

from skperturb.selection._recommended import default_metric

_TAKEN = ("low", "high")  # of the columns score_low and rank_high


def named_metrics(metric, y):
    """Return the metrics by name; a lone one is called "score", None is the default."""
    if metric is None:
        metric = default_metric(y)
    return dict(metric) if isinstance(metric, Mapping) else {"score": metric}


def check_metrics(owner, metric):
    """Raise unless `metric` is what can be fitted, a dict of such, or None for the default."""
    title = type(owner).__name__
    if metric is None:
        return
    if not isinstance(metric, Mapping):
        _check_metric(title, "", metric)
        return
    if not metric:
        msg = f"`metric` of {title} must hold at least 1 metric, got an empty dict."
        raise ValueError(msg)
    for name, each in metric.items():
        if not isinstance(name, str):
            msg = f"Names in `metric` of {title} must be strings, got {name!r}."
            raise TypeError(msg)
        if name in _TAKEN or name.startswith(tuple(f"{taken}_" for taken in _TAKEN)):
            msg = (
                f"Names in `metric` of {title} must not be or begin with 'low' or 'high', which "
                f"name the ends of intervals in `results_`, got {name!r}."
            )
            raise ValueError(msg)
        _check_metric(title, name, each)


def _check_metric(title, name, metric):
    """Raise unless `metric` is an estimator that can be fitted."""
    if isinstance(metric, type) or not (hasattr(metric, "fit") and hasattr(metric, "get_params")):
        msg = (
            f"`metric` of {title} must be a metric, a Pipeline that ends in one, a "
            f"classifier or a regressor, got {metric!r}{name and f' as {name!r}'}."
        )
        raise TypeError(msg)
