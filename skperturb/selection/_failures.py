"""Failures: why models could not be scored, and how that is said."""

import warnings

from sklearn.exceptions import FitFailedWarning

from skperturb.selection.resampling.summary import join_names


class Failure(str):
    """
    Why a model could not be scored: a string, the reason, that keeps the traceback.

    The string holds kind and message of the error, of each metric that failed.

    Attributes
    ----------
    traceback : str
        Where it happened, as Python prints it.

    Examples
    --------
    >>> from skperturb.selection import Failure
    >>> failure = Failure("ValueError: too short", "Traceback (most recent call last): ...")
    >>> print(failure)
    ValueError: too short
    >>> print(failure.traceback)
    Traceback (most recent call last): ...
    """

    traceback: str

    def __new__(cls, reason, traceback=""):
        """Return the reason with one attribute more."""
        failure = super().__new__(cls, reason)
        failure.traceback = traceback
        return failure


class NothingScoredError(ValueError):
    """
    No model of the pool could be scored, so there is no ranking.

    The message names the reason of every model.

    Parameters
    ----------
    message : str
        What went wrong.
    failures : dict of {str: Failure} or None, default=None
        Name and reason of each model; None is none.

    Examples
    --------
    >>> from skperturb import ModelSelector
    >>> from skperturb.selection import NothingScoredError
    >>> try:
    ...     ModelSelector().fit({"lost": "nowhere.npy"}, ["ant", "bee"])
    ... except NothingScoredError as error:
    ...     print(list(error.failures))
    ['lost']
    """

    def __init__(self, message, failures=None):
        super().__init__(message)
        self.failures = failures or {}


def collect_failures(outcomes, names, metrics):
    """Return why some metric could not score a model on all rows, by model."""
    failures = {}
    for name in names:
        failed = {metric: outcomes.by_key[name, metric, 0] for metric in metrics}
        failed = {metric: each for metric, each in failed.items() if each.error is not None}
        reasons = {each.error for each in failed.values()}
        if len(failed) == len(metrics) and len(reasons) == 1:
            failures[name] = Failure(reasons.pop(), next(iter(failed.values())).traceback)
        elif failed:
            said = [f"{metric}: {each.error}" for metric, each in failed.items()]
            texts = [f"{metric}: {each.traceback}" for metric, each in failed.items()]
            failures[name] = Failure("; ".join(said), "\n".join(texts))
    return failures


def report_problems(selector, results, outcomes, *, composed, stacklevel):
    """Warn of damage and of models that failed, or raise where no ranking is left."""
    title, failures = type(selector).__name__, results.failures
    if outcomes.n_damaged:
        n = outcomes.n_damaged
        found = f"{n} entries of the cache were" if n > 1 else "1 entry of the cache was"
        msg = f"{found} damaged; what cannot be read is computed again."
        warnings.warn(msg, UserWarning, stacklevel=stacklevel + 1)
    said = _join_reasons(failures)
    if results.failed.any(axis=1).all():
        scope = " by all of the metrics" if composed else ""
        msg = f"{title} could score none of the models{scope}. {said}"
        raise NothingScoredError(msg, failures)
    if failures:
        msg = (
            f"{title} could not score {len(failures)} of {len(results.names)} models; they rank "
            f"last. {said}"
        )
        warnings.warn(msg, FitFailedWarning, stacklevel=stacklevel + 1)


def _join_reasons(failures):
    """Say each reason once, behind the names of its models."""
    models: dict[str, list[str]] = {}
    for name, reason in failures.items():
        # The first line names the fault; scikit-learn's second shows the array.
        models.setdefault(reason.splitlines()[0], []).append(repr(name))
    return " ".join(f"{join_names(names)}: {reason}" for reason, names in models.items())
