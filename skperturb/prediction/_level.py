"""Level: where the accuracies of a new task lie, and how far apart, before any is measured."""

from typing import NamedTuple

import numpy as np
from scipy import special

from skperturb.prediction._scales import link

_CLIP = 0.005
_N_NODES, _REACH = 31, 3.5


class Prior(NamedTuple):
    """Prior of a regression: coefficients, their variances over that of the rest, and its scale."""

    coef: tuple
    spread: tuple
    deviation: float


# Of 11 published pools: logits of accuracies have a mean of about 1.8 on a task and a deviation of
# a quarter, and both differ much from task to task. A metric that is itself an estimate of accuracy
# says more: the level is expected a little above its own, and the spread as large.
_LOCATION = {True: Prior((0.5, 1.0), (1.0, 0.25), 0.5), False: Prior((1.8,), (0.5,), 0.8)}
_LOG_SCALE = {True: Prior((0.0, 1.0), (0.5, 0.25), 0.35), False: Prior((-1.0,), (0.5,), 0.5)}
_DEGREES = 4.0  # what the prior deviations count as, in tasks


class Level(NamedTuple):
    """Normal priors of the location and of the logarithm of the scale of a task."""

    location: float
    location_variance: float
    log_scale: float
    log_scale_variance: float


class LevelModel(NamedTuple):
    """Regressions of location and log-scale on a metric, `metric` None for their means alone."""

    metric: str | None
    link_name: str
    location: "Regression"
    log_scale: "Regression"


class Regression(NamedTuple):
    """Posterior of a linear regression with conjugate priors, and its log evidence."""

    coef: np.ndarray
    covariance: np.ndarray
    variance: float
    evidence: float
    center: float


def fit_level(tasks, locations, scales, link_name):
    """Return the level model of the largest evidence: on one of the metrics, or on none."""
    names = list(dict.fromkeys(metric for task in tasks for metric in task.metrics))
    models = [_fit(tasks, locations, scales, link_name, metric) for metric in [*names, None]]
    models = [model for model in models if model is not None]
    return max(models, key=lambda model: model.location.evidence + model.log_scale.evidence)


def level_without_history(task, link_name):
    """Return the level model of no task at all: on the first metric that estimates accuracies."""
    names = [name for name in task.metrics if summarize(task, name, link_name) is not None]
    return _fit([], np.empty(0), np.empty(0), link_name, names[0] if names else None)


def predict_level(model, task):
    """Return the level of a new task."""
    summary = summarize(task, model.metric, model.link_name) if model.metric else ()
    if summary is None:
        summary = model.location.center, model.log_scale.center
    location = _predict(model.location, summary[:1])
    return Level(*location, *_predict(model.log_scale, summary[1:]))


def summarize(task, metric, link_name):
    """Return location and log-scale of a metric on a task, None if it is no accuracy there."""
    if metric not in task.metrics:
        return None
    scores = task.scores[:, task.metrics.index(metric)]
    scores = scores[~np.isnan(scores)]
    if len(scores) < 2 or scores.min() < 0.0 or scores.max() > 1.0 or np.ptp(scores) == 0:
        return None
    values = link(np.clip(scores, _CLIP, 1.0 - _CLIP), link_name)
    return float(values.mean()), float(np.log(max(values.std(), 1e-3)))


def scale_nodes(level):
    """Return scales on a grid, and the logarithms of their prior weights."""
    steps = np.linspace(-_REACH, _REACH, _N_NODES)
    scales = np.exp(level.log_scale + steps * np.sqrt(level.log_scale_variance))
    logs = -0.5 * steps**2
    return scales, logs - special.logsumexp(logs)


def _fit(tasks, locations, scales, link_name, metric):
    """Return the regressions on one metric, None where it is no accuracy on every task."""
    summaries = [summarize(task, metric, link_name) if metric else () for task in tasks]
    if any(summary is None for summary in summaries):
        return None
    known = np.array(summaries).reshape(len(tasks), 2 if metric else 0)
    location, log_scale = _LOCATION[metric is not None], _LOG_SCALE[metric is not None]
    if link_name == "identity" and metric is None and len(tasks):
        typical = float(np.log(scales).mean())
        location = Prior((locations.mean(),), (1.0,), 2.0 * np.exp(typical))
        log_scale = Prior((typical,), (1.0,), 0.5)
    return LevelModel(
        metric,
        link_name,
        _regress(known[:, :1], locations, location),
        _regress(known[:, 1:], np.log(scales), log_scale),
    )


def _predict(regression, values):
    """Return mean and variance of the next response."""
    row = np.array([1.0, *values])
    spread = 1.0 + row @ regression.covariance @ row
    return float(row @ regression.coef), float(regression.variance * spread)


def _regress(columns, responses, prior):
    """Return the conjugate posterior of a regression with an intercept."""
    n = len(responses)
    design = np.hstack([np.ones((n, 1)), columns])
    precision = np.diag(1.0 / np.array(prior.spread))
    posterior = precision + design.T @ design
    covariance = np.linalg.inv(posterior)
    start = np.array(prior.coef)
    coef = covariance @ (precision @ start + design.T @ responses)
    squares = np.sum((responses - design @ coef) ** 2) + (coef - start) @ precision @ (coef - start)
    before = _DEGREES * prior.deviation**2
    degrees, after = _DEGREES + n, before + squares
    evidence = (
        0.5 * (np.linalg.slogdet(precision)[1] - np.linalg.slogdet(posterior)[1])
        + 0.5 * (_DEGREES * np.log(before) - degrees * np.log(after))
        + special.gammaln(degrees / 2.0)
        - special.gammaln(_DEGREES / 2.0)
    )
    # The variance of Student's t, whose scale is not known either.
    variance = after / (degrees - 2.0)
    center = float(columns.mean()) if columns.size else 0.0
    return Regression(coef, covariance, float(variance), float(evidence), center)
