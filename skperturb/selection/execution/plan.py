"""Plan: what is to be scored on which rows, decided before any feature set is opened."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import joblib

from skperturb.selection._param_validation import check_diagnostics
from skperturb.selection.execution.cache import open_cache
from skperturb.selection.execution.scoring import find_shared_steps
from skperturb.selection.features.loader import absolute_path
from skperturb.selection.resampling.chance import N_SHUFFLES
from skperturb.selection.resampling.jackknife import resample_scatter
from skperturb.selection.resampling.quarters import N_LINES
from skperturb.selection.resampling.stratified import draw_resamples, draw_sample, smallest_sample

_BLOCK = N_LINES  # resamples that are kept together, because they share work


class Job(NamedTuple):
    """A feature set, and the blocks of resamples on which it is scored.

    Resample 0 is all rows that are looked at, resample b > 0 the b-th one drawn from them, and
    resample -b all rows with their labels in the b-th other order.
    """

    name: str
    source: Any
    blocks: tuple


class Resample(NamedTuple):
    """
    A resample by its number, and its target.

    `rows` are its rows among those that are looked at, None for all. `cells` is the cell of each
    row looked at: cells are left out as a whole, and what is summed over one serves others.
    """

    number: int
    target: Any
    rows: Any = None
    cells: Any = None


@dataclass(frozen=True)
class Setup:
    """
    What all jobs of a plan have in common, sent to every worker.

    `target` is that of the rows looked at, `rows`, which are None for all `n_rows`.
    """

    metrics: dict
    target: Any
    rows: Any
    n_rows: int
    cv: Any = 5
    scoring: Any = None
    seed: int = 0
    raising: bool = False
    inspecting: bool = True
    cache: Any = None
    shared_steps: Any = None

    def draw(self, block):
        """Yield the resamples of a block."""
        if block[0] > 0:
            drawn = draw_resamples(self.target.frame, self.seed, block)
            for number, (rows, cells) in zip(block, drawn, strict=True):
                yield Resample(number, self.target.take(rows), rows, cells)
            return
        for number in block:
            shuffled = self.target.shuffle([self.seed, -number]) if number else self.target
            yield Resample(number, shuffled)


@dataclass(frozen=True)
class Plan:
    """Jobs and their common setup, and what is wanted of the outcomes."""

    jobs: list
    setup: Setup
    n_resamples: int
    n_shuffles: int
    diagnostics: list
    confidence_level: float

    @property
    def names(self):
        """Names of the models, in the order given."""
        return list(dict.fromkeys(job.name for job in self.jobs))

    @property
    def resamples(self):
        """Numbers of the resamples that are drawn."""
        return range(1, self.n_resamples + 1)

    @property
    def shuffles(self):
        """Numbers of the resamples with other labels."""
        return range(-1, -self.n_shuffles - 1, -1)


class Outcome(NamedTuple):
    """What a metric made of one resample: a score, or the error that prevented it.

    Of a pool metric the score is `(n_components,)`: its components. `seconds` are wall
    seconds, `width` is the number of features that the metric saw.
    """

    score: Any
    seconds: float
    width: int | None = None
    error: str | None = None
    traceback: str = ""


def make_plan(selector, pool, target, metrics, *, rows, seed, n_resamples=0, is_last=True):
    """Return the plan of a selector for a pool, of which the given rows are looked at.

    The labels are shuffled where that is diagnosed, and these scores are the last.
    """
    diagnostics = check_diagnostics(selector)
    setup = Setup(
        metrics=metrics,
        target=target if rows is None else target.take(rows),
        rows=rows,
        n_rows=len(target.y),
        cv=selector.cv,
        scoring=selector.scoring,
        seed=seed,
        raising=isinstance(selector.error_score, str),
        inspecting=selector.diagnostics is not None,
        shared_steps=find_shared_steps(metrics),
    )
    if selector.memory is not None:
        setup = replace(setup, cache=open_cache(selector, setup))
    if n_resamples:
        resample_scatter(setup.target.frame)  # raises where none can be drawn
    n_shuffles = N_SHUFFLES if is_last and "chance" in diagnostics else 0
    blocks = resample_blocks(n_resamples, n_shuffles)
    jobs = make_jobs(pool, blocks, joblib.effective_n_jobs(selector.n_jobs))
    return Plan(jobs, setup, n_resamples, n_shuffles, diagnostics, selector.confidence_level)


def sample_rows(selector, target, size, generator):
    """Return a sample of so many rows in ascending order; None, for all, of None."""
    if size is None:
        return None
    seed = draw_seed(generator)
    least = smallest_sample(target.frame, seed)
    if size < least:
        whole = "" if target.groups is None else "whole groups with "
        got = selector.max_samples
        msg = (
            f"`max_samples` of {type(selector).__name__} must be at least {least}, to hold "
            f"{whole}2 rows of each class of y, got {got!r}"
            f"{'' if size == got else f', {size} rows'}."
        )
        raise ValueError(msg)
    return draw_sample(target.frame, size, seed)


def draw_seed(generator):
    """Return a seed, an integer that is the same on every platform."""
    return int(generator.randint(2**31 - 1))


def make_jobs(pool, blocks, n_workers):
    """Return one job per feature set, more where workers would have nothing to do."""
    # With fewer models than workers the resamples of a model are shared out, too.
    n_parts = min(len(blocks), -(-n_workers // len(pool)))
    return [
        Job(name, absolute_path(source), tuple(blocks[i::n_parts]))
        for name, source in pool.items()
        for i in range(n_parts)
    ]


def resample_blocks(n_resamples, n_shuffles=0):
    """Return the resamples in blocks: all rows, those with other labels, and those drawn."""
    stop = n_resamples + 1
    drawn = [tuple(range(i, min(i + _BLOCK, stop))) for i in range(1, stop, _BLOCK)]
    shuffled = [tuple(range(-1, -1 - n_shuffles, -1))] if n_shuffles else []
    return [(0,), *shuffled, *drawn]
