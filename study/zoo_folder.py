"""A zoo's folder: tasks with features on disk, and the accuracies that their models reached.

The folder holds `accuracies.json`, `{task: {"models": {model: {regime: accuracy}}}}` with the
regimes "finetune" and "linear_probe", and of every task `<task>/labels.npy` and one
`<task>/<model>.npy` for each model. Tasks may have models of their own.
"""

import json

import numpy as np


def task_folders(folder):
    """Return the folder of each task by its name, sorted."""
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/labels.npy"))}


def load_task(folder, n_rows=None, dtype=np.float32):
    """Return the first rows of a task, `(feature_sets, labels)`."""
    files = sorted(each for each in folder.glob("*.npy") if each.name != "labels.npy")
    sets = {
        file.stem: np.array(np.load(file, mmap_mode="r")[:n_rows], dtype=dtype) for file in files
    }
    return sets, np.load(folder / "labels.npy")[:n_rows]


def load_tasks(folder, n_rows=None, dtype=np.float32):
    """Return the first rows of each task, `(feature_sets, labels)` by name."""
    return {name: load_task(each, n_rows, dtype) for name, each in task_folders(folder).items()}


def load_accuracies(folder, regime, skipped=()):
    """Return the accuracies of each task by model, without the tasks that have none."""
    tables = {}
    for task, record in json.loads((folder / "accuracies.json").read_text()).items():
        kept = {model: each for model, each in record["models"].items() if model not in skipped}
        tables[task] = {
            model: each[regime] for model, each in kept.items() if each.get(regime) is not None
        }
    return {task: table for task, table in tables.items() if table}
