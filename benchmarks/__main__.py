"""Time every metric, the perturbations and peers against one `X.T @ X` of the same array.

All of them run in this process on the same arrays, by turns with that product, the floor.
Ratios to it, and memory beyond the data, are what to quote; seconds depend on the machine.

    python -m benchmarks                      all shapes, float64 and float32, and the growth
    python -m benchmarks --smallest           one small shape, once
    python -m benchmarks --metric LogME --shape 10000,2048,100 --repeat 7
    python -m benchmarks --against ../before  ours here beside ours in another checkout
    python -m benchmarks --write              the same as the first, and the docs' tables and plot
"""

import argparse
import warnings
from pathlib import Path

import numpy as np

from benchmarks import tables
from benchmarks.against import HEAD, comparison_row, comparisons
from benchmarks.data import SHAPES, SMALLEST, labelled_features, parse_shape
from benchmarks.growth import LADDERS, SMALLEST_LADDERS, fit_exponents
from benchmarks.timing import CLOCKS, Stopwatch
from benchmarks.workloads import is_peer, workloads

_DOCS = Path(__file__).resolve().parent.parent / "docs"
_DTYPES = ("float64", "float32")


def main():
    """Measure what the command line asks for, print it, and write it if asked to."""
    options = _options()
    warnings.filterwarnings("ignore", message="SFDA scored")  # saturated: only time matters here
    stopwatch = Stopwatch(options.repeat, options.patience, options.clock)
    if options.against:
        compare(options, stopwatch)
    else:
        measure(options, stopwatch)


def compare(options, stopwatch):
    """Print how this checkout compares with another."""
    print(tables.circumstances(), f"Here against {options.against}.")
    for shape in options.shape:
        rows = []
        for dtype in options.dtype:
            found = comparisons(options.against, shape, dtype, options.metric, stopwatch)
            for name, compared in found:
                rows.append(comparison_row(name, dtype, compared))
                print(f"{shape}:", *rows[-1], sep="  ", flush=True)
        print("\n".join(["", f"### {shape}", "", *tables.markdown_table(HEAD, rows), ""]))


def measure(options, stopwatch):
    """Print times beside the floor, and write them to the docs if asked to."""
    chosen = {
        name: workload
        for name, workload in workloads().items()
        if not options.metric or name in options.metric
    }
    results = {
        shape: measurements(shape, options.dtype, chosen, stopwatch) for shape in options.shape
    }
    growth = {}
    for name, workload in chosen.items() if options.growth else ():
        if not is_peer(name):
            growth[name] = fit_exponents(workload, options.growth, stopwatch)
            print(name, growth[name], flush=True)
    print("\n".join(["", *report(results, growth, tables.markdown_table, "### ")]))
    if options.write:
        write(results, growth)


def measurements(shape, dtypes, chosen, stopwatch):
    """Measurements at one shape, `{(name, dtype): Measurement}`."""
    results = {}
    for dtype in dtypes:
        X, y = labelled_features(shape, dtype)

        def floor(X=X):
            return X.T @ X

        results["X.T @ X", dtype] = stopwatch.measure(floor, floor)
        for name, workload in chosen.items():
            if not workload.takes(shape):
                continue
            data = workload.prepare(X)
            measured = stopwatch.measure(lambda: workload.call(data, y), floor)  # noqa: B023
            if not isinstance(data, np.ndarray):  # memory of PyTorch is not seen
                measured = measured._replace(peak=np.nan)
            results[name, dtype] = measured
            print(
                f"{shape}, {dtype}, {name}: {measured.seconds:.4g} s, {measured.ratio:.2f} x "
                f"floor, {measured.peak / 1e6:.0f} MB",
                flush=True,
            )
    return results


def report(results, growth, table, title):
    """Lines of the whole report, with tables as `table` makes them."""
    lines = [tables.circumstances(), ""]
    for shape, measured in results.items():
        lines += [f"{title}{shape}", "", *table(*tables.shape_rows(measured)), ""]
    if growth:
        heading = f"{title}Growth: seconds ~ n^p, d^p, C^p"
        lines += [heading, "", *table(*tables.growth_rows(growth)), ""]
    return lines


def write(results, growth):
    """Write the tables, for the docs and as Markdown, and the plot."""
    from benchmarks.plot import draw_ratios

    folder = _DOCS / "user_guide"
    rest = report(results, growth, tables.rest_table, ".. rubric:: ")
    (folder / "speed_results.inc").write_text("\n".join(rest), encoding="utf-8")
    plain = report(results, growth, tables.markdown_table, "## ")
    results_file = Path(__file__).parent / "RESULTS.md"
    results_file.write_text("\n".join(["# Speed", "", *plain]), encoding="utf-8")
    draw_ratios(results, _DOCS / "_static" / "speed.png")


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--smallest", action="store_true", help="one small shape, once")
    add("--metric", action="append", metavar="NAME", help="only this; can be given repeatedly")
    add("--shape", action="append", type=parse_shape, metavar="N,D,C", help="only this; repeatable")
    add("--dtype", action="append", choices=(*_DTYPES, "float16", "int8"), help="only this")
    add("--repeat", type=int, default=5, help="timed calls of each, the median counts (5)")
    add("--patience", type=float, default=30.0, help="seconds; a slower call is timed once (30)")
    add("--clock", choices=list(CLOCKS), default="wall", help="cpu: where other work disturbs")
    add("--against", type=Path, metavar="CHECKOUT", help="compare with another checkout, by turns")
    add("--growth", action="store_true", help="fit exponents too, when shapes are given")
    add("--write", action="store_true", help="write the docs' tables and plot")
    options = parser.parse_args()
    everything = not (options.shape or options.smallest)
    options.growth = (
        LADDERS if everything or options.growth else SMALLEST_LADDERS if options.smallest else {}
    )
    options.shape = [SMALLEST] if options.smallest else options.shape or SHAPES
    options.repeat = 1 if options.smallest else options.repeat
    options.dtype = options.dtype or _DTYPES
    return options


if __name__ == "__main__":
    main()
