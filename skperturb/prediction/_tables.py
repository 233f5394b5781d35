"""Tables: past tasks as arrays of tasks by models, each task on a scale of its own."""

import warnings
from typing import NamedTuple

import numpy as np

from skperturb.prediction._mixed_model import TaskTables
from skperturb.prediction._scales import center_and_scale, draw_in, link, link_variance


class PastTasks(NamedTuple):
    """Names of models and metrics, what the model is fitted to, and each task's own scale.

    `typical` holds the mean score of each model by each metric, for tasks on which it is missing.
    """

    tasks: list
    models: list
    metrics: list
    tables: TaskTables
    locations: np.ndarray
    scales: np.ndarray
    typical: dict


def tabulate(tasks, accuracies, standard_errors, link_name):
    """Return the tasks of which something can be learned; a warning names the others."""
    kept, scaled = _scale_responses(tasks, accuracies, link_name)
    tasks = [tasks[i] for i in kept]
    models = sorted({model for task in tasks for model in task.models})
    metrics = list(dict.fromkeys(metric for task in tasks for metric in task.metrics))
    column = {model: place for place, model in enumerate(models)}
    shape = len(tasks), len(models)
    responses, noise = np.full(shape, np.nan), np.zeros(shape)
    scores = np.full((len(metrics), *shape), np.nan)
    for row, (task, i) in enumerate(zip(tasks, kept, strict=True)):
        own = [column[model] for model in task.models]
        values, _, scale = scaled[row]
        responses[row, own] = values
        noise[row, own] = link_variance(accuracies[i], standard_errors[i], link_name) / scale**2
        scores[:, row, own] = score_columns(task, metrics)
    typical = _typical_scores(scores)
    scores = np.where(np.isnan(scores), typical[:, None], scores)
    measured = ~np.isnan(responses)
    tables = TaskTables(
        np.where(measured, responses, 0.0),
        measured,
        np.where(measured, noise, 0.0),
        scores,
    )
    locations = np.array([location for _, location, _ in scaled])
    scales = np.array([scale for _, _, scale in scaled])
    typical = {model: typical[:, place] for model, place in column.items()}
    return PastTasks(tasks, models, metrics, tables, locations, scales, typical)


def score_columns(task, metrics, typical=None):
    """
    Return the scores of a task, centred and scaled, as `(n_metrics, n_models)`.

    Where one is missing it is NaN, or what is `typical` of the model, 0 for one without history.
    """
    columns = np.full((len(metrics), len(task.models)), np.nan)
    for row, metric in enumerate(metrics):
        if metric in task.metrics:
            scores = task.scores[:, task.metrics.index(metric)]
            scores = np.where(np.isinf(scores), np.nan, scores)
            found = center_and_scale(scores)
            columns[row] = 0.0 * scores if found is None else found[0]
    if typical is None:
        return columns
    nothing = np.zeros(len(metrics))
    usual = np.array([typical.get(model, nothing) for model in task.models]).T
    return np.where(np.isnan(columns), usual.reshape(columns.shape), columns)


def _typical_scores(scores):
    """Return the mean score of each model over tasks, drawn to 0 as by one more task."""
    there = ~np.isnan(scores)
    return np.where(there, scores, 0.0).sum(axis=1) / (1.0 + there.sum(axis=1))


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
                msg = f"{task.label}: left out {metric!r}, which gives all models the same score."
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
            msg = f"{task.label} is left out: it {reason}."
            warnings.warn(msg, UserWarning, stacklevel=4)
            continue
        kept.append(i)
        scaled.append(found)
    return kept, scaled


def _scale(values):
    """Return the values on a scale of their own that no failure sets, None without contrast."""
    return None if np.isnan(values).all() else center_and_scale(draw_in(values))
