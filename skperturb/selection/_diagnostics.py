"""Diagnostics: what a user should know before believing a score, and can act on."""

from collections.abc import Iterable

import numpy as np

from skperturb.selection._ranks import rounded
from skperturb.selection._scoring import last_step, metric_tags

_NEAR = 1e-9  # share of a bound within which a score counts as there


def checked_diagnostics(diagnostics):
    """Return the names of the diagnostics that are wanted, in the order of their reports."""
    if isinstance(diagnostics, str) and diagnostics == "all":
        return list(DIAGNOSTICS)
    if diagnostics is None:
        return []
    if isinstance(diagnostics, str) or not isinstance(diagnostics, Iterable):
        wanted = [diagnostics]
    else:
        wanted = list(diagnostics)
    for name in wanted:
        if not isinstance(name, str) or name not in DIAGNOSTICS:
            msg = (
                "`diagnostics` of ModelSelector must be 'all', None or a list of "
                f"{', '.join(map(repr, DIAGNOSTICS))}, got {diagnostics!r}."
            )
            raise ValueError(msg)
    return [name for name in DIAGNOSTICS if name in wanted]


def warnings_of_models(run, wanted):
    """Return what each model is warned of, `(n_models,)`: sentences, "" where there are none.

    `run` is the fitted table with its `names`, `metrics`, `facts` by model and `outcomes`.
    """
    found: dict = {name: [] for name in run.names}
    for diagnostic in wanted:
        for name, sentence in DIAGNOSTICS[diagnostic](run):
            found[name].append(sentence)
    return np.array([" ".join(dict.fromkeys(each)) for each in found.values()], dtype=object)


def _constant(run):
    for name, facts in run.facts.items():
        if facts.n_constant:
            yield name, f"{facts.n_constant} of {facts.n_features} features are constant."


def _duplicate(run):
    twins: dict = {}
    for name, facts in run.facts.items():
        scores = tuple(rounded(run.table.scores[run.names.index(name)]))
        twins.setdefault((facts, scores), []).append(name)
    for names in twins.values():
        for name in names:
            others = ", ".join(repr(each) for each in names if each != name)
            if others:
                yield name, f"Same features as {others}: drop all but one."


def _saturated(run):
    for i, metric in enumerate(run.metrics.values()):
        tags = metric_tags(metric)
        if run.n_classes < 2 or not hasattr(tags, "bounds") or tags.pool:
            continue
        high = tags.bounds(run.n_classes)[1]
        scores = run.table.scores[:, i]
        if np.isfinite(high):
            at_bound = scores >= high - _NEAR * max(abs(high), 1)
            for name in np.array(run.names, dtype=object)[at_bound & ~run.table.failed[:, i]]:
                yield (
                    name,
                    f"{_title(metric)} is at its highest value, {high:g}, and cannot tell "
                    "better models: use another metric, or more rows.",
                )


def _tied(run):
    duplicates = {name for name, _ in _duplicate(run)}
    for i, metric in enumerate(run.metrics.values()):
        by_score: dict = {}
        for name, score in zip(run.names, rounded(run.table.scores[:, i]), strict=True):
            if name not in duplicates and name in run.facts and np.isfinite(score):
                by_score.setdefault(score, []).append(name)
        for names in by_score.values():
            for name in names if len(names) > 1 else ():
                others = ", ".join(repr(each) for each in names if each != name)
                yield name, f"{_title(metric)} is the same as that of {others}."


def _wide(run):
    for metric_name, metric in run.metrics.items():
        if getattr(metric_tags(metric), "wide", True):
            continue
        for name in run.names:
            width = run.outcomes[name, metric_name, 0].width
            if width is not None and width > run.n_rows:
                yield (
                    name,
                    f"{width} features for {run.n_rows} rows: {_title(metric)} overrates wide "
                    "features; put CappedPCA before it, or give more rows.",
                )


def _unscored(run):
    for metric_name in run.metrics:
        for name in run.facts:
            reasons = [run.outcomes[name, metric_name, draw].error for draw in run.draws]
            reasons = [reason for reason in reasons if reason is not None]
            if reasons and run.outcomes[name, metric_name, 0].error is None:
                yield (
                    name,
                    f"{len(reasons)} of {len(run.draws)} resamples could not be scored, "
                    f"and count as last: {reasons[0].splitlines()[0]}",
                )


def _title(metric):
    return type(last_step(metric)).__name__


DIAGNOSTICS = {
    "constant": _constant,
    "duplicate": _duplicate,
    "saturated": _saturated,
    "tied": _tied,
    "wide": _wide,
    "unscored": _unscored,
}
