"""Worth: the figures by which the package says what a score tells of accuracies."""

import json
import math

import numpy as np
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA
from skperturb.selection._worth import FIGURES, name_metrics
from study.contenders import WEAK
from study.grid import ATTRACT, CORE, FAST, PCA, PROBE, RAW, SLOW, WEAK_SPREAD

_ACCURACIES = {
    ("fine-tuned", "images"): "fine-tuned accuracies",
    ("probed", "images"): "linear probes",
    ("probed", "text"): "linear probes on text",
}
_REGRESSION = "regression"


def write_worth(found, studies, origin, path=FIGURES):
    """Write the figures where the package reads them: one line per truth and per metric."""
    tables = {
        title.removeprefix("contenders "): table
        for title, table in found.items()
        if title.startswith("contenders ")
    }
    truths = {
        title: _describe_truth(study, *title.split(", "))
        for study in studies
        for title in tables
        if title.endswith(study.title)
    }
    regression = found[_REGRESSION]
    truths[_REGRESSION] = {
        "task": "regression",
        "accuracies": "linear probes on text",
        "of": f"{len(studies[-1].models)} text encoders, {_count(regression['task'].nunique())}",
    }
    tables[_REGRESSION] = regression.rename(columns={"metric": "ranked by"})
    taus = tabulate_taus(tables)
    worth = {"origin": origin, "truths": truths, "taus": taus}
    path.write_text(format_worth(worth), encoding="utf-8")


def tabulate_taus(tables):
    """Return `{metrics: {truth: [tau, low, high]}}` of tables of contenders by truth.

    An interval that is not known is left out.
    """
    taus = {}
    for truth, table in tables.items():
        columns = [name for name in ("tau", "tau low", "tau high") if name in table]
        for row in table.to_dict("records"):
            metrics = metrics_of(row["ranked by"], row["features"])
            known = [round(row[name], 2) for name in columns if not math.isnan(row[name])]
            if metrics is not None and known:
                taus.setdefault(name_metrics(metrics), {})[truth] = known
    return dict(sorted(taus.items()))


def metrics_of(ranked_by, features):
    """Return the metrics that a method stands for as users write them, None for a baseline."""
    metrics = FAST | SLOW | PROBE
    steps = {RAW.name: [], PCA.name: [CappedPCA()], WEAK: [CappedPCA(), WEAK_SPREAD, ATTRACT]}
    names = list(CORE) if ranked_by == "all five" else ranked_by.split(" + ")
    if features not in steps or not set(names) <= set(metrics):
        return None
    return {name: make_pipeline(*steps[features], metrics[name]) for name in names}


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


def _describe_truth(study, truth, pool):
    known = ~np.isnan(study.accuracies[truth])
    n_models = int(known.any(axis=0).sum())
    return {
        "task": "classification",
        "accuracies": _ACCURACIES[truth, pool],
        "of": f"{n_models} {pool.removesuffix('s')} encoders, {_count(known.any(axis=1).sum())}",
    }


def _count(n_tasks):
    return f"{n_tasks} task{'s' if n_tasks > 1 else ''}"
