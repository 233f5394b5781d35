"""Choice: from the options, the metric that a selector ranks by."""

import warnings

from sklearn.utils import get_tags
from sklearn.utils.multiclass import type_of_target

from skperturb import make_perturbed
from skperturb._cli._errors import WrongUsage
from skperturb._cli._names import metric_classes
from skperturb.metrics import LogME

_CLASSES = ("binary", "multiclass")
_TASKS = {
    "multilabel-indicator": "multilabel",
    "continuous": "regression",
    "continuous-multioutput": "regression",
}


def chosen_metric(metrics, perturb, y):
    """Return what ModelSelector takes: None, a metric, or a dict of several.

    `metrics` are those that were named, by name, None where none was; `perturb` is None where
    the option was left out.
    """
    with warnings.catch_warnings(action="ignore"):  # the selector asks again, and is heard
        kind = type_of_target(y, input_name="the labels")
    if perturb and kind not in _CLASSES:
        msg = f"--perturb needs class labels, and these are {kind}; leave it out."
        raise WrongUsage(msg)
    for name, metric in (metrics or {}).items():
        _check(name, metric, perturb, kind)
    if metrics is None:
        return make_perturbed(LogME()) if perturb else None
    if perturb:
        metrics = {name: make_perturbed(metric) for name, metric in metrics.items()}
    return metrics if len(metrics) > 1 else next(iter(metrics.values()))


def _check(name, metric, perturb, kind):
    """Refuse a metric for targets that it does not take, or to perturb what are no features."""
    tags, task = get_tags(metric), _TASKS.get(kind, "classification")
    if task not in tags.tasks:
        others = [
            other for other, each in metric_classes().items() if task in get_tags(each()).tasks
        ]
        msg = f"--metric {name} takes no {kind} labels; these do: {', '.join(others)}."
        raise WrongUsage(msg)
    if perturb and tags.input != "features":
        msg = f"--perturb moves features, and --metric {name} takes {tags.input}; leave one out."
        raise WrongUsage(msg)
