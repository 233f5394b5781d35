"""Provenance: what scores were computed by, in words, and a digest of it."""

import hashlib

from sklearn.pipeline import Pipeline

from skperturb._version import __version__
from skperturb.perturbation import Attract, Spread
from skperturb.selection.features.hashing import content_digest


def run_digest(y, rows, metrics):
    """Return what runs share whose scores can be compared: labels, rows, metrics, version."""
    parts = [
        content_digest(y),
        content_digest(rows),
        repr({name: spell_out(metric) for name, metric in metrics.items()}),
        __version__,
    ]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def metric_titles(metrics):
    """Name each of several metrics in a few words."""
    return [" ".join(_iter_words(each)) for each in metrics.values()]


def spell_out(metric):
    """Write an estimator with all its parameters, the steps of a pipeline in their order."""
    if isinstance(metric, Pipeline):
        return " > ".join(spell_out(step) for _, step in metric.steps)
    if not hasattr(metric, "get_params"):
        return repr(metric)  # "passthrough" and None are steps as well
    params = ", ".join(f"{name}={value!r}" for name, value in metric.get_params(deep=False).items())
    return f"{type(metric).__name__}({params})"


def _iter_words(metric):
    """Yield "perturbed", or "projected", where the features are, and the metric's name."""
    if isinstance(metric, Pipeline):
        is_moved = any(isinstance(step, Spread | Attract) for _, step in metric.steps)
        yield "perturbed" if is_moved else "projected"
        metric = metric[-1]
    yield type(metric).__name__
