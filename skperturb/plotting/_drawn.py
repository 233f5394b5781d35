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


def drawn_intervals(selector, metric):
    """Return the score intervals of one metric, `(2, n_models)`, None where there are none."""
    for tail in ("", f"_{metric}"):  # a lone metric has no name in the columns
        columns = [f"score_{end}{tail}" for end in ("low", "high")]
        if all(column in selector.results_ for column in columns):
            return np.stack([selector.results_[column] for column in columns])
    return None
