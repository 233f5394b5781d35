"""Options: what the words behind them must be, and what they stand for."""

import difflib

import click

from skperturb.metrics import BaseMetric
from skperturb.selection import consensus_metrics
from skperturb.selection._metrics import find_metric, metric_classes

CONSENSUS = "consensus"


class Count(click.ParamType):
    """
    An integer that an option can take, said in words where it cannot.

    Parameters
    ----------
    is_allowed : callable
        Tells of an integer whether the option takes it.
    wanted : str
        What it must be.
    """

    name = "integer"

    def __init__(self, is_allowed, wanted):
        self.is_allowed, self.wanted = is_allowed, wanted

    def convert(self, value, param, ctx):
        count = _parse_integer(value)
        if count is None or not self.is_allowed(count):
            self.fail(f"must be {self.wanted}, got {value!r}.", param, ctx)
        return count


SEED = Count(lambda count: 0 <= count < 2**32, "an integer of at least 0")
RESAMPLES = Count(lambda count: count == 0 or count >= 2, "0, or an integer of at least 2")
JOBS = Count(bool, "an integer other than 0")


class SampleCount(click.ParamType):
    """A number of rows, an int of at least 2, or a share of them, a float in (0, 1]."""

    name = "samples"

    def convert(self, value, param, ctx):
        count, share = _parse_integer(value), _parse_number(value)
        if count is not None and count >= 2:
            return count
        if count is None and share is not None and 0 < share <= 1:
            return share
        return self.fail(
            f"must be a number of rows, at least 2, or a share of them like 0.2, got {value!r}.",
            param,
            ctx,
        )


class Level(click.ParamType):
    """A share of the resamples, a float in (0, 1)."""

    name = "level"

    def convert(self, value, param, ctx):
        level = _parse_number(value)
        if level is None or not 0 < level < 1:
            self.fail(f"must be a number between 0 and 1, like 0.95, got {value!r}.", param, ctx)
        return level


class MetricNames(click.ParamType):
    """Names of metrics with commas between them: the metrics by the words that were used."""

    name = "metrics"

    def convert(self, value, param, ctx):
        words = [each.strip() for each in value.split(",")]
        if not all(words):
            msg = f"must be names with commas and no spaces between them, got {value!r}."
            self.fail(msg, param, ctx)
        chosen: dict[str, BaseMetric] = {}
        for word in words:
            found = _find_metrics(word)
            if not found:
                self.fail(_describe_unknown(word), param, ctx)
            for name, metric in found.items():
                if type(metric) in map(type, chosen.values()):
                    self.fail(f"{name!r} is named twice.", param, ctx)
                chosen[name] = metric
        return chosen


def _find_metrics(word):
    """Return the metrics that a word stands for by name, none if it is unknown."""
    if word.lower() == CONSENSUS:
        names = {each: name for name, each in metric_classes().items()}
        return {names[type(each)]: each for each in consensus_metrics().values()}
    metric = find_metric(word)
    return {word.lower(): metric()} if metric else {}


def _describe_unknown(word):
    classes = metric_classes()
    near = difflib.get_close_matches(word.lower(), [*classes, CONSENSUS], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no metric {word!r}.{hint} There are: {', '.join(classes)}, {CONSENSUS}."


def _parse_integer(value):
    try:
        return int(value)
    except ValueError:
        return None


def _parse_number(value):
    try:
        return float(value)
    except ValueError:
        return None
