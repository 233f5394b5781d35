"""Failures: why models could not be scored, and how that is said."""

import warnings

from sklearn.exceptions import FitFailedWarning


class NothingScoredError(ValueError):
    """
    No model of the pool could be scored, so there is no ranking.

    The message names the reason of every model.
    """


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
    # The first line names the fault; scikit-learn's second shows the array.
    first_lines = {name: reason.splitlines()[0] for name, reason in reasons.items()}
    said = " ".join(f"{name!r}: {reason}" for name, reason in first_lines.items())
    if none_left:
        scope = " by all of the metrics" if several else ""
        msg = f"ModelSelector could score none of the models{scope}. {said}"
        raise NothingScoredError(msg)
    if reasons:
        msg = (
            f"ModelSelector could not score {len(reasons)} of {n_models} models; they rank "
            f"last. {said}"
        )
        warnings.warn(msg, FitFailedWarning, stacklevel=stacklevel)
