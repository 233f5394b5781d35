"""Searches: leave-one-task-out through GridSearchCV, as a user would do it."""

import numpy as np
import pandas as pd

from study.dataset import FLAGGED, REGIMES
from study.grid import N_COMPONENTS
from study.scoring import fingerprint, project_pool
from study.tuning import choose_elsewhere, rankings, search_settings, strengths
from study.zoo_folder import load_accuracies, load_task, task_folders


def searches_table(folder, truths, *, memory, n_jobs, quick):
    """Return, by truth, what was tuned and what tuning gained on the task left out."""
    pools = _projected_pools(folder, memory)
    found = rankings(quick)
    grids = {
        "strengths before LogME": (strengths(quick), None),
        "metrics and mean ranks": ({"metric": list(found.values())}, list(found)),
    }
    rows = []
    for truth, known in _accuracies(folder, truths, pools):
        tasks = [pools[task] for task in known]
        for title, (grid, names) in grids.items():
            kept = memory.cache(search_settings, ignore=["n_jobs"])
            params, taus = kept(tasks, list(known.values()), grid, n_jobs, fingerprint())
            words = names or [_words(each) for each in params]
            rows.append((truth, title, *_summary(words, taus)))
    columns = ["truth", "searched", "settings", "plain LogME", "chosen elsewhere", "hindsight"]
    return pd.DataFrame(rows, columns=[*columns, "choices"])


def _projected_pools(folder, memory):
    pools = {}
    for task, path in task_folders(folder).items():
        sets, y = load_task(path, dtype=np.float64)
        narrow = memory.cache(project_pool)(sets)
        pools[task] = {model: X[:, :N_COMPONENTS] for model, X in narrow.items()}, y
    return pools


def _accuracies(folder, truths, pools):
    """Yield the truths that were measured on 2 tasks or more, with accuracies by task."""
    for truth in truths:
        regime, skipped = REGIMES[truth.rstrip("*")], FLAGGED if truth.endswith("*") else ()
        known = load_accuracies(folder, regime, skipped)
        known = {task: each for task, each in known.items() if task in pools and len(each) > 1}
        if len(known) > 1:
            yield truth, known


def _summary(words, taus):
    chosen = choose_elsewhere(taus)
    reached = taus[np.arange(len(taus)), chosen].mean()
    plain, *_ = means = taus.mean(axis=0)  # the first setting of both grids is LogME alone
    choices = "; ".join(dict.fromkeys(words[each] for each in chosen))
    return len(words), plain, reached, means.max(), choices


def _words(params):
    return ", ".join(f"{key.split('__')[-1]} {value}" for key, value in params.items())
