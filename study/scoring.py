"""Scoring: every metric under every setting on the pool of one task, kept on disk."""

import warnings
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
from sklearn.base import clone

import skperturb
from skperturb import CappedPCA, ModelSelector
from study.grid import WIDEST
from study.zoo_folder import load_task

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


def stamp(folder):
    """Return a hash of the files of a task, their sizes and ages: other files, other results."""
    stats = [(path.name, path.stat()) for path in sorted(folder.glob("*.npy"))]
    return joblib.hash([(name, each.st_size, each.st_mtime_ns) for name, each in stats])


@lru_cache(maxsize=1)
def load_pool(folder):
    """Return the feature sets of a task in double precision, and its target."""
    return load_task(folder, dtype=np.float64)


@lru_cache(maxsize=1)
def load_projected(folder):
    """Return the feature sets on their leading components, the most that any cell needs."""
    pool, y = load_pool(folder)
    return {model: CappedPCA(WIDEST).fit_transform(X) for model, X in pool.items()}, y


def load_width(folder, n_components):
    """Return the feature sets as they are (None), or on that many components."""
    if n_components is None:
        return load_pool(folder)
    pool, y = load_projected(folder)
    return {model: X[:, :n_components] for model, X in pool.items()}, y


def perturb(X, y, steps):
    """Move the rows by their true labels, one step after the other."""
    for step in steps:
        X = clone(step).fit_transform(X, y)  # a fitted step would be another key of the memory
    return X


def score_cell(folder, cell, key):
    """Score the pool of a task by each metric of a cell; what cannot be scored is NaN.

    `key` tells the code, the files and the cell, so that what is kept is not taken for other. A
    hash of the cell itself is not always the same in another process.
    """
    pool, y = load_width(folder, cell.setting.n_components)
    moved = {model: perturb(X, y, cell.setting.steps) for model, X in pool.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of saturation; failures are kept
        return [score_metric(moved, y, *item) for item in cell.metrics.items()]


def score_metric(pool, y, name, metric, **params):
    """Score a pool by one metric; NaN where not one model could be scored."""
    selector = ModelSelector(metric, diagnostics=None, **params)
    try:
        selector.fit(pool, y)
    except ValueError as error:
        return Scored(name, np.full(len(pool), np.nan), 0.0, {"all": str(error)})
    seconds = float(np.sum(selector.results_["seconds"]))
    return Scored(name, selector.scores_, seconds, selector.failures_)


def score_task(folder, cells, *, memory, n_jobs):
    """Return what each cell gives on one task; what a killed run had done is read again."""
    kept, origin = memory.cache(score_cell, ignore=["cell"]), (fingerprint(), stamp(folder))
    return joblib.Parallel(n_jobs=n_jobs)(
        joblib.delayed(kept)(folder, cell, (*origin, repr(cell))) for cell in cells
    )
