"""Diagnostics: what a user should know before believing a score, and can act on."""

import numpy as np

from skperturb.selection._metrics import is_pool_metric, metric_tags, metric_title
from skperturb.selection._scores import round_scores, score_bounds
from skperturb.selection.features.files import find_column_names
from skperturb.selection.features.row_index import describe_index
from skperturb.selection.resampling.chance import is_within_chance
from skperturb.selection.resampling.summary import join_names

_NEAR = 1e-9  # share of a bound within which a score counts as there


class _Scored:
    """What the diagnostics look at: a plan, its outcomes, and scores `(n_models, n_metrics)`."""

    def __init__(self, plan, outcomes, scores):
        self.names, self.setup, self.resamples = plan.names, plan.setup, plan.resamples
        self.by_key, self.scores, self.shuffles = outcomes.by_key, scores, plan.shuffles
        self.sources = {job.name: job.source for job in plan.jobs}
        self.column_names = {name: outcomes.reports[name].column_names for name in plan.names}
        stats = {name: outcomes.reports[name].stats for name in plan.names}
        self.stats = {name: each for name, each in stats.items() if each is not None}

    def shuffled_scores(self, metric):
        """Return the models that were scored with shuffled labels, and the scores they had."""
        scores = {
            name: [self.by_key[name, metric, i].score for i in self.shuffles]
            for name in self.names
            if all((name, metric, i) in self.by_key for i in self.shuffles)
        }
        known = {name: each for name, each in scores.items() if None not in each}
        return list(known), np.array(list(known.values())).T


def find_warnings(plan, outcomes, scores):
    """Return what each model is warned of, `(n_models,)`: sentences, "" where there are none."""
    scored = _Scored(plan, outcomes, scores)
    found: dict = {name: [] for name in scored.names}
    for diagnostic in plan.diagnostics:
        for name, sentence in DIAGNOSTICS[diagnostic](scored):
            found[name].append(sentence)
    return np.array([" ".join(dict.fromkeys(each)) for each in found.values()], dtype=object)


def _leaking(scored):
    what = "target" if scored.setup.target.task == "regression" else "labels"
    for name, stats in scored.stats.items():
        if stats.leak is not None:
            names = scored.column_names[name] or find_column_names(scored.sources[name])
            column = f"{stats.leak} (from 0)" if names is None else repr(names[stats.leak])
            yield name, f"Column {column} determines the {what}: leave it out."


def _misaligned(scored):
    references: dict = {}
    target, n_rows = scored.setup.target, scored.setup.n_rows
    if target.row_index is not None:
        index = describe_index(target.row_index, n_rows)
        references[index.positions] = "that of y", index
    for name, stats in scored.stats.items():
        if stats.row_index is None:
            continue
        # Positions say nothing of rows that others call by names.
        first = f"the first set's, {name!r}", stats.row_index
        whose, expected = references.setdefault(stats.row_index.positions, first)
        if stats.row_index != expected:
            yield (
                name,
                f"The index of {name!r} differs from {whose}: reindex it, or reset it if its rows "
                "are those of the others, in the same order.",
            )


def _constant(scored):
    for name, stats in scored.stats.items():
        if stats.n_constant:
            yield name, f"{stats.n_constant} of {stats.n_features} features are constant."


def _find_duplicates(scored):
    """Return groups of names of the same features."""
    twins: dict = {}
    for name, stats in scored.stats.items():
        scores = tuple(round_scores(scored.scores[scored.names.index(name)]))
        twins.setdefault((stats._replace(row_index=None), scores), []).append(name)
    return [names for names in twins.values() if len(names) > 1]


def _duplicate(scored):
    for name, *others in _find_duplicates(scored):
        yield name, f"Same features as {_join(others)}: drop all but one."


def _saturated(scored):
    target = scored.setup.target
    for metric, scores in _each_metric(scored):
        # Its scores are scaled within the pool: the best is at the end by construction.
        if is_pool_metric(metric):
            continue
        _, high = score_bounds(metric, target.task, target.n_classes, scored.setup.scoring)
        for name, score in zip(scored.names, scores, strict=True):
            if np.isfinite(high) and score >= high - _NEAR * max(abs(high), 1):
                yield (
                    name,
                    f"{metric_title(metric)} is at its highest value, {high:g}, and cannot tell "
                    "better models: use another metric, or more rows.",
                )


def _tied(scored):
    # Equal features have equal scores, which is said already. Where there are several metrics,
    # the others tell models apart that have the same score by one.
    duplicates = {name for names in _find_duplicates(scored) for name in names[1:]}
    titles = join_names([metric_title(each) for each in scored.setup.metrics.values()])
    by_scores: dict = {}
    for name, scores in zip(scored.names, round_scores(scored.scores), strict=True):
        if name not in duplicates and np.isfinite(scores).all():
            by_scores.setdefault(tuple(scores), []).append(name)
    for name, *others in by_scores.values():
        if others:
            yield name, f"Same score as {_join(others)} by {titles}."


def _wide(scored):
    n_rows = len(scored.setup.target.y)
    for metric_name, metric in scored.setup.metrics.items():
        if getattr(metric_tags(metric), "wide", True):
            continue
        for name in scored.names:
            width = scored.by_key[name, metric_name, 0].width
            if width is not None and width > n_rows:
                yield (
                    name,
                    f"{width} features for {n_rows} rows: {metric_title(metric)} overrates wide "
                    "features; put CappedPCA before it, or give more rows.",
                )


def _unscored(scored):
    for metric_name in scored.setup.metrics:
        for name in scored.names:
            errors = [scored.by_key[name, metric_name, i].error for i in scored.resamples]
            errors = [error for error in errors if error is not None]
            if errors and scored.by_key[name, metric_name, 0].error is None:
                yield (
                    name,
                    f"{len(errors)} of {len(scored.resamples)} resamples could not be scored, "
                    f"and count as last: {errors[0].splitlines()[0]}",
                )


def _chance(scored):
    if not scored.shuffles:
        return
    for (metric_name, metric), scores in zip(
        scored.setup.metrics.items(), scored.scores.T, strict=True
    ):
        if is_pool_metric(metric):
            continue  # its scores of shuffled labels are components, and no scores yet
        names, shuffled = scored.shuffled_scores(metric_name)
        if not names:
            continue
        known = np.array([scores[scored.names.index(name)] for name in names])
        if is_within_chance(known, shuffled):
            best = names[int(np.argmax(known))]
            yield (
                best,
                f"{metric_title(metric)} of the best model is no better than with shuffled labels "
                f"(in {len(shuffled)} tries): the ranking may be chance. Check that the labels "
                "belong to the rows, or give more rows.",
            )


def _each_metric(scored):
    """Yield each metric with its scores of all models, NaN of those that failed."""
    return zip(scored.setup.metrics.values(), scored.scores.T, strict=True)


def _join(names):
    return join_names([repr(each) for each in names])


DIAGNOSTICS = {
    "leaking": _leaking,
    "misaligned": _misaligned,
    "constant": _constant,
    "duplicate": _duplicate,
    "saturated": _saturated,
    "tied": _tied,
    "wide": _wide,
    "unscored": _unscored,
    "chance": _chance,
}
