"""Rows: how many labelled rows a ranking needs."""

import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline

from skperturb import CappedPCA
from study.elsewhere import mean_rank
from study.figures import by_family, draw_taus, interval, taus
from study.grid import CORE, FAST, KNN_STEP
from study.scoring import fingerprint, load_pool, score_metric, stamp

N_ROWS = (100, 200, 400, None)
_SEEDS, _DRAWS = 3, 1000
METRICS = {name: FAST[name] for name in CORE} | {
    "LogME, 64 components": make_pipeline(CappedPCA(), FAST["LogME"]),
    "KNNScore, 64 components": make_pipeline(CappedPCA(), FAST["KNNScore"]),
    "KNNScore, Attract .5": make_pipeline(CappedPCA(), *KNN_STEP, FAST["KNNScore"]),
    "LDAScore, 64 components": make_pipeline(CappedPCA(), FAST["LDAScore"]),
}


def score_rows(folder, n_rows, seed, key):
    """Return the scores of the pool on a stratified part of the rows, by metric."""
    pool, y = load_pool(folder)
    params = {"max_samples": n_rows, "random_state": seed}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of more features than rows
        return {
            name: score_metric(pool, y, name, metric, **params).scores
            for name, metric in METRICS.items()
        }


def rows_table(study, truth, folder, *, memory, n_jobs):
    """Return the mean tau of each metric by the number of rows, with its range over draws."""
    kept, code = memory.cache(score_rows), fingerprint()
    cases = [(n, seed) for n in N_ROWS for seed in range(_SEEDS if n else 1)]
    calls = [
        joblib.delayed(kept)(folder / task, *case, (code, stamp(folder / task)))
        for task in study.tasks
        for case in cases
    ]
    found = iter(joblib.Parallel(n_jobs=n_jobs)(calls))
    scores = [[_with_consensus(next(found)) for _ in cases] for _ in study.tasks]
    return pd.DataFrame(_rows(study, truth, cases, scores), columns=_COLUMNS)


_DEFAULT = "LogME, 64 components"
_COLUMNS = ["ranked by", "rows", "tau", "lowest draw", "highest draw", "gain", "low", "high"]


def _rows(study, truth, cases, scores):
    """Yield the mean tau of each metric over draws of rows, and its gain on the default there."""
    for n_rows in N_ROWS:
        places = [place for place, (n, _) in enumerate(cases) if n == n_rows]
        tables = {
            name: [_table(study, [each[place][name] for each in scores]) for place in places]
            for name in scores[0][0]
        }
        means = {name: [_mean(study, truth, each) for each in own] for name, own in tables.items()}
        draws = {
            name: np.mean([draw_taus(study, truth, each, _DRAWS) for each in own], axis=0)
            for name, own in tables.items()
        }
        for name, own in means.items():
            gain = np.mean(own) - np.mean(means[_DEFAULT])
            span = interval(draws[name] - draws[_DEFAULT])
            yield name, n_rows or "all", np.mean(own), min(own), max(own), gain, *span


def _mean(study, truth, table):
    return by_family(taus(study.accuracies[truth], table), study.families).mean()


def _table(study, rows):
    """Return scores as `(n_tasks, n_models)`; each row has the models of its task."""
    table = np.full(study.widths.shape, np.nan)
    for place, own in enumerate(rows):
        table[place, ~np.isnan(study.widths[place])] = own
    return table


def _with_consensus(scores):
    five = mean_rank([scores[name][None] for name in CORE])[0]
    return scores | {"consensus of five": five}
