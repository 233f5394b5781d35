"""Time metrics and perturbations against the floor: one X.T @ X of the same data.

All contestants run in this process on the same arrays; ratios to the floor, and peak
memory beyond the data, are what to quote. Seconds depend on the machine.

    python benchmarks/speed.py [--smallest]
"""

import argparse
import inspect
import time
import tracemalloc
import warnings

import numpy as np
from scipy.special import softmax
from sklearn.decomposition import PCA

import skperturb
from skperturb import metrics
from skperturb.perturbation import Attract, CappedPCA, Repel, Spread

_SIZES = [(300, 64, 5), (700, 1792, 10), (5000, 1024, 100), (4000, 1024, 1000)]
_MOST_CLASSES = {"NLEEP": 10, "PACTranGaussian": 100, "LDAScore": 100}  # more take minutes
_ON_POSTERIORS = ("LEEP", "NCE")


def labelled_noise(n_samples, n_features, n_classes):
    """Return features around weak class means, with a decaying spectrum, and labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(n_samples) % n_classes
    means = rng.standard_normal((n_classes, n_features)) / 4
    noise = rng.standard_normal((n_samples, n_features))
    return (means[codes] + noise) / np.sqrt(1.0 + np.arange(n_features) / 10), codes


def contestants():
    """Return what is timed, functions of (X, y) by name: ours, and peers."""
    public = [getattr(metrics, name) for name in metrics.__all__]
    scorers = [
        each()
        for each in public
        if issubclass(each, metrics.BaseMetric) and not inspect.isabstract(each)
    ]
    estimators = {type(each).__name__: each for each in scorers} | {
        "make_perturbed(LogME)": skperturb.make_perturbed(metrics.LogME()),
        "Spread": Spread(),
        "Attract": Attract(),
        "Repel": Repel(),
        "CappedPCA": CappedPCA(),
        "peer: PCA(64)": PCA(64, random_state=0),
    }
    calls = {name: getattr(each, "fit_transform", each.fit) for name, each in estimators.items()}
    return calls | {"peer: LogME in a loop": looped_logme}


def looped_logme(X, y):
    """LogME as it is usually written: a full decomposition, and a loop over the classes."""
    vectors, values, _ = np.linalg.svd(X, full_matrices=False)
    squares, evidences = values**2, []
    for label in np.unique(y):
        target = (y == label).astype(float)
        energies = (vectors.T @ target) ** 2
        rest = max(target @ target - energies.sum(), 0.0)
        alpha = beta = 1.0
        for _ in range(50):
            ratio = alpha / beta
            gamma = np.sum(squares / (squares + ratio))
            weights = np.sum(squares * energies / (squares + ratio) ** 2)
            misfit = np.sum(energies * (ratio / (squares + ratio)) ** 2) + rest
            alpha, beta = gamma / weights, (len(y) - gamma) / misfit
            if abs(alpha / beta / ratio - 1.0) < 1e-3:
                break
        evidences.append(
            len(y) / 2 * np.log(beta / (2 * np.pi))
            + len(squares) / 2 * np.log(alpha)
            - (beta * misfit + alpha * weights + np.sum(np.log(alpha + beta * squares))) / 2
        )
    return np.mean(evidences) / len(y)


def seconds_of(function, repeats):
    """Return the least wall time of several calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def peak_of(function):
    """Return the peak of memory that a call allocates, in MiB."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main():
    """Print one table per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smallest", action="store_true", help="only the smallest size, once")
    smallest = parser.parse_args().smallest
    warnings.filterwarnings("ignore", message="SFDA scored")  # saturated: only time matters here
    for size in _SIZES[:1] if smallest else _SIZES:
        X, y = labelled_noise(*size)
        repeats = 1 if smallest else 3
        floor = seconds_of(lambda X=X: X.T @ X, 5)
        print(f"\nn={size[0]}, d={size[1]}, C={size[2]}: X is {X.nbytes / 2**20:.0f} MiB")
        print(f"{'':26s}{'seconds':>9s}{'x floor':>9s}{'peak MiB':>10s}")
        print(f"{'floor: X.T @ X':26s}{floor:9.4f}{1.0:9.1f}")
        for name, call in contestants().items():
            if size[2] > _MOST_CLASSES.get(name, np.inf):
                continue
            data = softmax(X, axis=1) if name in _ON_POSTERIORS else X
            seconds = seconds_of(lambda call=call, X=data, y=y: call(X, y), repeats)
            peak = peak_of(lambda call=call, X=data, y=y: call(X, y))
            print(f"{name:26s}{seconds:9.4f}{seconds / floor:9.1f}{peak:10.1f}")


if __name__ == "__main__":
    main()
