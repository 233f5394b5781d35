"""How much memory a call takes beyond the features, which lie in a memory map.

What streams must stay within one Gram matrix and 64 MB, whatever the number of rows and
their type; what needs all features at once (see `NEED_ALL_FEATURES`) is left out.

    python -m benchmarks.memory                           60,000 x 1,024 in three types
    python -m benchmarks.memory --shape 20000,512,10 --dtype float16 --metric LogME
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import tables
from benchmarks.data import Shape, mapped_features, parse_shape
from benchmarks.timing import peak_of
from benchmarks.workloads import our_workloads

_FULL = Shape(60_000, 1_024, 20)
_DTYPES = ("float16", "float32", "int8")
_BESIDE_GRAM = 64e6  # bytes
NEED_ALL_FEATURES = {
    "LEEP": "its features are posteriors, a few columns",
    "NCE": "its features are posteriors, a few columns",
    "NCTI": "the singular vectors of all features",
    "NLEEP": "scikit-learn's PCA and Gaussian mixture",
    "PARC": "distances between all rows",
    "KNNScore": "scikit-learn's neighbours",
    "PACTranGaussian": "SciPy's minimiser looks at all features in every step",
    "Spread": "the features that it returns",
    "Attract": "the features that it returns",
    "Repel": "the features that it returns",
}


def streaming_workloads():
    """Return the workloads of ours that look at a block of rows at a time, by name."""
    ours = our_workloads().items()
    return {name: workload for name, workload in ours if name not in NEED_ALL_FEATURES}


def memory_limit(shape):
    """Most bytes beyond the features that a call may take: one Gram matrix and 64 MB."""
    n_directions = min(shape.n_samples, shape.n_features)
    return 8 * n_directions**2 + _BESIDE_GRAM


def measure_peaks(names, shape, dtype):
    """Peak of each workload in bytes by its name, on features in a memory map."""
    with tempfile.TemporaryDirectory() as folder:
        X, y = mapped_features(Path(folder) / "features.npy", shape, dtype)
        peaks = {}
        for name in names:
            call = streaming_workloads()[name].call
            peaks[name] = peak_of(lambda call=call: call(X, y))
            print(f"{dtype}, {name}: {peaks[name] / 1e6:.0f} MB", flush=True)
    return peaks


def main():
    """Measure what the command line asks for, and print it."""
    options = _options()
    peaks = {dtype: measure_peaks(options.metric, options.shape, dtype) for dtype in options.dtype}
    limit = memory_limit(options.shape)
    rows = [
        [name, *(_megabytes(peaks[dtype][name], limit) for dtype in options.dtype)]
        for name in options.metric
    ]
    head = ["work", *(f"{dtype}: MB" for dtype in options.dtype)]
    print("\n".join(["", tables.circumstances(), "", f"### {options.shape}", ""]))
    print(
        "\n".join([f"The limit is {limit / 1e6:.0f} MB.", "", *tables.markdown_table(head, rows)])
    )


def _megabytes(peak, limit):
    return f"{peak / 1e6:.0f}{' (above)' if peak > limit else ''}"


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    names = list(streaming_workloads())
    add("--shape", type=parse_shape, default=_FULL, metavar="N,D,C", help="instead of the full")
    add("--dtype", action="append", choices=_DTYPES, help="only this; can be given repeatedly")
    add("--metric", action="append", choices=names, metavar="NAME", help="only this; repeatable")
    options = parser.parse_args()
    options.dtype = options.dtype or _DTYPES
    options.metric = options.metric or names
    return options


if __name__ == "__main__":
    main()
