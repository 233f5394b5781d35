"""Accuracies: what models really reached, from a file, beside how they are ranked."""

import math
from typing import NamedTuple

import numpy as np

from skperturb._cli._errors import WrongUsage
from skperturb._cli._model_table import (
    check_known_models,
    check_named_once,
    parse_number,
    read_model_table,
)
from skperturb.evaluation import static_ranking, weighted_kendall_tau


class Measured(NamedTuple):
    """Accuracies of models on the task at hand, and on each of the other tasks that are known."""

    accuracies: dict
    elsewhere: list


def read_measured(options, names):
    """Return what --accuracies and --history know of the accuracies of models; None without."""
    path, task = options["accuracies"], options["task_name"]
    if path is None:
        return None
    rows = read_model_table(path, "--accuracies", "accuracies", ("model", "accuracy"))
    check_named_once("--accuracies", path, rows, ("model", "task"))
    by_task: dict = {}
    for row in rows:
        own = by_task.setdefault(row.get("task") or "", {})
        own[row["model"]] = _parse_accuracy(path, row)
    is_open = len(by_task) > 1 or (task is not None and "" not in by_task)
    if is_open and task not in by_task:
        msg = (
            f"--task-name must say which task of {path} this is, {', '.join(map(repr, by_task))}, "
            f"got {task!r}."
        )
        raise WrongUsage(msg)
    here = by_task.pop(task) if task in by_task else by_task.popitem()[1]
    check_known_models("--accuracies", here, names, path)
    return Measured(here, [*by_task.values(), *_load_history(options["history"], task)])


def _load_history(path, task):
    """Return the accuracies on the other tasks of a history."""
    if path is None or not path.exists():
        return []
    from skperturb.prediction import History

    return History(path).load(exclude=[task]).accuracies


def _parse_accuracy(path, row):
    """Return the accuracy of one model, NaN where its cell is empty."""
    accuracy = parse_number(row["accuracy"])
    if accuracy is None:
        cell = row["accuracy"].strip()
        msg = f"--accuracies must hold numbers, got {cell!r} for {row['model']!r} in {path}."
        raise WrongUsage(msg)
    return accuracy


def static_scores(run):
    """Return the mean rank of each model on other tasks by name, 1 for the best; or None."""
    if run.measured is None or not run.measured.elsewhere:
        return None
    names = run.selector.names_
    tasks = [*run.measured.elsewhere, {}]  # of the one at hand only the others are looked at
    table = [[task.get(name, math.nan) for name in names] for task in tasks]
    scores = static_ranking(table)[-1]
    return None if np.isnan(scores).all() else dict(zip(names, scores.tolist(), strict=True))


def describe_agreement(run):
    """Say how well the ranking, and the static order, order the measured accuracies."""
    selector, accuracies = run.selector, run.measured.accuracies
    names = [name for name in selector.names_ if not math.isnan(accuracies.get(name, math.nan))]
    if len(names) < 2:
        return f"{len(names)} of {len(selector.names_)} models have a measured accuracy."
    ranks = dict(zip(selector.names_, selector.ranks_, strict=True))
    found = [accuracies[name] for name in names]
    tau = weighted_kendall_tau(found, [-ranks[name] for name in names])
    sentence = (
        f"weighted Kendall tau to the measured accuracies of {len(names)} models: {tau:.2f} "
        "(1 for their order, 0 for a ranking that knows nothing)"
    )
    static = static_scores(run)
    if static is None:
        return f"{sentence}."
    n_tasks = len(run.measured.elsewhere)
    static_tau = weighted_kendall_tau(found, [static[name] for name in names])
    others = f"{n_tasks} other task{'' if n_tasks == 1 else 's'}"
    return f"{sentence}; of the static order, their mean rank on {others}: {static_tau:.2f}."
