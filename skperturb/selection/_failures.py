"""Failures: why models could not be scored, and how that is said."""

import warnings

from sklearn.exceptions import FitFailedWarning

from skperturb.selection._pool import enumerated


class NothingScoredError(ValueError):
    """
    No model of the pool could be scored, so there is no ranking.

    The message names the reason of every model.

    Parameters
    ----------
    message : str
        What went wrong.
    failures : dict of {str: str} or None, default=None
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


def failure_reasons(outcomes, names, metrics, several):
    """Return the reasons of failure by model, with the metric where there are several."""
    return {
        model: "; ".join(said)
        for model in names
        if (
            said := _said({metric: outcomes[model, metric, 0].error for metric in metrics}, several)
        )
    }


def _said(reasons, several):
    """Return the reasons of one model, `{metric: reason or None}`, one for all metrics once."""
    found = {metric: reason for metric, reason in reasons.items() if reason is not None}
    if len(found) == len(reasons) and len(set(found.values())) == 1:
        several = False
        found = dict(list(found.items())[:1])
    return [f"{metric}: {reason}" if several else reason for metric, reason in found.items()]


def report_failures(reasons, n_models, *, none_left, several, stacklevel):
    """Warn of the models that failed, or raise where no ranking is left."""
    said = _grouped(reasons)
    if none_left:
        scope = " by all of the metrics" if several else ""
        msg = f"ModelSelector could score none of the models{scope}. {said}"
        raise NothingScoredError(msg, reasons)
    if reasons:
        msg = (
            f"ModelSelector could not score {len(reasons)} of {n_models} models; they rank "
            f"last. {said}"
        )
        warnings.warn(msg, FitFailedWarning, stacklevel=stacklevel)


def _grouped(reasons):
    """Say each reason once, behind the names of its models."""
    models: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        # The first line names the fault; scikit-learn's second shows the array.
        models.setdefault(reason.splitlines()[0], []).append(repr(name))
    return " ".join(f"{enumerated(names)}: {reason}" for reason, names in models.items())
