"""Data set: a whole zoo as arrays of tasks by models."""

from typing import NamedTuple

import numpy as np

from skperturb.datasets import load_zoo
from study.geometry import geometry
from study.scoring import score_task
from study.zoo_folder import load_families, load_records, load_task, task_folders

FLAGGED = tuple(load_zoo().flagged)
FINE_TUNED, ALL_TUNED, PROBED = "fine-tuned", "fine-tuned, flagged in", "probed"
# Regime of the files, and the encoders that are left out.
TRUTHS = {
    FINE_TUNED: ("finetune", FLAGGED),
    ALL_TUNED: ("finetune", ()),
    PROBED: ("linear_probe", ()),
}
# The same network twice: it is drawn once.
_COPIES = {"minilm_int8": "minilm_fp32"}


class Study(NamedTuple):
    """What was measured; every array is `(n_tasks, n_models)`, NaN where there is nothing.

    `scores` and `seconds` (per task) are by metric and name of the setting, `accuracies` by truth.
    `families` are of the tasks, `networks` of the models: tasks of one family share data, models
    of one network weights.
    """

    title: str
    tasks: list
    families: list
    models: list
    networks: list
    widths: np.ndarray
    scores: dict
    seconds: dict
    settings: dict
    failures: list
    geometries: dict
    accuracies: dict

    def part(self, left_out):
        """Return the study without some of its tasks."""
        kept = [place for place, task in enumerate(self.tasks) if task not in left_out]
        rows = {name: [getattr(self, name)[i] for i in kept] for name in ("tasks", "families")}
        tables = {
            name: {key: table[kept] for key, table in getattr(self, name).items()}
            for name in ("scores", "accuracies")
        }
        return self._replace(widths=self.widths[kept], **rows, **tables)


def load_study(folder, title, cells, *, memory, n_jobs, report=print):
    """Score all tasks with classes of a folder, and load their accuracies."""
    folders = task_folders(folder)
    pools = {task: sorted(load_task(path, 1)[0]) for task, path in folders.items()}
    models = sorted({model for pool in pools.values() for model in pool})
    empty = Study(
        title,
        list(folders),
        load_families(folder, folders),
        models,
        [network_of(model) for model in models],
        _nothing(folders, models),
        *({}, {}, {}, [], {}),
        truths(folder, list(folders), models),
    )
    for place, (task, path) in enumerate(folders.items()):
        report(f"{task}: {len(pools[task])} models", flush=True)
        results = score_task(path, cells, memory=memory, n_jobs=n_jobs)
        _fill(empty, place, pools[task], results, cells)
        columns = [models.index(model) for model in pools[task]]
        empty.widths[place, columns] = [X.shape[1] for X in load_task(path, 1)[0].values()]
        empty.geometries[task] = memory.cache(geometry)(path)
    return empty


def truths(folder, tasks, models):
    """Return the measured accuracies by truth; a truth without 2 models anywhere is left out."""
    records = load_records(folder)
    tables = {}
    for title, (regime, left_out) in TRUTHS.items():
        table = [
            [
                np.nan if model in left_out else _accuracy(records, task, model, regime)
                for model in models
            ]
            for task in tasks
        ]
        tables[title] = np.array(table)
    return {title: table for title, table in tables.items() if len(tasks_with_accuracies(table))}


def tasks_with_accuracies(accuracies):
    """Return the places of the tasks on which at least 2 models were measured."""
    return np.flatnonzero(np.sum(~np.isnan(accuracies), axis=1) >= 2)


def network_of(model):
    """Return the network that a layer or a copy is of."""
    name = model.split("@")[0]
    return _COPIES.get(name, name)


def _accuracy(records, task, model, regime):
    known = records.get(task, {"models": {}})["models"].get(model, {}).get(regime)
    return np.nan if known is None else known


def _nothing(tasks, models):
    return np.full((len(tasks), len(models)), np.nan)


def _fill(study, place, pool, results, cells):
    """Enter the results of one task."""
    columns = [study.models.index(model) for model in pool]
    for cell, scored in zip(cells, results, strict=True):
        study.settings[cell.setting.name] = cell.setting
        for each in scored:
            key = each.metric, cell.setting.name
            table = study.scores.setdefault(key, _nothing(study.tasks, study.models))
            table[place, columns] = each.scores
            study.seconds.setdefault(key, {})[study.tasks[place]] = each.seconds
            for model, reason in each.failures.items():
                study.failures.append((study.tasks[place], model, *key, reason))
