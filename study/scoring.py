"""Scoring: every metric under every setting on the pool of one task, kept on disk."""

import warnings
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
from scipy.spatial.distance import pdist
from sklearn.base import clone

import skperturb
from skperturb import CappedPCA, ModelSelector, Spread
from study.grid import WIDEST

# All that scores are computed by, as patterns of files in the package.
_NUMERICS = (
    "_*.py",
    "_backend/*.py",
    "decomposition/*.py",
    "metrics/**/*.py",
    "perturbation/*.py",
)


class Scored(NamedTuple):
    """Scores by one metric, `(n_models,)` in the order of the pool, and what they cost."""

    metric: str
    scores: np.ndarray
    seconds: float
    failures: dict


def fingerprint():
    """Return a hash of the code that scores depend on: other code, other results."""
    root = Path(skperturb.__file__).parent
    files = sorted(path for pattern in _NUMERICS for path in root.glob(pattern))
    oracle = Path(__file__).with_name("public_logme.py")
    return joblib.hash([path.read_bytes() for path in [*files, oracle]])


def project_pool(pool):
    """Project each feature set on its leading components, the most that any cell needs."""
    return {model: CappedPCA(WIDEST).fit_transform(X) for model, X in pool.items()}


def perturb(X, y, steps):
    """Move the rows by their true labels, one step after the other."""
    for step in steps:
        X = clone(step).fit_transform(X, y)  # a fitted step would be another key of the memory
    return X


def score_cell(pool, y, cell, code):
    """Score the pool by each metric of a cell; what cannot be scored is NaN."""
    moved = {model: perturb(X, y, cell.setting.steps) for model, X in pool.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of saturation; failures are kept
        return [_score_metric(moved, y, item) for item in cell.metrics.items()]


def _score_metric(pool, y, item):
    name, metric = item
    selector = ModelSelector(metric, diagnostics=None)
    try:
        selector.fit(pool, y)
    except ValueError as error:  # not one model could be scored
        return Scored(name, np.full(len(pool), np.nan), 0.0, {"all": str(error)})
    seconds = float(np.sum(selector.results_["seconds"]))
    return Scored(name, selector.scores_, seconds, selector.failures_)


def geometry(pool, y):
    """Return, per model, the mean class radius, the mean distance of means, and their ratios.

    The ratios are d / (R_c + R_j) of all pairs of classes, `(n_models, n_pairs)`: Attract draws
    together the pairs above `sigma`, and moves the others apart.
    """
    fitted = [Spread().fit(X, y) for X in pool.values()]
    distances = np.array([pdist(each.means_) for each in fitted])
    pairs = np.triu_indices(len(fitted[0].classes_), 1)
    sums = np.array([each.radii_[pairs[0]] + each.radii_[pairs[1]] for each in fitted])
    return (
        np.array([each.radii_.mean() for each in fitted]),
        distances.mean(axis=1),
        distances / sums,
    )


def score_task(pool, narrow, y, cells, *, memory, n_jobs):
    """Return what each cell gives on one task; what a killed run had done is read again."""
    kept, code = memory.cache(score_cell), fingerprint()
    calls = (joblib.delayed(kept)(_pool_of(cell, pool, narrow), y, cell, code) for cell in cells)
    return joblib.Parallel(n_jobs=n_jobs)(calls)


def _pool_of(cell, pool, narrow):
    width = cell.setting.n_components
    return pool if width is None else {model: X[:, :width] for model, X in narrow.items()}
