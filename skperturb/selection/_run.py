"""Run: from a pool and a target to everything that a ranking is made of."""

import warnings
from typing import NamedTuple

import joblib
import numpy as np

from skperturb.selection._callbacks import N_FRAMES
from skperturb.selection._engine import n_workers, reports_of
from skperturb.selection._jobs import Plan, jobs_of_pool
from skperturb.selection._results import Table, tabulate
from skperturb.selection._rows import strata
from skperturb.selection._scoring import shared_prefixes
from skperturb.selection._store import DAMAGED, metric_key


class Run(NamedTuple):
    """What came of a pool: outcomes by model, metric and draw, facts by model, the table."""

    names: list
    metrics: dict
    outcomes: dict
    facts: dict
    table: Table
    n_rows: int
    n_classes: int
    draws: range


def planned(y, rows, metrics, settings, *, seed):
    """Return the plan of a run over the given rows of y, None for all."""
    seen = y if rows is None else y[rows]
    keys = None
    if settings.store is not None:
        keys = {name: metric_key(name, metric) for name, metric in metrics.items()}
        keys["y"] = joblib.hash(seen)
    return Plan(
        metrics,
        seen,
        strata(seen),
        n_rows=len(y),
        rows=rows,
        seed=seed,
        store=settings.store,
        keys=keys,
        prefixes=shared_prefixes(metrics),
        raising=settings.raising,
    )


def run_pool(pool, plan, settings, *, n_jobs, told):
    """Score all models; `told` is a context manager that gives a step to call after each job."""
    named_jobs = jobs_of_pool(pool, settings.n_draws, n_workers(n_jobs))
    names, jobs = zip(*named_jobs, strict=True)
    outcomes: dict = {}
    facts: dict = {}
    n_damaged = 0
    with told(len(jobs)) as step:
        for i, report in reports_of(jobs, plan, n_jobs=n_jobs, verbose=settings.verbose):
            for (metric, draw), outcome in report.outcomes.items():
                outcomes[names[i], metric, draw] = outcome
            if report.facts is not None:
                facts[names[i]] = report.facts
            n_damaged += report.n_damaged
            step()
    if n_damaged:
        msg = f"{n_damaged} entries of the cache were damaged; {DAMAGED}."
        warnings.warn(msg, UserWarning, stacklevel=5 + N_FRAMES)
    facts = {name: facts[name] for name in pool if name in facts}
    table = tabulate(outcomes, list(pool), plan.metrics, settings.n_draws)
    n_rows, n_classes = len(plan.y), len(np.unique(plan.codes))
    draws = range(1, settings.n_draws + 1)
    return Run(list(pool), plan.metrics, outcomes, facts, table, n_rows, n_classes, draws)
