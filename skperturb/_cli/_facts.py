"""Facts: what was run, in words, so that a colleague can run it again."""

import platform
import shlex

import joblib
import numpy as np
import scipy
import sklearn
from sklearn.pipeline import Pipeline

import skperturb
from skperturb import Attract, Spread

_LIBRARIES = (skperturb, sklearn, np, scipy, joblib)


def facts(run):
    """Return the facts of a run as `(head, text)`, the command first."""
    versions = [f"{each.__name__} {each.__version__}" for each in _LIBRARIES]
    return [
        ("Command", shlex.join(["skperturb", *run.args])),
        *((_head(name), spelled_out(metric)) for name, metric in run.metrics.items()),
        ("Scored on", rows_used(run)),
        ("Resamples", str(run.selector.n_resamples or "none")),
        ("Seed", str(run.selector.random_state)),
        ("Date", f"{run.started:%Y-%m-%d %H:%M:%S %z}"),
        ("Seconds", f"{run.seconds:.1f}"),
        ("Versions", ", ".join([*versions, f"Python {platform.python_version()}"])),
    ]


def _head(name):
    """Name a metric; a lone one has no name of its own."""
    return "Metric" if name == "score" else f"Metric {name}"


def rows_used(run):
    """Say on how many rows the models were scored."""
    used = len(run.selector.sample_indices_)
    return f"{used:,} rows" if used == run.n_rows else f"{used:,} of {run.n_rows:,} rows"


def metric_titles(run):
    """Name each metric in a few words."""
    return [" ".join(_words(each)) for each in run.metrics.values()]


def spelled_out(metric):
    """Write an estimator with all its parameters, the steps of a pipeline in their order."""
    if isinstance(metric, Pipeline):
        return " > ".join(spelled_out(step) for _, step in metric.steps)
    params = ", ".join(f"{name}={value!r}" for name, value in metric.get_params(deep=False).items())
    return f"{type(metric).__name__}({params})"


def _words(metric):
    """Yield "perturbed", or "projected", where the features are, and the metric's name."""
    if isinstance(metric, Pipeline):
        moved = any(isinstance(step, Spread | Attract) for _, step in metric.steps)
        yield "perturbed" if moved else "projected"
        metric = metric[-1]
    yield type(metric).__name__
