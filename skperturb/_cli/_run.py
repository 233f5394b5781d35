"""A run: one ranking, and what is worth knowing about how it came about."""

import sys
import time
import warnings
from dataclasses import dataclass, field
from datetime import datetime

from sklearn.exceptions import FitFailedWarning

from skperturb._cli._accuracies import Measured
from skperturb._cli._errors import first_line
from skperturb._cli._labels import Labels
from skperturb.selection import ModelSelector


@dataclass
class Run:
    """A fitted selector and its circumstances."""

    selector: ModelSelector
    labels: Labels
    warnings: list[str]
    started: datetime
    seconds: float
    args: list[str]
    title: str | None = None
    measured: Measured | None = None
    info: dict[str, dict[str, float]] = field(default_factory=dict)


def fit_run(selector, files, labels, *, groups=None, progress=False, **circumstances):
    """Fit a selector, keeping what it warns of for later."""
    started, start = datetime.now().astimezone(), time.perf_counter()
    if progress:
        _show_progress(selector)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        # Failures are told one by one.
        warnings.simplefilter("ignore", FitFailedWarning)
        selector.fit(files, labels.y, groups=groups)
    return Run(
        selector=selector,
        labels=labels,
        warnings=list(dict.fromkeys(first_line(str(each.message)) for each in caught)),
        started=started,
        seconds=time.perf_counter() - start,
        **circumstances,
    )


def failures_of(run):
    """Return why models could not be scored, one line each, by name."""
    return {name: first_line(reason) for name, reason in run.selector.failures_.items()}


def warnings_of(run):
    """Return what there is to know about single models, best first, by name."""
    notes = dict(zip(run.selector.names_, run.selector.results_["warnings"], strict=True))
    return {name: notes[name] for name in run.selector.ranking_ if notes[name]}


def _show_progress(selector):
    """Let scikit-learn draw a bar on stderr, where it is new enough to have one."""
    try:
        from sklearn.callback import ProgressBar
    except ImportError:
        return
    import rich

    # The bar draws on the console that all of rich shares.
    rich.reconfigure(stderr=True)
    selector.set_callbacks(ProgressBar())


def stderr_is_terminal():
    """Whether someone may be watching."""
    return sys.stderr is not None and sys.stderr.isatty()
