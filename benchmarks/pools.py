"""How fast is a pool of feature files scored, and what do metrics together save?

Writes the pool to a temporary folder, float32 in .npy files, and removes it at the end.

    python -m benchmarks.pools                          200 sets of 2,000 x 1,024
    python -m benchmarks.pools --sets 20 --jobs 1 2
    python -m benchmarks.pools --write                  and the table in the docs
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks import tables
from benchmarks.data import Shape
from benchmarks.timing import Stopwatch
from skperturb import ModelSelector, make_perturbed
from skperturb.metrics import CKAScore, HScore, LDAScore, LogME, NearestCentroidScore, RidgeProbe

_RESULTS = Path(__file__).resolve().parent.parent / "docs" / "user_guide" / "pools_results.inc"
_TURN = 5  # sets that are scored at a time where two ways take turns

METRICS = {
    "make_perturbed(LogME)": make_perturbed(LogME()),
    "LogME": LogME(),
    "NearestCentroidScore": NearestCentroidScore(),
}
FIVE = {
    type(each).__name__: each for each in (LogME(), HScore(), CKAScore(), LDAScore(), RidgeProbe())
}


class Pool(NamedTuple):
    """Feature files by name, and labels."""

    files: dict
    y: np.ndarray


class Throughput(NamedTuple):
    """Sets per second, processes that worked, and most BLAS threads in one of them."""

    per_second: float
    n_processes: int
    n_threads: int


class RecordingFile:
    """A feature file that records which process opens it, and with how many BLAS threads."""

    def __init__(self, path):
        self.path = path

    def __call__(self):
        threads = [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
        record = self.path.with_suffix(f".{os.getpid()}.threads")
        record.write_text(str(max(threads, default=1)))
        return self.path


def write_pool(folder, n_sets, shape):
    """Write the feature files of a pool to a folder: class means that differ, and noise."""
    rng = np.random.default_rng(0)
    codes = np.arange(shape.n_samples) % shape.n_classes
    scales = 1.0 / np.sqrt(1.0 + np.arange(shape.n_features) / 10)
    files = {}
    for i in range(n_sets):
        means = rng.standard_normal((shape.n_classes, shape.n_features), dtype=np.float32) / 4
        X = rng.standard_normal(shape[:2], dtype=np.float32)
        files[f"set{i}"] = Path(folder) / f"set{i}.npy"
        np.save(files[f"set{i}"], (X + means[codes]) * scales.astype(np.float32))
    return Pool(files, codes)


def measure_throughput(metric, pool, n_jobs):
    """Score the whole pool with that many jobs."""
    start = time.perf_counter()
    ModelSelector(metric, n_jobs=n_jobs).fit(pool.files, pool.y)
    seconds = time.perf_counter() - start
    folder = next(iter(pool.files.values())).parent
    recording = {name: RecordingFile(path) for name, path in list(pool.files.items())[: 8 * n_jobs]}
    ModelSelector(NearestCentroidScore(), n_jobs=n_jobs).fit(recording, pool.y)
    records = list(folder.glob("*.threads"))
    processes = {record.name.split(".")[1] for record in records}
    threads = max(int(record.read_text()) for record in records)
    for record in records:
        record.unlink()
    return Throughput(len(pool.files) / seconds, len(processes), threads)


def overhead_share(metric, pool):
    """Share of the time that a selector with one job adds to a bare loop over the files."""

    def in_a_loop(files):
        for path in files.values():
            clone(metric).fit(np.load(path), pool.y)

    def by_selector(files):
        ModelSelector(metric, n_jobs=1).fit(files, pool.y)

    ratios = [b / s for b, s in alternate(pool, in_a_loop, by_selector)]
    return 1.0 - float(np.median(ratios))


def alternate(pool, *ways):
    """Seconds of some ways to score a few sets at a time, `(n_turns, n_ways)`.

    Of the processor, with one BLAS thread: other load disturbs them little.
    """
    items = list(pool.files.items())
    stopwatch = Stopwatch(clock="cpu")
    with threadpool_limits(1, user_api="blas"):
        ways[0](dict(items[:1]))  # what is slow the first time is no one's fault
        return [
            [stopwatch.seconds_of(lambda: way(some)) for way in ways]  # noqa: B023
            for some in (dict(items[i : i + _TURN]) for i in range(0, len(items), _TURN))
        ]


def joint_share(metrics, pool):
    """Time of several metrics together as a share of the sum of their times alone."""

    def alone(files):
        for metric in metrics.values():
            ModelSelector(metric).fit(files, pool.y)

    def jointly(files):
        ModelSelector(metrics).fit(files, pool.y)

    return float(np.median([t / a for a, t in alternate(pool, alone, jointly)]))


def measure(pool, jobs):
    """Measure, and return the rows of both tables."""
    rows, savings = [], []
    for name, metric in METRICS.items():
        outside = f"{overhead_share(metric, first_sets(pool, 50)):.1%}"
        for n_jobs in jobs:
            found = measure_throughput(metric, pool, n_jobs)
            busy = f"{found.n_processes} x {found.n_threads}"
            rows.append([name, str(n_jobs), f"{found.per_second:.1f}", busy, outside])
            print(*rows[-1], sep=", ", flush=True)
            outside = ""  # measured with one job
    perturbed = {name: make_perturbed(metric) for name, metric in FIVE.items()}
    for name, metrics in {"features as they are": FIVE, "perturbed": perturbed}.items():
        savings.append([name, f"{joint_share(metrics, first_sets(pool, 25)):.0%}"])
        print(*savings[-1], sep=", ", flush=True)
    return rows, savings


def first_sets(pool, n_sets):
    """Return the first sets of a pool."""
    return Pool(dict(list(pool.files.items())[:n_sets]), pool.y)


def report(n_sets, shape, rows, savings, table):
    """Lines of both tables, as `table` makes them, with what they are about."""
    head = ["metric", "jobs", "sets per second", "processes x BLAS threads", "outside the metric"]
    names = ", ".join(FIVE)
    return [
        f"{n_sets} sets of {shape}, float32 in ``.npy``. {tables.circumstances()}",
        "",
        *table(head, rows),
        "",
        f"{names} together, as a share of the sum of their times alone:",
        "",
        *table(["behind", "time"], savings),
        "",
    ]


def main():
    """Measure, print, and write the docs' table if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sets", type=int, default=200)
    add("--shape", type=lambda text: tuple(map(int, text.split(","))), default=(2_000, 1_024))
    add("--classes", type=int, default=50)
    add("--jobs", type=int, nargs="+", default=[1, joblib.cpu_count()])
    add("--write", action="store_true", help="write the table that the docs include")
    options = parser.parse_args()
    shape = Shape(*options.shape, options.classes)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(write_pool(folder, options.sets, shape), options.jobs)
    print("\n".join(["", *report(options.sets, shape, *found, tables.markdown_table)]))
    if options.write:
        lines = report(options.sets, shape, *found, tables.rest_table)
        _RESULTS.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
