"""Results: from the outcomes of a plan to scores, ranks, intervals and columns."""

from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np

from skperturb.selection._diagnostics import find_warnings
from skperturb.selection._failures import collect_failures
from skperturb.selection._provenance import metric_titles, run_digest
from skperturb.selection._scores import competition_ranks, overall_ranks, pool_scores, score_bounds
from skperturb.selection.resampling.comparison import find_surpassed
from skperturb.selection.resampling.jackknife import (
    draw_scores,
    estimate_uncertainty,
    resample_scatter,
)
from skperturb.selection.resampling.summary import explain_unsure

_FIRST = ("rank", "model", "mean_rank")  # what a narrow table must not lose
TEXTS = ("model", "warnings", "error", "metric", "digest")  # quantities in words, the last ones
_SHOWN = ("rank", "model", "score", "score_low", "score_high", "rank_low", "rank_high", "p_best")
_N_SHOWN = 30  # rows of a table in a notebook


class ResultColumn(NamedTuple):
    """
    What a column of `results_` tells, so that nobody needs to read it from its name.

    Attributes
    ----------
    name : str
        Name of the column, such as "score_low_knn".
    quantity : str
        What it tells, such as "score_low", whether there is one metric or several.
    metric : str or None
        Name of the metric that it is of, None if of all or none.

    Examples
    --------
    >>> from skperturb import ModelSelector
    >>> pool, y = {"a": [[0.0], [1.0], [2.0]]}, ["ant", "ant", "bee"]
    >>> selector = ModelSelector(["logme", "hscore"]).fit(pool, y)
    >>> [column.name for column in selector.results_schema_ if column.quantity == "score"]
    ['score_logme', 'score_hscore']
    """

    name: str
    quantity: str
    metric: str | None = None


class Certainty(NamedTuple):
    """
    How sure the first place is, by the names of the models.

    `sort_keys` is what the draws rank a model by, `(n_draws,)` by its name; `surpassed` are the
    models that the first is ahead of with the confidence `level`; `why_unsure` says why that is
    not known, None if it is.
    """

    sort_keys: dict
    surpassed: list
    level: float
    why_unsure: str | None


@dataclass
class Results:
    """
    What a ranking is made of, `(n_models,)` or `(n_models, n_metrics)` each.

    `certainty` is None without resamples; `columns` are the values of `results_` by ResultColumn.
    """

    names: list
    metrics: dict
    scores: np.ndarray
    failed: np.ndarray
    ranks: np.ndarray
    columns: dict
    failures: dict
    task: str
    certainty: Certainty | None
    reports: dict
    rows: np.ndarray

    def ranking(self):
        """Return the names of the models, best first; those that share a rank by name."""
        order = sorted(range(len(self.names)), key=lambda i: (self.ranks[i], self.names[i]))
        return [self.names[i] for i in order]


def tabulate(plan, outcomes, *, error_score, composed):
    """Return the results of a plan; columns of `composed` metrics bear their names."""
    names, metrics = plan.names, list(plan.setup.metrics)
    first = [[outcomes.by_key[name, metric, 0] for metric in metrics] for name in names]
    failed = np.array([[each.error is not None for each in row] for row in first])
    scores = _score_table(plan, outcomes, 0)
    pairs = zip(scores.T, failed.T, strict=True)
    metric_ranks = np.stack([competition_ranks(*pair) for pair in pairs], axis=1)
    failures = collect_failures(outcomes, names, metrics)
    results = Results(
        names=names,
        metrics=plan.setup.metrics,
        # Where the first failure raises there is none here, nor a number for it.
        scores=scores if plan.setup.raising else np.where(failed, error_score, scores),
        failed=failed,
        ranks=overall_ranks(metric_ranks, failed),
        columns={},
        failures=failures,
        task=plan.setup.target.task,
        certainty=None,
        reports=outcomes.reports,
        rows=np.arange(plan.setup.n_rows) if plan.setup.rows is None else plan.setup.rows,
    )
    uncertainty = None
    if plan.n_resamples:
        uncertainty, results.certainty = _measure_certainty(plan, outcomes, scores, results)
    seconds = np.array([[each.seconds for each in row] for row in first])
    results.columns |= _metric_columns(results, metric_ranks, seconds, uncertainty, composed)
    results.columns |= _model_columns(results, metric_ranks, uncertainty, composed)
    results.columns[ResultColumn("warnings", "warnings")] = find_warnings(plan, outcomes, scores)
    results.columns[ResultColumn("error", "error")] = _as_objects(
        [failures[name].splitlines()[0] if name in failures else "" for name in names]
    )
    results.columns |= _run_columns(plan, results)
    results.columns = dict(sorted(results.columns.items(), key=lambda item: place_column(item[0])))
    return results


def _score_table(plan, outcomes, resample):
    """Return the scores of all models by all metrics on one resample, `(n_models, n_metrics)`."""
    columns = [
        pool_scores(metric, [outcomes.by_key[model, name, resample].score for model in plan.names])
        for name, metric in plan.setup.metrics.items()
    ]
    return np.stack(columns, axis=1)


def _measure_certainty(plan, outcomes, scores, results):
    """Return what the resamples of a plan tell of a ranking, as arrays and by name."""
    setup, level = plan.setup, plan.confidence_level
    bounds = [
        score_bounds(each, setup.target.task, setup.target.n_classes, setup.scoring)
        for each in setup.metrics.values()
    ]
    resample_scores = np.stack([_score_table(plan, outcomes, i) for i in plan.resamples])
    draws = draw_scores(scores, resample_scores, resample_scatter(setup.target.frame))
    uncertainty = estimate_uncertainty(scores, draws, bounds, level)
    unscored = np.isnan(resample_scores).any(axis=(0, 2))
    # What some resamples could not score is not compared: the others may be the easy ones.
    draws[:, unscored] = np.nan
    best = results.names.index(results.ranking()[0])
    surpassed = find_surpassed(scores, draws, uncertainty.sort_keys, best, level)
    return uncertainty, Certainty(
        dict(zip(results.names, uncertainty.sort_keys.T, strict=True)),
        [name for name, is_behind in zip(results.names, surpassed, strict=True) if is_behind],
        level,
        explain_unsure(plan.n_resamples, level, unscored[best]),
    )


def _metric_columns(results, metric_ranks, seconds, uncertainty, composed):
    """Return the columns that each metric has, the model's name in front."""
    columns = {ResultColumn("model", "model"): _as_objects(results.names)}
    for i, metric in enumerate(results.metrics):
        values_of = {"score": results.scores[:, i].copy()}
        if uncertainty is not None:
            values_of["score_low"], values_of["score_high"] = uncertainty.scores[:, :, i]
        if composed:
            values_of["metric_rank"] = metric_ranks[:, i]
        values_of["seconds"] = seconds[:, i]
        for quantity, values in values_of.items():
            stem = "rank" if quantity == "metric_rank" else quantity
            name = f"{stem}_{metric}" if composed else stem
            columns[ResultColumn(name, quantity, metric)] = values
    return columns


def _model_columns(results, metric_ranks, uncertainty, composed):
    """Return the columns that hold for all metrics together."""
    columns = {
        "seconds_shared": np.array([results.reports[name].seconds_shared for name in results.names])
    }
    if composed:
        columns["mean_rank"] = metric_ranks.mean(axis=1)
    columns["rank"] = results.ranks
    if uncertainty is not None:
        columns["rank_low"], columns["rank_high"] = uncertainty.ranks
        columns["p_best"] = uncertainty.p_best
    return {ResultColumn(name, name): values for name, values in columns.items()}


def _run_columns(plan, results):
    """Return the columns that tell tables of several runs apart, the same for all models."""
    titles = ", ".join(metric_titles(results.metrics))
    digest = run_digest(np.asarray(plan.setup.target.y), results.rows, results.metrics)
    texts = {"metric": titles, "digest": digest}
    return {
        ResultColumn(name, name): _as_objects([text] * len(results.names))
        for name, text in texts.items()
    }


def place_column(column):
    """Return where a column stands: ranks and names first, figures, words last."""
    if column.name in _FIRST:
        return 0, _FIRST.index(column.name)
    return (2, TEXTS.index(column.quantity)) if column.quantity in TEXTS else (1, 0)


def rank_columns(selector):
    """Return the columns of a fitted selector, the best model on top."""
    order = [selector.names_.index(name) for name in selector.ranking_]
    return {name: values[order] for name, values in selector.results_.items()}


def ranking_html(selector):
    """Return the ranking in HTML: the summary, ranks, models and what is not empty of the rest."""
    columns = rank_columns(selector)
    kinds = {column.name: column.quantity for column in selector.results_schema_}
    shown = [name for quantity in _SHOWN for name in columns if kinds[name] == quantity]
    shown += [name for name in ("warnings", "error") if any(columns[name])]
    head = "".join(f"<th>{escape(name)}</th>" for name in shown)
    rows = zip(*(columns[name][:_N_SHOWN] for name in shown), strict=True)
    body = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in rows)
    n_left = max(len(selector.names_) - _N_SHOWN, 0)
    more = f"<p>... and {n_left} more: see to_frame().</p>" if n_left else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<p>{escape(selector.summary())}</p>{table}{more}"


def _html_cell(value):
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"<td>{escape(text)}</td>"


def feature_columns_of(name, report):
    """Return the names of the features of a model, None where they are no matrix."""
    if report.column_names is not None:
        return report.column_names
    return None if report.n_features is None else [f"{name}_{i}" for i in range(report.n_features)]


def _as_objects(texts):
    return np.array(texts, dtype=object)
