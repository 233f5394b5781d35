"""Measures: how right predictions of left-out tasks are, how sure, and what they save."""

from itertools import combinations

import numpy as np

from skperturb.evaluation import regret_at_k, weighted_kendall_tau
from study.prediction.contenders import (
    baselines,
    default_tasks,
    fit_without,
    mean_rank,
    predictions,
    truth_of,
)

TRIALS = (1, 2, 3)
_N_DRAWS = 2000
_MOST_SUBSETS = 12


def orders(truth):
    """Return, by contender, tau and regrets on each task, `(n_tasks, 4)`, regrets in points."""
    rows = {}
    for task in range(len(truth.names)):
        accuracies = truth_of(truth, task)
        for title, scores in (baselines(truth, task) | predictions(truth, task)).items():
            regrets = [100 * regret_at_k(accuracies, scores, k) for k in TRIALS]
            rows.setdefault(title, []).append([weighted_kendall_tau(accuracies, scores), *regrets])
    return {title: np.array(row) for title, row in rows.items()}


def interval_over_families(truth, values, seed=0):
    """Return the central 95 % of means over families drawn with replacement."""
    rng = np.random.default_rng(seed)
    families = sorted(set(truth.families))
    places = [[i for i, each in enumerate(truth.families) if each == f] for f in families]
    means = [
        np.mean(
            np.concatenate(
                [values[places[i]] for i in rng.integers(len(families), size=len(families))]
            )
        )
        for _ in range(_N_DRAWS)
    ]
    return np.quantile(means, [0.025, 0.975])


def calibration(truth, n_known):
    """Return coverage of 50 and 95 %, error in points, chance of the best, before measuring more.

    The models that are known are those suggested; figures are of the others.
    """
    rows = []
    for task in range(len(truth.names)):
        predictor, names, accuracies = _left_out(truth, task)
        [new] = default_tasks(truth, [task])
        known = dict(measured_in_turn(predictor, new, names, accuracies, n_known))
        posterior = predictor.posterior(new, known)
        left = np.array(
            [not np.isnan(a) and n not in known for n, a in zip(names, accuracies, strict=True)]
        )
        inside = [
            np.mean((low <= accuracies)[left] & (accuracies <= high)[left])
            for low, high in map(posterior.interval, (0.5, 0.95))
        ]
        error = 100 * np.mean(np.abs(posterior.mean - accuracies)[left])
        best = posterior.probability_best()[np.nanargmax(accuracies)]
        tau = weighted_kendall_tau(accuracies, posterior.mean)
        rows.append([*inside, error, best, tau])
    return np.array(rows)


def measured_in_turn(predictor, new, names, accuracies, n_trials):
    """Yield the models that are suggested one after the other, with what they reach."""
    known = {}
    can = {name: a for name, a in zip(names, accuracies, strict=True) if not np.isnan(a)}
    pool = {name: row for name, row in new.items() if name in can}
    for _ in range(min(n_trials, len(can))):
        [name] = predictor.suggest(pool, known=known)
        known[name] = can[name]
        yield name, can[name]


def regret_curves(truth, n_trials, seed=0):
    """Return regrets after each trial, in points, by who chooses: `(n_tasks, n_trials)`."""
    rows = {}
    for task in range(len(truth.names)):
        predictor, names, accuracies = _left_out(truth, task)
        [new] = default_tasks(truth, [task])
        suggested = [a for _, a in measured_in_turn(predictor, new, names, accuracies, n_trials)]
        best = np.nanmax(accuracies)
        rows.setdefault("suggested, one at a time", []).append(
            best - np.maximum.accumulate(suggested)
        )
        fixed = {
            "predicted, all at once": predictor.predict(new),
            "exact LogME": baselines(truth, task)["exact LogME"],
            "mean rank on other tasks": mean_rank(truth, task, truth.others(task)),
        }
        for title, scores in fixed.items():
            curve = [regret_at_k(accuracies, scores, k + 1) for k in range(n_trials)]
            rows.setdefault(title, []).append(curve)
        rows.setdefault("random order", []).append(_random_curve(accuracies, n_trials, seed))
    return {title: 100 * np.array(row) for title, row in rows.items()}


def learning_curve(truth):
    """Return the mean tau by number of past tasks: history, metrics, both, `{n: (3,)}`."""
    rows = {}
    for task in range(len(truth.names)):
        others, accuracies = truth.others(task), truth_of(truth, task)
        [new] = default_tasks(truth, [task])
        for n in range(1, len(others) + 1):
            for places in _some(list(combinations(others, n))):
                means = [
                    fit_without(truth, task, places, effects=effects).predict(new)
                    for effects in ("models", "metrics", "both")
                ]
                rows.setdefault(n, []).append([weighted_kendall_tau(accuracies, m) for m in means])
    return {n: np.mean(row, axis=0) for n, row in rows.items()}


def strangers(truth):
    """Return what becomes of a model without history: error and coverage, with and without.

    Rows are models on tasks; columns error in points and whether inside 95 %, first with the
    history of the model, then without it.
    """
    rows = []
    for task in range(len(truth.names)):
        [new] = default_tasks(truth, [task])
        accuracies = truth_of(truth, task)
        measured = [i for i in range(len(new)) if not np.isnan(accuracies[i])]
        full = fit_without(truth, task).posterior(new)
        for i in measured:
            model = list(new)[i]
            bare = _forget(truth, model)
            posterior = fit_without(bare, task).posterior(new)
            rows.append(
                [f(each, i, accuracies[i]) for each in (full, posterior) for f in (_error, _inside)]
            )
    return np.array(rows)


def _forget(truth, model):
    """Return the truth without what a model reached."""
    kept = [{m: a for m, a in row.items() if m != model} for row in truth.accuracies]
    return truth._replace(accuracies=kept)


def _error(posterior, i, accuracy):
    return 100 * abs(posterior.mean[i] - accuracy)


def _inside(posterior, i, accuracy):
    low, high = posterior.interval(0.95)[:, i]
    return float(low <= accuracy <= high)


def _left_out(truth, task):
    return fit_without(truth, task), list(truth.scores[task]), truth_of(truth, task)


def _random_curve(accuracies, n_trials, seed):
    rng = np.random.default_rng(seed)
    known = accuracies[~np.isnan(accuracies)]
    drawn = np.array([rng.permutation(known)[:n_trials] for _ in range(_N_DRAWS)])
    return known.max() - np.maximum.accumulate(drawn, axis=1).mean(axis=0)


def _some(subsets, seed=0):
    if len(subsets) <= _MOST_SUBSETS:
        return subsets
    chosen = np.random.default_rng(seed).choice(len(subsets), _MOST_SUBSETS, replace=False)
    return [subsets[i] for i in sorted(chosen)]
