"""Folders: tasks with features on disk, as scores by many metrics and measured accuracies.

A folder holds `accuracies.json`, `{task: {"family": ..., "models": {model: {regime: accuracy}}}}`,
and of every task `<task>/labels.npy` or `<task>/targets.npy` and one `<task>/<model>.npy` for each
model. Tasks of one family share data; where none is named each task is its own.
"""

import json
from typing import NamedTuple

import numpy as np
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA, ModelSelector, make_perturbed
from skperturb.metrics import (
    HScore,
    KNNScore,
    LogME,
    NearestCentroidScore,
    RidgeProbe,
)
from skperturb.prediction._default_metrics import default_metrics
from study.zoo_folder import NOT_MODELS

CONSENSUS = ["HScore", "KNNScore", "LogME", "NearestCentroidScore", "RidgeProbe"]
_FLOOR = 0.002  # of an R^2 that is 0 or less, which has no logit


class Truth(NamedTuple):
    """Tasks of one regime: scores by metric and model, accuracies by model, and families."""

    title: str
    names: list
    families: list
    scores: list
    accuracies: list

    def others(self, task):
        """Return the places of the tasks that share no data with one."""
        return [i for i, family in enumerate(self.families) if family != self.families[task]]

    def tasks(self, metrics, places=None):
        """Return tasks as a predictor takes them, with the scores of some metrics."""
        places = range(len(self.names)) if places is None else places
        return [
            {
                model: {name: row[name] for name in metrics if name in row}
                for model, row in self.scores[place].items()
            }
            for place in places
        ]


def load_truths(folder, title, regimes, memory):
    """Return the truths of a folder, one per regime: {title: regime}."""
    record = json.loads((folder / "accuracies.json").read_text(encoding="utf-8"))
    names = [name for name in record if (folder / name).is_dir()]
    scores = [memory.cache(score_task)(folder / name) for name in names]
    truths = []
    for suffix, regime in regimes.items():
        accuracies = [
            {
                model: max(row[regime], _FLOOR)
                for model, row in record[name]["models"].items()
                if row.get(regime) is not None and model in found
            }
            for name, found in zip(names, scores, strict=True)
        ]
        families = [record[name].get("family", name) for name in names]
        truths.append(Truth(f"{suffix}, {title}", names, families, scores, accuracies))
    return truths


def score_task(folder):
    """Return model -> metric -> score of a task by all metrics that take its targets."""
    classes = (folder / "labels.npy").exists()
    y = np.load(folder / ("labels.npy" if classes else "targets.npy"))
    pool = {path.stem: path for path in sorted(folder.glob("*.npy")) if path.stem not in NOT_MODELS}
    found = {model: {} for model in pool}
    for name, metric in metrics_for(y, classes=classes).items():
        selector = ModelSelector(metric, diagnostics=None).fit(pool, y)
        for model, score in zip(selector.names_, selector.scores_, strict=True):
            found[model][name] = float(score)
    return found


def metrics_for(y, *, classes):
    """Return the metrics of the study by name."""
    general = {"LogME": LogME(), "RidgeProbe": RidgeProbe(), "KNNScore": KNNScore()}
    behind = {"KNNScore, PCA": KNNScore()}
    if classes:
        general |= {
            "HScore": HScore(),
            "NearestCentroidScore": NearestCentroidScore(standardize=True),
            "LogME, perturbed": make_perturbed(LogME(), force=1.0, unit="absolute"),
        }
    behind = {name: make_pipeline(CappedPCA(), metric) for name, metric in behind.items()}
    return default_metrics(y) | general | behind
