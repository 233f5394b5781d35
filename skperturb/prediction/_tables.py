"""Tables: past tasks as arrays of tasks by models, each task on a scale of its own."""

import warnings
from typing import NamedTuple

import numpy as np

from skperturb.prediction._mixed_model import TaskTables
from skperturb.prediction._scales import (
    center_and_scale,
    draw_in,
    link,
    link_variance,
    normal_scores,
)
from skperturb.prediction._scored_task import name_task

# What one deviation of the metrics' consensus is worth, in deviations of accuracies, before any
# task is seen, and how sure that is. Larger is better for every metric, so it is not nothing.
CONSENSUS_WEIGHT = 0.6
_CONSENSUS_VARIANCE = 0.09


class PastTasks(NamedTuple):
    """
    Names of models and metrics, what the model is fitted to, and each task's own scale.

    The first column is the consensus, whose expected part is taken off the responses; one column
    per metric follows. `typical` holds the mean of each column by model, for tasks where it is
    missing.
    """

    tasks: list
    models: list
    metrics: list
    tables: TaskTables
    locations: np.ndarray
    scales: np.ndarray
    typical: dict


def tabulate(tasks, accuracies, standard_errors, link_name, *, scored=True):
    """Return the tasks of which something can be learned; without `scored` no scores count."""
    kept, scaled = _scale_responses(tasks, accuracies, link_name)
    tasks = [tasks[i] for i in kept]
    models = sorted({model for task in tasks for model in task.models})
    metrics = list(dict.fromkeys(metric for task in tasks for metric in task.metrics if scored))
    place = {model: column for column, model in enumerate(models)}
    shape = len(tasks), len(models)
    responses, noise = np.full(shape, np.nan), np.zeros(shape)
    columns = np.full((len(metrics) + bool(metrics), *shape), np.nan)
    for row, (task, i) in enumerate(zip(tasks, kept, strict=True)):
        own = [place[model] for model in task.models]
        responses[row, own], _, scale = scaled[row]
        noise[row, own] = link_variance(accuracies[i], standard_errors[i], link_name) / scale**2
        columns[:, row, own] = score_columns(task, metrics)
    typical = _typical_columns(columns)
    columns = np.where(np.isnan(columns), typical[:, None], columns)
    return PastTasks(
        tasks,
        models,
        metrics,
        _tables(responses, noise, columns),
        np.array([location for _, location, _ in scaled]),
        np.array([scale for _, _, scale in scaled]),
        {model: typical[:, column] for model, column in place.items()},
    )


def score_columns(task, metrics, typical=None):
    """
    Return the consensus of the metrics and the scores by each, `(1 + n_metrics, n_models)`.

    Scores count by their ranks, as normal scores: metrics differ in where they are steep. Where
    one is missing it is NaN, or what is `typical` of the model, 0 for one without history.
    """
    if not metrics:
        return np.zeros((0, len(task.models)))
    columns = np.full((len(metrics), len(task.models)), np.nan)
    for row, metric in enumerate(metrics):
        if metric in task.metrics:
            columns[row] = normal_scores(task.scores[:, task.metrics.index(metric)])
    columns = np.vstack([_consensus(columns), columns])
    if typical is None:
        return columns
    nothing = np.zeros(len(columns))
    usual = np.array([typical.get(model, nothing) for model in task.models]).T
    return np.where(np.isnan(columns), usual, columns)


def _consensus(columns):
    """Return the mean over the metrics that are there, at scale 1; NaN where none is."""
    there = ~np.isnan(columns)
    sums, counts = np.where(there, columns, 0.0).sum(axis=0), there.sum(axis=0)
    mean = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    centred = center_and_scale(mean) if (counts > 0).any() else None
    return 0.0 * mean if centred is None else centred[0]


def _tables(responses, noise, columns):
    """Return what the model is fitted to."""
    measured = ~np.isnan(responses)
    fixed = np.full(len(columns), np.nan)
    if len(columns):
        responses = responses - CONSENSUS_WEIGHT * columns[0]
        fixed[0] = _CONSENSUS_VARIANCE
    return TaskTables(
        np.where(measured, responses, 0.0),
        measured,
        np.where(measured, noise, 0.0),
        columns,
        None,
        fixed,
    )


def _typical_columns(columns):
    """Return the mean of each column by model over tasks, drawn to 0 as by one more task."""
    there = ~np.isnan(columns)
    return np.where(there, columns, 0.0).sum(axis=1) / (1.0 + there.sum(axis=1))


def check_unique(tasks):
    """Raise if a task that has a name is there twice."""
    seen = set()
    for task in tasks:
        if task.name in seen:
            msg = f"`tasks` of AccuracyPredictor must hold each task once, got {task.name!r} twice."
            raise ValueError(msg)
        seen.add(task.name)


def warn_of_constant_scores(tasks):
    """Name the metrics that say nothing of a task, because all of its models have one score."""
    for task in tasks:
        for metric, scores in zip(task.metrics, task.scores.T, strict=True):
            known = scores[~np.isnan(scores)]
            if len(known) > 1 and np.ptp(known) == 0:
                reason = "which gives all models the same score"
                msg = f"{name_task(task)}: left out {metric!r}, {reason}."
                warnings.warn(msg, UserWarning, stacklevel=3)


def _scale_responses(tasks, accuracies, link_name):
    """Return which tasks can be learned from, and their responses, locations and scales."""
    kept, scaled = [], []
    for i, (task, values) in enumerate(zip(tasks, accuracies, strict=True)):
        n_measured = int(np.sum(~np.isnan(values)))
        found = _scale(link(values, link_name))
        if found is None:
            reason = (
                f"has the accuracies of {n_measured} model{'s'[: n_measured != 1]}; 2 are needed"
                if n_measured < 2
                else "has the same accuracy for all models"
            )
            msg = f"{name_task(task)} is left out: it {reason}."
            warnings.warn(msg, UserWarning, stacklevel=4)
            continue
        kept.append(i)
        scaled.append(found)
    return kept, scaled


def _scale(values):
    """Return the values on a scale of their own that no failure sets, None without contrast."""
    return None if np.isnan(values).all() else center_and_scale(draw_in(values))
