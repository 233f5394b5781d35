"""Tuning: nothing is chosen on the task that it is judged on."""

from itertools import combinations

import numpy as np
from scipy.stats import rankdata
from sklearn.model_selection import GridSearchCV, LeaveOneOut

from skperturb import make_perturbed
from skperturb.metrics import HScore, KNNScore, LogME, NearestCentroidScore, RidgeProbe
from study.dataset import tasks_with_accuracies
from study.figures import taus_of_many
from study.grid import BOTH, BOTH_STOPPED, FAST, PCA
from study.metric_order import MetricOrder

STRENGTHS = {
    "metric__spread__unit": ["radius"],
    "metric__spread__force": [0.0, 0.1, 0.25, 0.5],
    "metric__attract__alpha": [0.0, 0.1, 0.2, 0.3],
    "metric__attract__sigma": [0.6, 0.0],
}
_STRENGTHS_OF_QUICK = {
    "metric__spread__force": [0.0, 1.0],
    "metric__attract__alpha": [0.0, 0.2],
}


def choose_elsewhere(taus):
    """Return, per task, which column has the best mean over the *other* tasks, the first of equals.

    `taus` is `(n_tasks, n_candidates)`, with at least 2 tasks.
    """
    return (taus.sum(axis=0) - taus).round(9).argmax(axis=1)


def choose_left_out(accuracies, candidates):
    """Return the scores that each task gets from what was best on the others, and the choices.

    `candidates` are scores by name. Tasks that were not measured stay NaN.
    """
    names, tasks = list(candidates), tasks_with_accuracies(accuracies)
    chosen = choose_elsewhere(taus_of_many(accuracies, list(candidates.values())))
    scores = np.full(accuracies.shape, np.nan)
    for task, place in zip(tasks, chosen, strict=True):
        scores[task] = candidates[names[place]][task]
    return scores, [names[place] for place in chosen]


def ranks(scores):
    """Return the places of the models, 1 for the best, NaN where there is no score."""
    return rankdata(-scores, method="min", axis=1, nan_policy="omit")


def mean_rank(many):
    """Return minus the mean rank over several scores, NaN where one of them is."""
    return -np.mean([ranks(scores) for scores in many], axis=0)


def combine_metrics(study, state, sizes=(2, 3, 4)):
    """Return the mean ranks of all sets of 2 to 4 metrics in one state, by names."""
    names = [name for name in FAST if name != "public LogME" and (name, state) in study.scores]
    places = {name: ranks(study.scores[name, state]) for name in names}
    return {
        (" + ".join(group), state): -np.mean([places[name] for name in group], axis=0)
        for size in sizes
        for group in combinations(names, size)
    }


def search_settings(tasks, accuracies, grid, n_jobs, code):
    """Let GridSearchCV judge settings of a metric: parameters, and taus per task.

    `code` is a fingerprint, so that what is kept is not taken for other code.
    """
    order = MetricOrder(make_perturbed(LogME(), n_components=None))
    search = GridSearchCV(order, grid, cv=LeaveOneOut(), n_jobs=n_jobs, refit=False)
    results = search.fit(tasks, accuracies).cv_results_
    taus = [results[f"split{place}_test_score"] for place in range(len(tasks))]
    return results["params"], np.array(taus)


def strengths(quick):
    """Return the grid of strengths before LogME."""
    return _STRENGTHS_OF_QUICK if quick else STRENGTHS


def rankings(quick):
    """Return the metrics and combinations to choose from, for projected features, by name."""
    metrics = {"LogME": LogME(), "HScore": HScore()}
    if not quick:
        metrics["RidgeProbe"] = RidgeProbe()
        metrics["KNNScore"] = KNNScore()
        metrics["NearestCentroid norm."] = NearestCentroidScore(normalize=True)
    found = {}
    for title, setting in {"": PCA, "perturbed ": BOTH, "hard perturbed ": BOTH_STOPPED}.items():
        moved = {title + name: setting.before(metric) for name, metric in metrics.items()}
        found |= moved
        groups = [["LogME", other] for other in metrics if other != "LogME"] + [list(metrics)]
        for group in groups:
            found[title + " + ".join(group)] = {name: moved[title + name] for name in group}
    plain, hard = PCA.before(metrics["LogME"]), BOTH.before(metrics["LogME"])
    found["LogME + perturbed LogME"] = {"plain": plain, "perturbed": hard}
    return found
