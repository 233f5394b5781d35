"""Drawn: which of a selector's scores a display shows."""

import numpy as np


def checked_metric(selector, metric):
    """Return the name of the metric to draw."""
    names = selector.metric_names_
    if metric is None:
        return names[0]
    if metric not in names:
        msg = f"`metric` must be one of {', '.join(map(repr, names))}, got {metric!r}."
        raise ValueError(msg)
    return metric


def drawn_scores(selector, metric):
    """Return the scores of one metric, NaN for the models that it could not score."""
    shape, column = (len(selector.names_), -1), selector.metric_names_.index(metric)
    failed = selector.failed_.reshape(shape)[:, column]
    return np.where(failed, np.nan, selector.scores_.reshape(shape)[:, column])
