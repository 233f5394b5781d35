"""Tune the perturbation on all tasks but one, and rank the models of that one.

The folder is as `zoo_folder` reads it, with the same models in every task. Figures are weighted
Kendall taus; "hindsight" is the best of the grid on the held-out task itself, which no tuning
can surpass.

    python -m study.past_tasks FOLDER [--rows 300] [--jobs 2]
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, LeaveOneOut

from skperturb import CappedPCA, make_perturbed
from skperturb.datasets import load_zoo
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.metrics import LogME
from study.metric_order import MetricOrder
from study.zoo_folder import load_accuracies, load_tasks

_GRID = {
    "metric__spread__force": [0.0, 0.25, 0.5, 1.0, 2.0],
    "metric__attract__alpha": [-0.1, 0.0, 0.1, 0.2, 0.3, 0.4],
}
_COLUMNS = ["tuned", "default", "PCA+LogME", "LogME", "static", "width", "hindsight"]


def tau_of_settings(tasks, accuracies, n_jobs):
    """Return the settings, and their tau on each task, `(n_tasks, n_settings)`."""
    order = MetricOrder(make_perturbed(LogME(), n_components=None))
    search = GridSearchCV(order, _GRID, cv=LeaveOneOut(), n_jobs=n_jobs, refit=False)
    results = search.fit(tasks, accuracies).cv_results_
    splits = [results[f"split{place}_test_score"] for place in range(len(tasks))]
    return results["params"], np.array(splits)


def metric_taus(metric, tasks, accuracies):
    """Return the tau of one metric on each task."""
    order = MetricOrder(metric)
    return [order.score([task], [known]) for task, known in zip(tasks, accuracies, strict=True)]


def compare(full, projected, accuracies, n_jobs):
    """Return the figures of every method, `(n_tasks, n_columns)`, and what was chosen."""
    names = list(full[0][0])
    table = np.array([[known.get(name, np.nan) for name in names] for known in accuracies])
    widths = [[X.shape[1] for X in sets.values()] for sets, _ in full]
    params, taus = tau_of_settings(projected, accuracies, n_jobs)
    chosen = (taus.sum(axis=0) - taus).argmax(axis=1)  # the best on all tasks but this one
    columns = [
        taus[np.arange(len(full)), chosen],
        metric_taus(make_perturbed(LogME(), n_components=None), projected, accuracies),
        metric_taus(LogME(), projected, accuracies),
        metric_taus(LogME(), full, accuracies),
        list(map(weighted_kendall_tau, table, static_ranking(table))),
        list(map(weighted_kendall_tau, table, widths)),
        taus.max(axis=1),
    ]
    return np.column_stack(columns), [params[place] for place in chosen]


def print_row(*words, figures=(), end=""):
    """Print words and figures under each other."""
    print("".join(f"{word:14s}" for word in words) + "".join(f"{x:10.2f}" for x in figures) + end)


def main():
    """Print one table: regimes by tasks, and the methods."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    tasks = load_tasks(given.folder, given.rows)
    # No component looks at labels before Spread: project once, not in every setting.
    projected = {
        name: ({model: CappedPCA().fit_transform(X) for model, X in sets.items()}, y)
        for name, (sets, y) in tasks.items()
    }
    print(f"{'':28s}" + "".join(f"{name:>10s}" for name in _COLUMNS) + "   chosen")
    regimes = {"finetune": [], "- flagged": load_zoo().flagged, "linear_probe": []}
    for title, skipped in regimes.items():
        regime = "linear_probe" if title == "linear_probe" else "finetune"
        known = load_accuracies(given.folder, regime, skipped)
        pools = [[each[name] for name in known] for each in (tasks, projected)]
        figures, chosen = compare(*pools, list(known.values()), given.jobs)
        for task, row, params in zip(known, figures, chosen, strict=True):
            setting = ", ".join(f"{key.split('__')[-1]} {value}" for key, value in params.items())
            print_row(title, task, figures=row, end=f"   {setting}")
        print_row(title, "mean", figures=figures.mean(axis=0))


if __name__ == "__main__":
    main()
