"""Descriptions of metrics as text: what tells two settings of one metric apart."""

import json
from collections.abc import Mapping
from numbers import Real


def describe_metrics(selector):
    """Return a description of each metric of a fitted selector, by name."""
    metric = selector.metric
    if isinstance(metric, Mapping):
        found = dict(metric)
    elif isinstance(metric, list | tuple):
        found = dict(pair if isinstance(pair, tuple) else (pair, pair) for pair in metric)
    else:
        found = dict.fromkeys(selector.metric_names_, metric)
    return {name: describe(found.get(name)) for name in selector.metric_names_}


def describe(metric):
    """Return the class and the parameters of a metric as JSON; "default" for None."""
    if metric is None or isinstance(metric, str):
        return json.dumps(metric or "default")
    return json.dumps(_plain(metric), sort_keys=True)


def _plain(value):
    """Return what JSON can hold; of an estimator its class and parameters."""
    if hasattr(value, "get_params"):
        params = value.get_params(deep=False)
        plain = {name: _plain(each) for name, each in params.items() if name != "memory"}
        return {"class": type(value).__name__, **plain}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Real):
        return value.item() if hasattr(value, "item") else value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return repr(value)
