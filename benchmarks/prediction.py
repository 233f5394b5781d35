"""Processor seconds to learn from past tasks and to predict a new one, as tasks and models grow.

python -m benchmarks.prediction [--quick]
"""

import argparse
import time

import numpy as np
from scipy.special import expit

from skperturb import AccuracyPredictor

_SIZES = [(10, 20), (100, 20), (1000, 20), (10, 100), (100, 100), (1000, 100), (100, 500)]
_N_METRICS, _N_REPEATS, _N_KNOWN = 6, 5, 3


def make_history(n_tasks, n_models, seed=0):
    """Return tasks with scores by metrics, and accuracies of four fifths of the models."""
    rng = np.random.default_rng(seed)
    names = [f"model{i}" for i in range(n_models)]
    effects, weights = rng.normal(0, 0.6, n_models), np.full(_N_METRICS, 0.2)
    tasks, accuracies = [], []
    for _ in range(n_tasks):
        scores = rng.standard_normal((n_models, _N_METRICS))
        values = expit(1.5 + 0.3 * (effects + scores @ weights + rng.normal(0, 0.5, n_models)))
        tasks.append(
            {
                name: {f"m{j}": s for j, s in enumerate(row)}
                for name, row in zip(names, scores.tolist(), strict=True)
            }
        )
        there = rng.random(n_models) < 0.8
        there[:2] = True
        accuracies.append(
            {name: a for name, a, t in zip(names, values.tolist(), there, strict=True) if t}
        )
    return tasks, accuracies


def time_size(n_tasks, n_models):
    """Return seconds to fit, to predict, to predict with known accuracies, and to suggest."""
    tasks, accuracies = make_history(n_tasks + 1, n_models)
    new, known = tasks[-1], dict(list(accuracies[-1].items())[:_N_KNOWN])
    start = time.process_time()
    predictor = AccuracyPredictor().fit(tasks[:-1], accuracies[:-1])
    fit = time.process_time() - start
    calls = [
        lambda: predictor.predict(new),
        lambda: predictor.predict(new, known=known),
        lambda: predictor.suggest(new, known=known),
    ]
    return [fit, *map(_best_time, calls)]


def _best_time(call):
    times = []
    for _ in range(_N_REPEATS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def main(argv=None):
    """Print one row per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the smallest size only")
    given = parser.parse_args(argv)
    heads = ["tasks", "models", "fit, s", "predict, ms", "known, ms", "suggest, ms"]
    print("  ".join(f"{head:>11s}" for head in heads))
    for n_tasks, n_models in _SIZES[:1] if given.quick else _SIZES:
        fit, *others = time_size(n_tasks, n_models)
        cells = [f"{n_tasks}", f"{n_models}", f"{fit:.2f}", *(f"{1000 * t:.1f}" for t in others)]
        print("  ".join(f"{cell:>11s}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
