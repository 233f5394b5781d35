"""Options: what the words behind them must be, and what they stand for."""

import click

from skperturb import consensus_metrics
from skperturb._cli._names import metric_class, metric_classes, short_name, similar_name
from skperturb.metrics import BaseMetric

CONSENSUS = "consensus"


class Seed(click.ParamType):
    """An integer that seeds NumPy's generators."""

    name = "seed"

    def convert(self, value, param, ctx):
        seed = _integer(value)
        if seed is None or not 0 <= seed < 2**32:
            self.fail(f"must be an integer of at least 0, got {value!r}.", param, ctx)
        return seed


class ResampleCount(click.ParamType):
    """A number of resamples: none, or enough for an interval."""

    name = "resamples"

    def convert(self, value, param, ctx):
        count = _integer(value)
        if count is None or count < 0 or count == 1:
            self.fail(f"must be 0, or an integer of at least 2, got {value!r}.", param, ctx)
        return count


class JobCount(click.ParamType):
    """An integer other than 0, as joblib takes it."""

    name = "jobs"

    def convert(self, value, param, ctx):
        count = _integer(value)
        if not count:
            self.fail(f"must be an integer other than 0, got {value!r}.", param, ctx)
        return count


class SampleCount(click.ParamType):
    """A number of rows, an int of at least 2, or a share of them, a float in (0, 1]."""

    name = "samples"

    def convert(self, value, param, ctx):
        count, share = _integer(value), _share(value)
        if count is not None and count >= 2:
            return count
        if count is None and share is not None:
            return share
        return self.fail(
            f"must be a number of rows, at least 2, or a share of them like 0.2, got {value!r}.",
            param,
            ctx,
        )


class MetricNames(click.ParamType):
    """Names of metrics with commas between them: the metrics by the words that were used."""

    name = "metrics"

    def convert(self, value, param, ctx):
        chosen: dict[str, BaseMetric] = {}
        for word in (each.strip() for each in value.split(",")):
            found = _meant(word)
            if not found:
                self.fail(_unknown(word), param, ctx)
            for name, metric in found.items():
                if type(metric) in map(type, chosen.values()):
                    self.fail(f"{name!r} is named twice.", param, ctx)
                chosen[name] = metric
        return chosen


def _meant(word):
    """Return the metrics that a word stands for by name, none if it is unknown."""
    if word.lower() == CONSENSUS:
        return {short_name(type(each)): each for each in consensus_metrics().values()}
    metric = metric_class(word)
    return {word.lower(): metric()} if metric else {}


def _unknown(word):
    near = similar_name(word)
    hint = f" Did you mean {near!r}?" if near else ""
    return f"there is no metric {word!r}.{hint} There are: {', '.join(metric_classes())}."


def _integer(value):
    try:
        return int(value)
    except ValueError:
        return None


def _share(value):
    """Return a number in (0, 1], None for anything else."""
    try:
        share = float(value)
    except ValueError:
        return None
    return share if 0 < share <= 1 else None
