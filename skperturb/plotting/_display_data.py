"""Display data: what a selector and its user know of models, as arrays in the order drawn."""

import numpy as np


def check_accuracies(display, accuracies, names):
    """Return the accuracies of the models, NaN where there is none, or None for no mapping."""
    if accuracies is None:
        return None
    owner = type(display).__name__
    check_by_name(owner, "accuracies", accuracies)
    found = np.array([accuracies.get(name, np.nan) for name in names], float)
    if np.isnan(found).all():
        msg = f"`accuracies` of {owner} must hold at least 1 model of the ranking."
        raise ValueError(msg)
    return found


def check_by_name(owner, name, values):
    """Raise unless numbers come by the names of the models."""
    if not hasattr(values, "get"):  # which a Series of pandas has, too
        msg = (
            f"`{name}` of {owner} must be a mapping of names to {name}, "
            f"got {type(values).__name__}; try dict(zip(names, {name}))."
        )
        raise TypeError(msg)


def find_models(display, highlight, names):
    """Return the indices of the models to highlight."""
    owner = type(display).__name__
    if isinstance(highlight, str):
        msg = f"`highlight` of {owner} must be a list of names, got {highlight!r}."
        raise TypeError(msg)
    for name in highlight:
        if name not in names:
            msg = (
                f"`highlight` of {owner} must hold names of models, got {name!r}; "
                f"the models are {', '.join(map(repr, names))}."
            )
            raise ValueError(msg)
    return [names.index(name) for name in dict.fromkeys(highlight)]


def check_metric_name(selector, metric):
    """Return the name of the metric to draw, None for the mean rank by several."""
    names = selector.metric_names_
    if metric is None:
        return names[0] if "mean_rank" not in selector.results_ else None
    if metric not in names:
        msg = f"`metric` must be one of {', '.join(map(repr, names))}, got {metric!r}."
        raise ValueError(msg)
    return metric


def scores_of_metric(selector, metric):
    """Return the scores of one metric, or the mean ranks; NaN for models that have none."""
    shape = (len(selector.names_), -1)
    failed = selector.failed_.reshape(shape)
    if metric is None:
        return np.where(failed.any(axis=1), np.nan, selector.results_["mean_rank"])
    column = selector.metric_names_.index(metric)
    return np.where(failed[:, column], np.nan, selector.scores_.reshape(shape)[:, column])


def label_scores(selector, metric):
    """Return what scores of one metric are called, or mean ranks by several."""
    n_metrics = len(selector.metric_names_)
    return metric if metric is not None else f"mean rank of {n_metrics} metrics, 1 is best"


def intervals_of_metric(selector, metric):
    """Return the score intervals of one metric, `(2, n_models)`, None where there are none."""
    names = {(each.quantity, each.metric): each.name for each in selector.results_schema_}
    ends = [names.get((f"score_{end}", metric)) for end in ("low", "high")]
    return None if None in ends else np.stack([selector.results_[name] for name in ends])
