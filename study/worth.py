"""Worth: the figures by which the package says what a score tells of accuracies."""

import json
import math

import numpy as np
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA
from skperturb.selection._worth import FIGURES, name_metrics
from study.grid import BOTH, CORE, FAST, PCA, PROBE, RAW, SLOW
from study.report import origin

_TITLES = {"fine-tuned": "fine-tuned accuracies", "probe": "linear probes"}


def write_worth(study, verdicts, methods, path=FIGURES):
    """Write the figures where the package reads them: one line per truth and per metric."""
    truths = [each for each in verdicts if each.truth in _TITLES]
    worth = {
        "origin": origin(study),
        "truths": {each.truth: _describe_truth(study, each) for each in truths},
        "taus": tabulate_taus(methods[methods["truth"].isin(_TITLES)]),
    }
    path.write_text(format_worth(worth), encoding="utf-8")


def tabulate_taus(methods):
    """Return `{metrics: {truth: [tau, low, high]}}` of the rows of `methods_table`.

    An interval that is not known is left out.
    """
    taus = {}
    for row in methods.itertuples(index=False):
        truth, ranked_by, features, *figures = row[:6]
        metrics = metrics_of(ranked_by, features)
        if metrics is not None and not math.isnan(figures[0]):
            known = [round(float(each), 2) for each in figures if not math.isnan(each)]
            taus.setdefault(name_metrics(metrics), {})[truth] = known
    return dict(sorted(taus.items()))


def metrics_of(ranked_by, features):
    """Return the metrics that a method stands for as users write them, None for a baseline."""
    metrics = FAST | SLOW | PROBE
    del metrics["public LogME"]  # users have the exact one
    settings = {each.name: each for each in (RAW, PCA, BOTH)}
    names = list(CORE) if ranked_by == "all five" else ranked_by.split(" + ")
    if features not in settings or not set(names) <= set(metrics):
        return None
    steps = [CappedPCA()] * (features != RAW.name) + list(settings[features].steps)
    return {name: make_pipeline(*steps, metrics[name]) for name in names}


def format_worth(worth):
    """Return the figures as JSON with one line per truth and metric."""
    blocks = []
    for head, value in worth.items():
        text = json.dumps(value)
        if isinstance(value, dict):
            lines = [f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items()]
            text = "{\n" + ",\n".join(lines) + "\n }"
        blocks.append(f' "{head}": {text}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _describe_truth(study, verdict):
    known = ~np.isnan(study.accuracies[verdict.truth])
    n_models = int(known.any(axis=0).sum())
    n_tasks = len(verdict.tasks)
    return {
        "task": "classification",
        "accuracies": _TITLES[verdict.truth],
        "of": f"{n_models} image encoders, {n_tasks} task{'s' * (n_tasks > 1)}",
    }
