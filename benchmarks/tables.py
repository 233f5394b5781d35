"""Tables of results, in Markdown for people and in reStructuredText for the docs."""

import datetime
import platform
from importlib import metadata
from math import isnan

from threadpoolctl import threadpool_info

_PACKAGES = ("skperturb", "numpy", "scipy", "scikit-learn", "torch", "transformer-ranker")


def markdown_table(head, rows):
    """Lines of a Markdown table; the first column is text, the others numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]


def rest_table(head, rows):
    """Lines of a reStructuredText list-table."""
    lines = [".. list-table::", "   :header-rows: 1", "   :class: numbers", ""]
    for cells in (head, *rows):
        lines += [f"   {'*' if not i else ' '} - {cell}" for i, cell in enumerate(cells)]
    return lines


def shape_rows(results):
    """Rows of the table of one shape from `{(name, dtype): Measurement}`."""
    names = dict.fromkeys(name for name, _ in results)
    dtypes = dict.fromkeys(dtype for _, dtype in results)
    head = ["work"]
    for dtype in dtypes:
        head += [f"{dtype}: s", "x floor", "peak MB"]
    rows = []
    for name in names:
        cells = [name]
        for dtype in dtypes:
            cells += _cells(results.get((name, dtype)))
        rows.append(cells)
    return head, rows


def _cells(measured):
    if measured is None:
        return ["", "", ""]
    once = "" if measured.repeats > 1 else " (once)"
    return [
        f"{measured.seconds:.3g}{once}",
        f"{measured.ratio:.2f}",
        "" if isnan(measured.peak) else f"{measured.peak / 1e6:.0f}",
    ]


def growth_rows(exponents):
    """Rows of the table of fitted exponents from `{name: {letter: exponent}}`."""
    letters = list(dict.fromkeys(letter for each in exponents.values() for letter in each))
    rows = [
        [name, *(f"{found[letter]:.2f}" if letter in found else "" for letter in letters)]
        for name, found in exponents.items()
    ]
    return ["work", *letters], rows


def circumstances():
    """Say on what machine, with what threads and versions, and when."""
    threads = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return (
        f"Measured on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, {_processor()}, "
        f"{' and '.join(map(str, sorted(threads)))} BLAS thread(s), Python "
        f"{platform.python_version()}, {', '.join(found)}."
    )


def _processor():
    """Name of the processor where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return f"{names[0]} ({len(names)} cores)" if names else platform.machine()
