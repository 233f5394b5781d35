"""Records: rows of a history's file, as scores and accuracies by task and model."""

import math
import warnings

import numpy as np

from skperturb.prediction._history_columns import COLUMNS


def scores_by_task(rows):
    """
    Return task -> model -> metric -> score, from rows in the order of recording.

    Scores under other settings of a metric than the latest do not compare, and are left out.
    """
    latest = {metric: parameters for _, _, metric, parameters, *_ in rows}
    found: dict[str, dict[str, dict[str, float]]] = {}
    n_left_out = dict.fromkeys(latest, 0)
    for task, model, metric, parameters, value, *_ in rows:
        if parameters != latest[metric]:
            n_left_out[metric] += 1
            continue
        score = math.nan if value is None else float(value)
        found.setdefault(task, {}).setdefault(model, {})[metric] = score
    for metric, count in n_left_out.items():
        if count:
            msg = (
                f"Left out {count} scores by {metric!r}, recorded under other settings than its "
                "latest; score those tasks again."
            )
            warnings.warn(msg, UserWarning, stacklevel=3)
    return found


def accuracies_by_task(rows):
    """Return, by task, the accuracy of each model over its runs, and the standard errors."""
    runs: dict[str, dict[str, list]] = {}
    for task, model, _, value, error, *_ in rows:
        error = math.nan if error is None else float(error)
        runs.setdefault(task, {}).setdefault(model, []).append((float(value), error))
    return {
        task: (
            {
                model: float(np.mean([value for value, _ in pairs]))
                for model, pairs in models.items()
            },
            {
                model: error
                for model, pairs in models.items()
                if not math.isnan(error := _error_of_mean(np.array(pairs)))
            },
        )
        for task, models in runs.items()
    }


def table_columns(accuracies, scores):
    """Return the rows of both tables as one, column by column."""
    rows = [
        (task, model, "accuracy", value, None, None, None, run, error, source, recorded)
        for task, model, run, value, error, source, recorded in accuracies
    ]
    rows += [
        (task, model, "score", value, metric, parameters, features, None, None, None, recorded)
        for task, model, metric, parameters, value, features, recorded in scores
    ]
    return {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}


def _error_of_mean(pairs):
    """Return the standard error of a mean over runs: what was given, or how far they differ."""
    values, errors = pairs.T
    given = math.sqrt(np.mean(errors**2) / len(errors)) if not np.isnan(errors).any() else math.nan
    spread = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(np.fmax(given, spread))
