"""Level: where the accuracies of a new task lie, and how far apart, before any is measured."""

from typing import NamedTuple

import numpy as np

# Of 11 published pools: logits of accuracies have a mean of about 1.8 on a task, and differ among
# its models by about a quarter; both vary this much from task to task. They count as one task.
_LOCATION, _LOCATION_SD = 1.8, 1.1
_LOG_SCALE, _LOG_SCALE_SD = -1.3, 0.7
_N_PRIOR = 1.0
_N_NODES, _REACH = 31, 3.5


class Level(NamedTuple):
    """Normal priors of the location and of the logarithm of the scale of a task."""

    location: float
    location_variance: float
    log_scale: float
    log_scale_variance: float


def fit_level(locations, scales):
    """Return the priors after the locations and scales of past tasks."""
    location = _normal(locations, _LOCATION, _LOCATION_SD)
    return Level(*location, *_normal(np.log(scales), _LOG_SCALE, _LOG_SCALE_SD))


def scale_nodes(level):
    """Return scales on a grid, and the logarithms of their prior weights."""
    steps = np.linspace(-_REACH, _REACH, _N_NODES)
    scales = np.exp(level.log_scale + steps * np.sqrt(level.log_scale_variance))
    logs = -0.5 * steps**2
    return scales, logs - np.logaddexp.reduce(logs)


def _normal(values, mean, deviation):
    """Return mean and predictive variance of the next value, where the prior counts as one."""
    n = len(values)
    center = (_N_PRIOR * mean + np.sum(values)) / (_N_PRIOR + n)
    squares = np.sum((values - center) ** 2) + _N_PRIOR * (mean - center) ** 2
    # One task's worth of prior scatter, on top of the two means that had to be estimated.
    variance = (deviation**2 * 2.0 + squares) / (2.0 + n)
    return float(center), float(variance * (1.0 + 1.0 / (_N_PRIOR + n)))
