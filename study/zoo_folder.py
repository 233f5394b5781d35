"""A zoo's folder: tasks with features on disk, and the accuracies that their models reached.

The folder holds `accuracies.json`, `{task: {"family": ..., "models": {model: {regime: accuracy,
"se": ...}}}}` with regimes such as "finetune" and "linear_probe", and of every task
`<task>/labels.npy` or, for a regression, `<task>/targets.npy`, one `<task>/<model>.npy` for each
model, and `<task>/groups.npy` where rows belong together. Tasks may have models of their own;
tasks of one family share data, and one without a family is its own.
"""

import json

import numpy as np

NOT_MODELS = ("labels", "targets", "groups")


def task_folders(folder, target="labels"):
    """Return the folder of each task with that kind of target by its name, sorted."""
    return {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{target}.npy"))}


def load_task(folder, n_rows=None, dtype=np.float32):
    """Return the first rows of a task, `(feature_sets, target)`."""
    files = sorted(each for each in folder.glob("*.npy") if each.stem not in NOT_MODELS)
    sets = {
        file.stem: np.array(np.load(file, mmap_mode="r")[:n_rows], dtype=dtype) for file in files
    }
    labels = folder / "labels.npy"
    target = labels if labels.exists() else folder / "targets.npy"
    return sets, np.load(target)[:n_rows]


def load_groups(folder):
    """Return the group of each row of a task, None where rows do not belong together."""
    path = folder / "groups.npy"
    return np.load(path) if path.exists() else None


def load_tasks(folder, n_rows=None, dtype=np.float32):
    """Return the first rows of each task, `(feature_sets, labels)` by name."""
    return {name: load_task(each, n_rows, dtype) for name, each in task_folders(folder).items()}


def load_accuracies(folder, regime, skipped=()):
    """Return the accuracies of each task by model, without the tasks that have none."""
    tables = {}
    for task, record in load_records(folder).items():
        kept = {model: each for model, each in record["models"].items() if model not in skipped}
        tables[task] = {
            model: each[regime] for model, each in kept.items() if each.get(regime) is not None
        }
    return {task: table for task, table in tables.items() if table}


def load_families(folder, tasks):
    """Return the family of each task."""
    records = load_records(folder)
    return [records.get(task, {}).get("family", task) for task in tasks]


def load_records(folder):
    """Return all that is known of each task."""
    return json.loads((folder / "accuracies.json").read_text(encoding="utf-8"))
