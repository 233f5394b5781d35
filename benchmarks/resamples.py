"""What resamples and shuffled labels cost beside one scoring of all rows: time and memory.

Processor seconds of ModelSelector on one feature set in memory, with one BLAS thread. Where
a metric decomposes a Gram matrix for each resample, its decomposition alone stands beside. Memory
is that of the features and of all that is allocated beside them.

    python -m benchmarks.resamples [--resamples 100] [--shape 700,1792,12] [--metric logme]
"""

import argparse

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import tables
from benchmarks.data import Shape, labelled_features, parse_shape
from benchmarks.timing import Stopwatch, peak_of
from skperturb import ModelSelector
from skperturb._backend import NUMPY

_SHAPES = (Shape(700, 1_792, 12), Shape(5_000, 768, 20), Shape(20_000, 512, 100))
_METRICS = ("default", "logme", "ridge_probe", "hscore", "knn")
_DECOMPOSED = ("logme", "ridge_probe")


def selector(metric, **params):
    """Selector by the name of a metric, without the diagnostics that are not measured."""
    metric = None if metric == "default" else metric
    return ModelSelector(metric, **({"diagnostics": None} | params))


def measure(metric, shape, n_resamples):
    """Seconds of one scoring, and ratios to it: resamples, decompositions, shuffles, memory."""
    X, y = labelled_features(shape, np.float32)
    plain, resampled = selector(metric), selector(metric, n_resamples=n_resamples)
    shuffled = selector(metric, diagnostics=["chance"])
    seconds_of = Stopwatch(clock="cpu").seconds_of
    calls = [lambda each=each: each.fit([X], y) for each in (plain, resampled, shuffled)]
    calls[0]()
    one, some, chance = (min(seconds_of(call) for _ in range(2)) for call in calls)
    floor = n_resamples * _seconds_of_decomposition(X, metric, seconds_of) / one
    memory = (X.nbytes + peak_of(calls[1])) / (X.nbytes + peak_of(calls[0]))
    return one, some / one, floor, chance / one - 1.0, memory


def _seconds_of_decomposition(X, metric, seconds_of):
    """Seconds of decomposing the Gram matrix of three quarters of the rows, NaN if none does."""
    if metric not in _DECOMPOSED:
        return np.nan
    rows = np.asfortranarray(X[: 3 * len(X) // 4], dtype=np.float64)
    side = rows if len(rows) > rows.shape[1] else rows.T
    gram = NUMPY.syrk([side], side.shape[1])
    # On so few classes LogME leaves the eigenvectors in factors, where SciPy has what it takes.
    in_factors = metric == "logme" and NUMPY.factors_pay(len(gram), 2)
    decompose = NUMPY.eigh_in_factors if in_factors else NUMPY.eigh
    return min(seconds_of(lambda: decompose(gram.copy(order="F"))) for _ in range(3))


def main():
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resamples", type=int, default=100)
    parser.add_argument("--shape", type=parse_shape, nargs="+", default=_SHAPES)
    parser.add_argument("--metric", nargs="+", default=_METRICS)
    options = parser.parse_args()
    head = ["metric", "one scoring, s", f"{options.resamples} resamples", "decompositions"]
    head += ["20 shuffles", "memory"]
    print(tables.circumstances())
    with threadpool_limits(1):
        for shape in options.shape:
            rows = [
                [metric, *_cells(measure(metric, shape, options.resamples))]
                for metric in options.metric
            ]
            print(
                "\n".join(["", f"### {shape}", "", *tables.markdown_table(head, rows)]), flush=True
            )


def _cells(measured):
    one, *ratios = measured
    return [f"{one:.3f}", *("" if np.isnan(each) else f"{each:.1f}x" for each in ratios)]


if __name__ == "__main__":
    main()
