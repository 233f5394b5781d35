"""Time metrics and perturbations against the floor: one X.T @ X of the same data.

All contestants run in this process on the same arrays; ratios to the floor, and peak
memory beyond the data, are what to quote. Seconds depend on the machine.

    python benchmarks/speed.py [--smallest]
"""

import argparse
import inspect
import time
import tracemalloc

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.utils import get_tags

import skperturb
from skperturb import metrics
from skperturb.perturbation import Attract, CappedPCA, Repel, Spread

_SIZES = [(300, 64, 5), (700, 1792, 10), (5000, 1024, 100), (4000, 1024, 1000)]
_MOST_CLASSES = {"NLEEP": 10, "PACTranGaussian": 100}  # more take minutes


def labelled_noise(n_samples, n_features, n_classes):
    """Return features around weak class means, with a decaying spectrum, and labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(n_samples) % n_classes
    means = rng.standard_normal((n_classes, n_features)) / 4
    noise = rng.standard_normal((n_samples, n_features))
    return (means[codes] + noise) / np.sqrt(1.0 + np.arange(n_features) / 10), codes


def contestants():
    """Return every metric on features, the perturbations, and two peers, by name."""
    public = [getattr(metrics, name) for name in metrics.__all__]
    scorers = [
        each()
        for each in public
        if issubclass(each, metrics.BaseMetric) and not inspect.isabstract(each)
    ]
    features = {type(each).__name__: each for each in scorers if get_tags(each).input == "features"}
    return features | {
        "make_perturbed(LogME)": skperturb.make_perturbed(metrics.LogME()),
        "Spread": Spread(),
        "Attract": Attract(),
        "Repel": Repel(),
        "CappedPCA": CappedPCA(),
        "peer: PCA(64)": PCA(64, random_state=0),
        "peer: LogisticRegression": LogisticRegression(max_iter=100),
    }


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
    for size in _SIZES[:1] if smallest else _SIZES:
        X, y = labelled_noise(*size)
        repeats = 1 if smallest else 3
        floor = seconds_of(lambda X=X: X.T @ X, 5)
        print(f"\nn={size[0]}, d={size[1]}, C={size[2]}: X is {X.nbytes / 2**20:.0f} MiB")
        print(f"{'':26s}{'seconds':>9s}{'x floor':>9s}{'peak MiB':>10s}")
        print(f"{'floor: X.T @ X':26s}{floor:9.4f}{1.0:9.1f}")
        for name, each in contestants().items():
            if size[2] > _MOST_CLASSES.get(name, np.inf):
                continue
            call = getattr(each, "fit_transform", each.fit)
            seconds = seconds_of(lambda call=call, X=X, y=y: call(X, y), repeats)
            peak = peak_of(lambda call=call, X=X, y=y: call(X, y))
            print(f"{name:26s}{seconds:9.4f}{seconds / floor:9.1f}{peak:10.1f}")


if __name__ == "__main__":
    main()
