"""Validation of parameters: what a selector may be asked for."""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
from sklearn.metrics import get_scorer_names

from skperturb._validation import check_integer, check_seed
from skperturb.selection._diagnostics import DIAGNOSTICS


def check_params(selector):
    """Raise unless the parameters that all selectors have are what they must be."""
    title = type(selector).__name__
    check_seed(selector, "random_state")
    check_integer(selector, "verbose", low=0)
    if check_integer(selector, "n_resamples", low=0) == 1:
        msg = f"`n_resamples` of {title} must be 0 or at least 2, got 1."
        raise ValueError(msg)
    _check_level(selector)
    _check_n_jobs(selector)
    check_diagnostics(selector)
    _check_error_score(selector)
    _check_cv(selector)
    _check_scoring(selector)


def check_diagnostics(selector):
    """Return the names of the diagnostics that are wanted, in the order of their reports."""
    wanted = selector.diagnostics
    if isinstance(wanted, str) and wanted == "all":
        return list(DIAGNOSTICS)
    if wanted is None:
        return []
    listed = isinstance(wanted, Iterable) and not isinstance(wanted, str)
    names = list(wanted) if listed else [wanted]
    if all(isinstance(name, str) and name in DIAGNOSTICS for name in names):
        return [name for name in DIAGNOSTICS if name in names]
    msg = (
        f"`diagnostics` of {type(selector).__name__} must be 'all', None or a list of "
        f"{', '.join(map(repr, DIAGNOSTICS))}, got {wanted!r}."
    )
    raise ValueError(msg)


def check_max_samples(selector, n_rows):
    """Return `max_samples` as a number of rows, None for all."""
    value = selector.max_samples
    msg = (
        f"`max_samples` of {type(selector).__name__} must be an integer of at least 1, a share "
        f"in (0, 1] or None, got {value!r}."
    )
    if value is None:
        return None
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(msg)
    if isinstance(value, Integral):
        size, sound = int(value), int(value) >= 1
    else:
        sound = 0 < float(value) <= 1
        size = max(1, round(float(value) * n_rows)) if sound else 0
    if not sound:
        raise ValueError(msg)
    return None if size >= n_rows else size


def _check_level(selector):
    level = selector.confidence_level
    is_number = isinstance(level, Real) and not isinstance(level, bool | np.bool_)
    if not (is_number and 0 < float(level) < 1):
        msg = (
            f"`confidence_level` of {type(selector).__name__} must be a number in (0, 1), such as "
            f"0.95, got {level!r}."
        )
        raise (ValueError if is_number else TypeError)(msg)


def _check_n_jobs(selector):
    n_jobs = selector.n_jobs
    if n_jobs is None or (isinstance(n_jobs, Integral) and n_jobs and n_jobs is not True):
        return
    msg = (
        f"`n_jobs` of {type(selector).__name__} must be an integer other than 0, or None, "
        f"got {n_jobs!r}."
    )
    raise (ValueError if n_jobs == 0 else TypeError)(msg)


def _check_error_score(selector):
    value = selector.error_score
    if isinstance(value, str) and value == "raise":
        return
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = (
            f"`error_score` of {type(selector).__name__} must be 'raise' or a number, "
            f"got {value!r}."
        )
        raise ValueError(msg)


def _check_cv(selector):
    """Raise unless `cv` is a number of folds or a splitter, which can split any rows."""
    if hasattr(selector.cv, "split") and not isinstance(selector.cv, str):
        return
    folds = selector.cv
    if isinstance(folds, bool) or not isinstance(folds, Integral) or folds < 2:
        msg = (
            f"`cv` of {type(selector).__name__} must be an integer of at least 2 or a splitter "
            f"such as KFold(), got {folds!r}."
        )
        raise ValueError(msg)


def _check_scoring(selector):
    """Raise unless `scoring` is None, a function or a name that scikit-learn knows."""
    scoring = selector.scoring
    if scoring is None or callable(scoring):
        return
    if not (isinstance(scoring, str) and scoring in get_scorer_names()):
        msg = (
            f"`scoring` of {type(selector).__name__} must be None, a function or a name of "
            f"`sklearn.metrics.get_scorer_names()`, such as 'accuracy', got {scoring!r}."
        )
        raise ValueError(msg)
