"""`skperturb metrics`: what each metric is, takes and returns."""

import math

import click
from sklearn.utils import get_tags

from skperturb._cli._names import metric_classes
from skperturb._cli._printing import aligned, print_result, stdout_is_terminal

_NOTES = """\
Larger is better, always. "pool": the score means something only among the models ranked together.
"posteriors": a file holds probabilities of the model's own source classes, not features.
A class name works too, in any case: KNNScore is knn. C is the number of classes."""


@click.command()
def metrics():
    """List the metrics: what each measures, takes and returns.

    The first column is what --metric of `skperturb rank` takes. Larger scores are better, always.
    """
    rows = [_row(name, each()) for name, each in metric_classes().items()]
    head = ["metric", "what it measures", "input", "targets", "range"]
    text = _blocks(rows) if stdout_is_terminal() else aligned([head, *rows], left=range(5))
    print_result(f"{text}\n\n{_NOTES}")


def _blocks(rows):
    """Give every metric two lines, which fit a terminal."""
    width = max(len(name) for name, *_ in rows) + 2
    return "\n".join(
        f"{click.style(name.ljust(width), bold=True)}{what}\n{' ' * width}{'; '.join(facts)}"
        for name, what, *facts in rows
    )


def _row(name, metric):
    tags = get_tags(metric)
    first_line = (type(metric).__doc__ or "").strip().splitlines()[0].rstrip(".")
    return [
        name,
        first_line,
        tags.input + (", pool" if tags.pool else ""),
        ", ".join(tags.tasks),
        _range(tags.bounds),
    ]


def _range(bounds):
    """Say how low and high a score can be; where that depends on the classes, for two and ten."""
    few, many = bounds("classification", 2), bounds("classification", 10)
    if few == many:
        return _interval(*few)
    return f"{_interval(*few)} for C = 2, {_interval(*many)} for C = 10"


def _interval(low, high):
    if math.isinf(low) and math.isinf(high):
        return "any"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"at least {low:g}" if math.isinf(high) else f"{low:.3g} to {high:.3g}"
