"""Run metadata: what was run, in words, so that a colleague can run it again."""

import platform
import shlex

import joblib
import numpy as np
import scipy
import sklearn

from skperturb import __version__
from skperturb._cli._labels import describe_labels
from skperturb.selection._provenance import spell_out

_LIBRARIES = (sklearn, np, scipy, joblib)


def run_metadata(run):
    """Return what is known of a run as `(head, text)`, the command first."""
    return [
        ("Command", shlex.join(["skperturb", *run.args])),
        *((_head(name), spell_out(metric)) for name, metric in run.selector.metrics_.items()),
        ("Labels", describe_labels(run.labels)),
        ("Task", run.labels.task),
        ("Scored on", describe_rows(run)),
        ("Resamples", str(run.selector.n_resamples or "none")),
        ("Seed", str(run.selector.random_state)),
        ("Date", f"{run.started:%Y-%m-%d %H:%M:%S %z}"),
        ("Seconds", f"{run.seconds:.1f}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions().items())),
    ]


def versions():
    """Return the versions of what computed the scores, by name."""
    found = {each.__name__: each.__version__ for each in _LIBRARIES}
    return {"skperturb": __version__} | found | {"Python": platform.python_version()}


def _head(name):
    """Name a metric; a lone one has no name of its own."""
    return "Metric" if name == "score" else f"Metric {name}"


def describe_rows(run):
    """Say on how many rows the models were scored."""
    used, n_rows = len(run.selector.sample_indices_), len(run.labels.y)
    return f"{used:,} rows" if used == n_rows else f"{used:,} of {n_rows:,} rows"
