"""Worker: open one feature set, score it on all resamples by all metrics, and let it go."""

import time
import traceback
from dataclasses import dataclass, field

import numpy as np

from skperturb._threads import limit_threads
from skperturb.selection.execution.plan import Outcome
from skperturb.selection.execution.resample_features import JobFeatures
from skperturb.selection.execution.scoring import SharedWork, score_metric
from skperturb.selection.features.hashing import content_digest
from skperturb.selection.features.loader import load_features
from skperturb.selection.features.stats import (
    FeatureStats,
    describe_nonfinite,
    feature_columns,
    feature_stats,
)


@dataclass
class Report:
    """
    What came of a job: outcomes by `(metric, resample)`, and what the features look like.

    `seconds_shared` went into what no metric did alone on all rows: opening and looking at
    the features, steps of pipelines and results that several metrics use.
    """

    outcomes: dict = field(default_factory=dict)
    stats: FeatureStats | None = None
    n_features: int | None = None
    column_names: list | None = None
    seconds_shared: float = np.nan
    n_damaged: int = 0


def run_job(job, setup):
    """Do all that a job asks for; what goes wrong is reported, or raised at once if so wanted."""
    start = time.perf_counter()
    try:
        features = load_features(job.source, setup.rows, n_expected=setup.n_rows)
        content = content_digest(features) if setup.cache else None
    except Exception as error:
        if setup.raising:
            raise
        report = failed_report(job, setup.metrics, error)
        report.seconds_shared = time.perf_counter() - start
        return report
    report = Report(seconds_shared=time.perf_counter() - start)
    job_features = JobFeatures(features)
    with limit_threads(features):
        for block in job.blocks:
            _run_block(job_features, content, block, setup, report)
        if (0,) in job.blocks:
            _describe(features, setup, report)
    return report


def _describe(features, setup, report):
    """Note what the features look like."""
    start = time.perf_counter()
    report.n_features, report.column_names = feature_columns(features)
    if setup.inspecting:
        report.stats = feature_stats(features, setup.target, setup.n_rows)
    report.seconds_shared += time.perf_counter() - start


def failed_report(job, metrics, error, what=""):
    """Report that none of the metrics could score any resample; `what` happened, if it is known."""
    outcome = _failed_outcome(error, np.nan, what)
    return Report(
        {(name, resample): outcome for name in metrics for b in job.blocks for resample in b}
    )


def _failed_outcome(error, seconds, what=""):
    reason = f"{type(error).__name__}: {what}{error}"
    text = "".join(traceback.format_exception(error))
    return Outcome(None, seconds, error=reason, traceback=text)


def _locate_nonfinite(error, features, rows):
    """Say where features are not finite, if that is what an error is about."""
    is_about = "contains NaN" in str(error) or "contains infinity" in str(error)
    return describe_nonfinite(features.original, rows) if is_about else ""


def _run_block(features, content, block, setup, report):
    """Score the resamples of a block by the metrics whose scores are not in the cache."""
    is_shuffled = block[0] < 0
    unknown = features.find_cheap(setup.metrics) if is_shuffled else list(setup.metrics)
    if setup.cache:
        unknown = [name for name in unknown if not _recall(name, content, block, setup, report)]
    # Drawn anew by every worker: a seed is cheaper to send than rows.
    for resample in setup.draw(block) if unknown else ():
        _run_resample(features.take(resample), resample, unknown, setup, report)
    if setup.cache:
        for name in unknown:
            _remember(name, content, block, setup, report)


def _run_resample(features, resample, names, setup, report):
    """Score a resample by the named metrics, which share what they compute alike."""
    shared, number = SharedWork(setup.shared_steps), resample.number
    seconds = {}
    for name in names:
        start = time.perf_counter()
        try:
            score, width = score_metric(name, features, resample.target, setup, shared)
            report.outcomes[name, number] = Outcome(score, np.nan, width)
        except Exception as error:
            if setup.raising:
                raise
            what = _locate_nonfinite(error, features, None if number else setup.rows)
            report.outcomes[name, number] = _failed_outcome(error, np.nan, what)
        seconds[name] = time.perf_counter() - start
    own_seconds, seconds_shared = shared.settle(seconds)
    for name in names:
        outcome = report.outcomes[name, number]
        report.outcomes[name, number] = outcome._replace(seconds=own_seconds[name])
    if number == 0:
        report.seconds_shared += seconds_shared


def _recall(name, content, block, setup, report):
    """Take the outcomes of a block from the cache, and say whether they were there."""
    entries, is_damaged = setup.cache.read(name, content, block)
    report.n_damaged += is_damaged
    for resample, (score, seconds, width) in zip(block, entries or (), strict=entries is not None):
        report.outcomes[name, resample] = Outcome(score, seconds, width)
    return entries is not None


def _remember(name, content, block, setup, report):
    """Keep the outcomes of a block; failures may be of the day and are tried again."""
    outcomes = [report.outcomes[name, resample] for resample in block]
    if all(each.error is None for each in outcomes):
        entries = [[np.asarray(each.score).tolist(), each.seconds, each.width] for each in outcomes]
        setup.cache.write(name, content, block, entries)
