"""Seeds: what a history can start from, marked as what it is."""

from typing import NamedTuple

import numpy as np

from skperturb.datasets import load_accuracies, load_zoo_history
from skperturb.prediction._default_metrics import default_metrics
from skperturb.prediction._history_file import ADD_ACCURACY, ADD_SCORE, ADD_TASK
from skperturb.prediction._metric_description import describe


class SeedRecords(NamedTuple):
    """A task from elsewhere: its accuracies by model, its scores, and where both are from."""

    task: str
    accuracies: dict
    scores: dict
    settings: dict
    source: str


def published_records(name, regime):
    """Return the tasks of a published table; accuracies in per cent become shares."""
    table = load_accuracies(name, regime=regime)
    values = table.accuracies / (100.0 if "percent" in table.unit else 1.0)
    source = f"published: {name}, {table.regime}"
    return [
        SeedRecords(
            f"{name}/{dataset}",
            {m: float(a) for m, a in zip(table.models, row, strict=True) if not np.isnan(a)},
            {},
            {},
            source,
        )
        for dataset, row in zip(table.datasets, values, strict=True)
    ]


def zoo_records(pool, regime):
    """Return the tasks of a bundled pool.

    A metric has one setting in a history: what a regression computes otherwise than classes do is
    left out.
    """
    zoo = load_zoo_history(pool, regime=regime)
    settings, others = _settings(["a", "b"]), _settings([0.5, 1.5])
    source = f"bundled zoo, {zoo.regime}"
    records = []
    for task, accuracies in zip(zoo.tasks, zoo.accuracies, strict=True):
        own = settings if "gbc" in next(iter(task.scores.values())) else others
        scores = {
            model: {name: each for name, each in row.items() if own[name] == settings[name]}
            for model, row in task.scores.items()
        }
        records.append(SeedRecords(f"zoo/{task.name}", accuracies, scores, settings, source))
    return records


def _settings(y):
    """Describe the metrics of tasks with such a target."""
    return {name: describe(each) for name, each in default_metrics(y).items()}


def add_records(connection, records, now):
    """Write the tasks within a transaction."""
    for task, accuracies, scores, settings, source in records:
        connection.execute(ADD_TASK, (task, now))
        rows = [
            (task, model, metric, settings[metric], score, None, now)
            for model, row in scores.items()
            for metric, score in row.items()
        ]
        connection.executemany(ADD_SCORE, rows)
        measured = [(task, model, "", a, None, source, now) for model, a in accuracies.items()]
        connection.executemany(ADD_ACCURACY, measured)
