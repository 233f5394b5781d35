"""Diagnostics: what a user should know before believing a score, and can act on."""

import numpy as np

from skperturb.selection._metrics import is_pool_metric, metric_tags, metric_title
from skperturb.selection._scores import round_scores, score_bounds
from skperturb.selection.resampling.chance import is_within_chance
from skperturb.selection.resampling.summary import join_names

_NEAR = 1e-9  # share of a bound within which a score counts as there


class _Scored:
    """What the diagnostics look at: a plan, its outcomes, and scores `(n_models, n_metrics)`."""

    def __init__(self, plan, outcomes, scores):
        self.names, self.setup, self.resamples = plan.names, plan.setup, plan.resamples
        self.by_key, self.scores, self.shuffles = outcomes.by_key, scores, plan.shuffles
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


def _constant(scored):
    for name, stats in scored.stats.items():
        if stats.n_constant:
            yield name, f"{stats.n_constant} of {stats.n_features} features are constant."


def _duplicate(scored):
    twins: dict = {}
    for name, stats in scored.stats.items():
        scores = tuple(round_scores(scored.scores[scored.names.index(name)]))
        twins.setdefault((stats, scores), []).append(name)
    for names in twins.values():
        for name in names if len(names) > 1 else ():
            yield name, f"Same features as {_others(names, name)}: drop all but one."


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
    # Equal features have equal scores, which is said already.
    duplicates = {name for name, _ in _duplicate(scored)}
    for metric, scores in _each_metric(scored):
        by_score: dict = {}
        for name, score in zip(scored.names, round_scores(scores), strict=True):
            if name not in duplicates and np.isfinite(score):
                by_score.setdefault(score, []).append(name)
        for names in by_score.values():
            for name in names if len(names) > 1 else ():
                yield name, f"{metric_title(metric)} is the same as that of {_others(names, name)}."


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
        names, shuffled = scored.shuffled_scores(metric_name)
        if not names or is_pool_metric(metric):
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


def _others(names, name):
    return join_names([repr(each) for each in names if each != name])


DIAGNOSTICS = {
    "constant": _constant,
    "duplicate": _duplicate,
    "saturated": _saturated,
    "tied": _tied,
    "wide": _wide,
    "unscored": _unscored,
    "chance": _chance,
}
