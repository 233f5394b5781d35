"""Metric choice: from the options and the task, what a selector ranks by."""

from sklearn.utils import get_tags

from skperturb._cli._errors import WrongUsage
from skperturb.metrics import LogME
from skperturb.perturbation import make_perturbed
from skperturb.selection._metrics import metric_classes


def choose_metric(metrics, perturb, task, *, is_task_given=False):
    """Return what ModelSelector takes: None, a metric, or a dict of several.

    `metrics` are those that were named, by name, None where none was; `perturb` is None where
    the option was left out. A task that was given is passed on to the metrics that read one
    from the labels.
    """
    if perturb and task != "classification":
        msg = f"--perturb needs class labels, and the task is {task}; leave it out."
        raise WrongUsage(msg)
    for name, metric in (metrics or {}).items():
        _check_metric(name, metric, perturb, task)
    # Whole numbers suggest classes: without the word a metric would take them for these.
    if is_task_given and (metrics or task == "regression"):
        metrics = {name: _set_task(each, task) for name, each in (metrics or _default()).items()}
    if metrics is None:
        return make_perturbed(LogME()) if perturb else None
    if perturb:
        metrics = {name: make_perturbed(metric) for name, metric in metrics.items()}
    return metrics if len(metrics) > 1 else next(iter(metrics.values()))


def _default():
    return {"logme": LogME()}


def _set_task(metric, task):
    return metric.set_params(task=task) if "task" in metric.get_params() else metric


def _check_metric(name, metric, perturb, task):
    """Refuse a metric for targets that it does not take, or to perturb what are no features."""
    tags = get_tags(metric)
    if task not in tags.tasks:
        others = [
            other for other, each in metric_classes().items() if task in get_tags(each()).tasks
        ]
        msg = f"--metric {name} takes no {task}; these do: {', '.join(others)}."
        raise WrongUsage(msg)
    if perturb and tags.input != "features":
        msg = f"--perturb moves features, and --metric {name} takes {tags.input}; leave one out."
        raise WrongUsage(msg)
