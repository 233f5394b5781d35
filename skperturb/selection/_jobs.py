"""Jobs: what one worker does with one feature set, and what it brings back."""

import time
from typing import Any, NamedTuple

import numpy as np

from skperturb._shared import sharing
from skperturb.selection._facts import Facts, facts_of
from skperturb.selection._pool import located
from skperturb.selection._rows import resampled_rows
from skperturb.selection._scoring import behind_prefix, score_features
from skperturb.selection.features.hashing import content_digest
from skperturb.selection.features.loader import load_features, take_rows

_BLOCK = 25  # draws that are kept together: few enough to lose, enough to spare small files


class Plan(NamedTuple):
    """What all jobs of a run have in common.

    `y` and `codes` (the strata) are of the rows looked at, `rows`; None is all `n_rows`.
    `keys` and `y_key` are digests of metrics and labels, None where nothing is kept in a
    `store`; `prefixes` name the pipeline steps that metrics have in common, "" where none
    stand before them; `inspected` asks for facts about the features.
    """

    metrics: dict
    y: np.ndarray
    codes: np.ndarray
    n_rows: int
    rows: np.ndarray | None = None
    seed: int = 0
    store: Any = None
    keys: dict | None = None
    y_key: str | None = None
    prefixes: dict | None = None
    raising: bool = False
    inspected: bool = True


class Job(NamedTuple):
    """A feature set, and the blocks of draws on which it is scored.

    Draw 0 is all rows of the plan, draw b > 0 the b-th resample.
    """

    source: Any
    blocks: tuple


class Outcome(NamedTuple):
    """What a metric made of one draw: a score, or the error that prevented it.

    Of a pool metric the score is `(n_components,)`: its components. `seconds` are wall
    seconds, `width` the number of features that the metric saw.
    """

    score: Any
    seconds: float
    error: str | None = None
    width: int | None = None


class Report(NamedTuple):
    """What came of a job: outcomes by metric and draw, what the features look like."""

    outcomes: dict
    facts: Facts | None = None
    n_damaged: int = 0


def blocks_of_draws(n_resamples):
    """Return the draws in blocks: the sample itself, then the resamples."""
    starts = range(1, n_resamples + 1, _BLOCK)
    resamples = [tuple(range(i, min(i + _BLOCK, n_resamples + 1))) for i in starts]
    return [(0,), *resamples]


def jobs_of_pool(pool, n_resamples, n_workers):
    """Return one job per feature set, more where workers would have nothing to do."""
    blocks = blocks_of_draws(n_resamples)
    n_parts = min(len(blocks), -(-n_workers // len(pool)))
    return [
        (name, Job(located(source), tuple(blocks[i::n_parts])))
        for name, source in pool.items()
        for i in range(n_parts)
    ]


def evaluate(job, plan):
    """Open a feature set, score it on all draws of the job by all metrics, and let it go."""
    start = time.perf_counter()
    try:
        return _evaluated(load_features(job.source, plan.rows, n_expected=plan.n_rows), job, plan)
    except Exception as error:
        if plan.raising:
            raise
        return failed(job, plan.metrics, _reason(error), time.perf_counter() - start)


def failed(job, metrics, reason, seconds=np.nan):
    """Report that none of the metrics could score any draw."""
    outcome = Outcome(None, seconds, reason)
    return Report({(name, draw): outcome for name in metrics for b in job.blocks for draw in b})


def _evaluated(features, job, plan):
    outcomes: dict = {}
    n_damaged = 0
    content = content_digest(features) if plan.store else None
    for block in job.blocks:
        keys = {name: _key(plan, name, content, block) for name in plan.metrics}
        for name, key in keys.items():
            found, damaged = plan.store.find(key) if plan.store else (None, False)
            outcomes |= {(name, draw): each for draw, each in zip(block, found or (), strict=False)}
            n_damaged += damaged
        missing = [name for name in plan.metrics if (name, block[0]) not in outcomes]
        outcomes |= _scored(features, missing, block, plan)
        if plan.store:
            _keep(plan.store, outcomes, {name: keys[name] for name in missing}, block)
    wanted = plan.inspected and 0 in job.blocks[0]
    return Report(outcomes, facts_of(features) if wanted else None, n_damaged)


def _scored(features, names, block, plan):
    """Score the draws of a block by the named metrics, draw after draw."""
    outcomes = {}
    for draw in block if names else ():
        rows = resampled_rows(plan.codes, plan.seed, draw) if draw else None
        drawn = take_rows(features, rows)
        y = plan.y if rows is None else plan.y[rows]
        seen: dict = {}
        for name in names:
            outcomes[name, draw] = _outcome(name, drawn, y, plan, seen)
    return outcomes


def _outcome(name, features, y, plan, seen):
    """Score once; keep the reason of a failure unless it is to be raised."""
    start = time.perf_counter()
    try:
        key = (plan.prefixes or {}).get(name)
        metric, features, store = behind_prefix(plan.metrics[name], features, y, key, seen)
        with sharing(store):
            score, width = score_features(metric, features, y)
    except Exception as error:
        if plan.raising:
            raise
        return Outcome(None, time.perf_counter() - start, _reason(error))
    return Outcome(score, time.perf_counter() - start, width=width)


def _key(plan, name, content, block):
    """Return what identifies the outcomes of a block: all that they were computed from."""
    if not plan.store:
        return None
    draws = f"{plan.seed}:{block[0]}-{block[-1]}" if block[0] else "all"
    return "/".join([plan.keys[name], plan.y_key, content, draws])


def _keep(store, outcomes, keys, block):
    """Keep the outcomes of each metric; failures may be of the day and are tried again."""
    for name, key in keys.items():
        own = tuple(outcomes[name, draw] for draw in block)
        if all(each.error is None for each in own):
            store.keep(key, own)


def _reason(error):
    return f"{type(error).__name__}: {error}"
