"""`skperturb metrics`: what each metric is, takes and returns."""

import math

import click
from sklearn.utils import get_tags

from skperturb._cli._terminal import align_columns, print_result, stdout_is_terminal
from skperturb.selection._metrics import metric_classes

_NOTES = """\
Larger is better, always. "pool": the score means something only among the models ranked together.
"posteriors": a file holds probabilities of the model's own source classes, not features.
A class name works too, in any case: KNNScore is knn. C is the number of classes."""


@click.command()
def metrics():
    """List the metrics: what each measures, takes and returns.

    The first column is what --metric of `skperturb rank` takes. Larger scores are better, always.
    """
    rows = [_describe(name, each()) for name, each in metric_classes().items()]
    head = ["metric", "what it measures", "input", "targets", "range"]
    text = (
        _format_blocks(rows)
        if stdout_is_terminal()
        else align_columns([head, *rows], left=range(5))
    )
    print_result(f"{text}\n\n{_NOTES}")


def _format_blocks(rows):
    """Give every metric two lines, which fit a terminal."""
    width = max(len(name) for name, *_ in rows) + 2
    return "\n".join(
        f"{click.style(name.ljust(width), bold=True)}{what}\n{' ' * width}{'; '.join(facts)}"
        for name, what, *facts in rows
    )


def _describe(name, metric):
    tags = get_tags(metric)
    # Python run with -OO has no docstrings.
    first_line = (type(metric).__doc__ or "").strip().partition("\n")[0].rstrip(".")
    return [
        name,
        first_line,
        tags.input + (", pool" if tags.pool else ""),
        ", ".join(tags.tasks),
        _describe_range(tags.bounds),
    ]


def _describe_range(bounds):
    """Say how low and high a score can be; where that depends on the classes, for two and ten."""
    few, many = bounds("classification", 2), bounds("classification", 10)
    if few == many:
        return _describe_interval(*few)
    return f"{_describe_interval(*few)} for C = 2, {_describe_interval(*many)} for C = 10"


def _describe_interval(low, high):
    if math.isinf(low) and math.isinf(high):
        return "any"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"at least {low:g}" if math.isinf(high) else f"{low:.3g} to {high:.3g}"
