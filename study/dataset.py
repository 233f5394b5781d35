"""Data set: the whole zoo as arrays of tasks by models."""

from typing import NamedTuple

import numpy as np

from skperturb.datasets import load_zoo
from study.grid import N_COMPONENTS
from study.scoring import geometry, project_pool, score_task
from study.zoo_folder import load_accuracies, load_task, task_folders

REGIMES = {"fine-tuned": "finetune", "probe": "linear_probe"}
FLAGGED = load_zoo().flagged


class Study(NamedTuple):
    """What was measured; every array is `(n_tasks, n_models)`, NaN where there is nothing.

    `scores` and `seconds` (per task) are by metric and name of the setting, `accuracies` by truth:
    a regime, with a star where the flagged encoders are left out.
    """

    tasks: list
    models: list
    widths: np.ndarray
    scores: dict
    seconds: dict
    settings: dict
    failures: list
    geometries: dict
    accuracies: dict


def load_study(folder, cells, *, memory, n_jobs, report=print):
    """Score all tasks of a folder, and load their accuracies."""
    folders = task_folders(folder)
    models = sorted({file.stem for each in folders.values() for file in each.glob("*.npy")})
    models.remove("labels")
    empty = Study(list(folders), models, _nothing(folders, models), {}, {}, {}, [], {}, {})
    for place, (task, path) in enumerate(folders.items()):
        pool, y = load_task(path, dtype=np.float64)
        report(
            f"{task}: {len(pool)} models, {len(y)} rows, {len(np.unique(y))} classes", flush=True
        )
        narrow = memory.cache(project_pool)(pool)
        results = score_task(pool, narrow, y, cells, memory=memory, n_jobs=n_jobs)
        _fill(empty, place, pool, results, cells)
        leading = {model: X[:, :N_COMPONENTS] for model, X in narrow.items()}
        empty.geometries[task] = geometry(leading, y)
    return empty._replace(accuracies=truths(folder, list(folders), models))


def truths(folder, tasks, models):
    """Return the measured accuracies by truth; a truth without 2 models anywhere is left out."""
    tables = {}
    for title, regime in REGIMES.items():
        known = load_accuracies(folder, regime)
        table = [[known.get(task, {}).get(model, np.nan) for model in models] for task in tasks]
        tables[title] = np.array(table)
        if FLAGGED.keys() & set(models):
            kept = [model not in FLAGGED for model in models]
            tables[f"{title}*"] = np.where(kept, tables[title], np.nan)
    return {title: table for title, table in tables.items() if len(tasks_with_accuracies(table))}


def tasks_with_accuracies(accuracies):
    """Return the places of the tasks on which at least 2 models were measured."""
    return np.flatnonzero(np.sum(~np.isnan(accuracies), axis=1) >= 2)


def _nothing(tasks, models):
    return np.full((len(tasks), len(models)), np.nan)


def _fill(study, place, pool, results, cells):
    """Enter the results of one task."""
    columns = [study.models.index(model) for model in pool]
    study.widths[place, columns] = [X.shape[1] for X in pool.values()]
    for cell, scored in zip(cells, results, strict=True):
        study.settings[cell.setting.name] = cell.setting
        for each in scored:
            key = each.metric, cell.setting.name
            table = study.scores.setdefault(key, _nothing(study.tasks, study.models))
            table[place, columns] = each.scores
            study.seconds.setdefault(key, {})[study.tasks[place]] = each.seconds
            for model, reason in each.failures.items():
                study.failures.append((study.tasks[place], model, *key, reason))
