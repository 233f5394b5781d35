"""How the time of a call grows with the numbers of samples, features and classes."""

import numpy as np

from benchmarks.data import Shape, labelled_features

_BASE = Shape(8_000, 512, 20)
LADDERS = {
    "n": [_BASE._replace(n_samples=n) for n in (4_000, 8_000, 16_000, 32_000)],
    "d": [_BASE._replace(n_features=d) for d in (256, 512, 1_024, 2_048)],
    "C": [_BASE._replace(n_classes=c) for c in (10, 40, 160, 640)],
}
SMALLEST_LADDERS = {"n": [Shape(200, 80, 4), Shape(400, 80, 4)]}


def fit_exponent(sizes, seconds):
    """Fit the slope of log seconds over log sizes by least squares: p of seconds ~ size^p."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def fit_exponents(workload, ladders, stopwatch):
    """Fit the exponent of the time of a workload along each ladder, by its letter."""
    fitted = {}
    for (letter, ladder), axis in zip(ladders.items(), range(3), strict=False):
        if not all(map(workload.takes, ladder)):
            continue
        seconds = []
        for shape in ladder:
            X, y = labelled_features(shape)
            X = workload.prepare(X)
            seconds.append(
                min(
                    stopwatch.seconds_of(lambda X=X, y=y: workload.call(X, y))
                    for _ in range(min(2, stopwatch.repeats))
                )
            )
        fitted[letter] = fit_exponent([shape[axis] for shape in ladder], seconds)
    return fitted
