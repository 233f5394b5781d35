"""Chart layout: where models and names stand, as rows and columns of a chart."""

import numpy as np
from sklearn.isotonic import isotonic_regression

from skperturb.selection._scores import competition_ranks

_STEPS = 24  # points of the curve between two strengths
_FEW = 4  # models that all get a colour
_REGULAR = 3.0  # gaps may differ by this factor on an axis that is true to scale


def rank_models(scores):
    """Return the ranks at every strength, 1 for the best, NaN scores last."""
    return np.array([competition_ranks(row, np.isnan(row)) for row in scores])


def assign_rows(values, ranks):
    """Return a row for every model: its rank, those without a value below, one row each."""
    rows = np.where(np.isnan(values), 0, ranks)
    for row, missing in zip(rows, np.isnan(values), strict=True):
        row[missing] = len(row) - missing.sum() + 1 + np.arange(missing.sum())
    return rows


def find_notable(ranks, scored, accuracies=None):
    """Return the models that matter: all of a few, else the best, the movers and the truly best.

    In this order, without repetition: best at the least strength, best at the greatest,
    the one that climbs most, the one that falls most, the most accurate.
    """
    n_models = ranks.shape[1]
    if n_models <= _FEW:
        return list(range(n_models))
    # A model that failed at one end has no place there to climb from.
    climbs = np.where(scored[0] & scored[-1], ranks[0] - ranks[-1], 0)
    found = [int(ranks[0].argmin()), int(ranks[-1].argmin())]
    found += [int(climbs.argmax())] * bool(climbs.max() > 0)
    found += [int(climbs.argmin())] * bool(climbs.min() < 0)
    found += [] if accuracies is None else [int(np.nanargmax(accuracies))]
    return list(dict.fromkeys(found))


def choose_scale(strengths):
    """Return "linear" or "log" where that sets the strengths well apart, otherwise "even"."""
    if _regular(strengths):
        return "linear"
    return "log" if strengths[0] > 0 and _regular(np.log(strengths)) else "even"


def _regular(positions):
    gaps = np.diff(positions)
    return gaps.max() <= _REGULAR * gaps.min()


def smooth_path(x, y):
    """Return a curve through the points that is level at each of them.

    A gap (NaN) stays a gap; the points beside it stay.
    """
    share = np.linspace(0, 1, _STEPS, endpoint=False)
    level = share**2 * (3 - 2 * share)
    curve_x = x[:-1, None] + np.diff(x)[:, None] * share
    with np.errstate(invalid="ignore"):
        curve_y = y[:-1, None] + np.where(level > 0, np.diff(y)[:, None] * level, 0)
    return np.append(curve_x, x[-1]), np.append(curve_y, y[-1])


def separate_labels(values, gap, low, high):
    """Return positions near the values, in their order, at least `gap` apart within the bounds.

    The least squares of the shifts: without the gaps this is isotonic regression.
    """
    order = np.argsort(values, kind="stable")
    gap = min(gap, (high - low) / max(len(values) - 1, 1))
    gaps = gap * np.arange(len(values))
    fitted = isotonic_regression(values[order] - gaps, y_min=low, y_max=high - gaps[-1])
    positions = np.empty(len(values))
    positions[order] = fitted + gaps
    return positions
