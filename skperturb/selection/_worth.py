"""Worth: how well scores by a metric ordered measured accuracies, in one sentence.

The figures are those of the study (user guide, "The study"), which writes them into the file
beside this module: the truths that it judged by, and for each metric a tau and its interval.
"""

import json
from functools import cache
from pathlib import Path

from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skperturb.selection._metrics import metric_task

_KNOWN = ("skperturb.", "sklearn.")
FIGURES = Path(__file__).with_name("_worth.json")


def describe_worth(metrics, task, scoring=None):
    """Say how well scores by these metrics, or their mean rank, ordered measured accuracies."""
    kind = "score" if len(metrics) == 1 else "mean rank"
    agreements = [] if scoring is not None else _list_agreements(metrics, task)
    if not agreements:
        return f"A {kind} is no accuracy; how well this one predicts accuracies was not measured."
    return (
        f"A {kind} is no accuracy: in our study the order by this one agreed "
        f"{_join(agreements)}, where 1 is the same order and 0 chance (weighted Kendall "
        "tau)."
    )


def _join(words):
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _list_agreements(metrics, task):
    """Say with which accuracies of the task the order agreed, and how well."""
    worth = _read_figures()
    taus = worth["taus"].get(name_metrics(metrics), {})
    tasks = {metric_task(each, task) for each in metrics.values()}
    return [
        f"with {truth['accuracies']} at {_format_tau(taus[name])} ({truth['of']})"
        for name, truth in worth["truths"].items()
        if name in taus and {truth["task"]} == tasks
    ]


def name_metrics(metrics):
    """Return what the figures know one or several metrics by, whatever they are called here."""
    return " + ".join(sorted(map(_name_metric, metrics.values())))


def _name_metric(metric):
    """Write a metric with the parameters that are not the default, behind its steps."""
    if isinstance(metric, Pipeline):
        steps = [each for _, each in metric.steps if each not in (None, "passthrough")]
        return " > ".join(map(_name_metric, steps))
    if "task" in metric.get_params(deep=False):
        metric = clone(metric).set_params(task="auto")  # the task has its own figures
    module = type(metric).__module__
    prefix = "" if module.startswith(_KNOWN) else f"{module}."  # a namesake is another metric
    with config_context(print_changed_only=True):
        return prefix + " ".join(repr(metric).split())


def _format_tau(figures):
    tau, *interval = figures
    return f"{tau:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]" if interval else f"{tau:.2f}"


@cache
def _read_figures():
    return json.loads(FIGURES.read_text(encoding="utf-8"))
