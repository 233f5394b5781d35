"""Settings: what a user may ask of a selector, checked before any work."""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from skperturb._validation import check_integer, check_real, check_seed
from skperturb.selection._diagnostics import checked_diagnostics
from skperturb.selection._rows import smallest_sample, strata, stratified_rows
from skperturb.selection._store import opened_store

_ROWS_PER_CLASS = 10  # of the first round of halving, where nothing else is said


class Settings(NamedTuple):
    """Checked parameters of a selector."""

    n_draws: int
    diagnostics: list
    raising: bool
    store: Any
    verbose: int


def checked_settings(selector):
    """Return the settings of a selector, or say what a parameter must be."""
    check_seed(selector, "random_state")
    _check_max_samples(selector.max_samples)
    n_draws = check_integer(selector, "n_resamples", low=0)
    if n_draws == 1:
        msg = "`n_resamples` of ModelSelector must be 0 or at least 2, got 1."
        raise ValueError(msg)
    level = check_real(selector, "confidence_level", low=0.0, high=1.0, open_low=True)
    if level == 1:
        msg = "`confidence_level` of ModelSelector must be below 1, got 1."
        raise ValueError(msg)
    return Settings(
        n_draws,
        checked_diagnostics(selector.diagnostics),
        _is_raising(selector.error_score),
        opened_store(selector.memory),
        check_integer(selector, "verbose", low=0),
    )


def sampled_rows(y, max_samples, generator):
    """Return the rows of a stratified sample, in ascending order; None for all rows."""
    size = max_samples
    if max_samples is not None and not isinstance(max_samples, Integral):
        size = max(1, round(float(max_samples) * len(y)))
    if size is None or size >= len(y):
        return None
    codes = strata(y)
    need = smallest_sample(codes)
    if size < need:
        msg = (
            f"`max_samples` of ModelSelector must be at least {need}, to hold 2 rows of each "
            f"class of y, got {max_samples!r}{'' if size == max_samples else f', {size} rows'}."
        )
        raise ValueError(msg)
    return stratified_rows(codes, size, np.random.default_rng(generator.randint(2**31 - 1)))


def fewest_rows(selector, y):
    """Return the fewest rows of the first round of halving, by its `min_resources`."""
    codes = strata(y)
    if isinstance(selector.min_resources, Integral):
        return max(smallest_sample(codes), check_integer(selector, "min_resources", low=1))
    if selector.min_resources == "smallest":
        return max(smallest_sample(codes), _ROWS_PER_CLASS * (codes.max() + 1))
    msg = (
        "`min_resources` of HalvingModelSelector must be 'smallest' or an integer of at "
        f"least 1, got {selector.min_resources!r}."
    )
    raise ValueError(msg)


def _check_max_samples(value):
    msg = (
        "`max_samples` of ModelSelector must be an integer of at least 1, a share in (0, 1] "
        f"or None, got {value!r}."
    )
    if value is None:
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(msg)
    if float(value) < 1 if isinstance(value, Integral) else not 0 < float(value) <= 1:
        raise ValueError(msg)


def _is_raising(error_score):
    """Whether the first failure is to be raised, "raise"; else it must be a number."""
    if isinstance(error_score, str) and error_score == "raise":
        return True
    if isinstance(error_score, Real) and not isinstance(error_score, bool):
        return False
    msg = f"`error_score` of ModelSelector must be 'raise' or a number, got {error_score!r}."
    raise ValueError(msg)
