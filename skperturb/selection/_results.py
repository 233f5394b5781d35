"""Results: what came of all jobs, as tables of models by metrics."""

from typing import NamedTuple

import numpy as np

from skperturb.selection._ranks import competition_ranks, mean_rank_places
from skperturb.selection._scoring import pool_scores


class Table(NamedTuple):
    """Scores, ranks, wall seconds and failures, all `(n_models, n_metrics)`.

    `drawn` are the scores of the resamples, `(n_draws, n_models, n_metrics)`, NaN where
    there is none.
    """

    scores: np.ndarray
    ranks: np.ndarray
    seconds: np.ndarray
    failed: np.ndarray
    drawn: np.ndarray


def tabulate(outcomes, names, metrics, n_draws):
    """Arrange outcomes, `{(model, metric name, draw): outcome}`, as a table."""
    scores = np.array([_pooled(outcomes, names, item, 0) for item in metrics.items()]).T
    first = [[outcomes[model, metric, 0] for metric in metrics] for model in names]
    failed = np.array([[each.error is not None for each in row] for row in first])
    ranks = np.array([competition_ranks(*pair) for pair in zip(scores.T, failed.T, strict=True)]).T
    scores_of_draws = [
        [_pooled(outcomes, names, item, draw) for item in metrics.items()]
        for draw in range(1, n_draws + 1)
    ]
    drawn = np.reshape(scores_of_draws, (n_draws, len(metrics), len(names))).transpose(0, 2, 1)
    seconds = np.array([[each.seconds for each in row] for row in first])
    return Table(scores, ranks, seconds, failed, drawn)


def _pooled(outcomes, names, metric, draw):
    """Return the scores of all models by one metric, `(name, estimator)`, on one draw."""
    name, estimator = metric
    return pool_scores(estimator, [outcomes[model, name, draw].score for model in names])


def result_columns(table, names, metrics, uncertainty, several):
    """Return the table as named columns, with the place of each model last but one."""
    columns = {"model": np.array(names, dtype=object)}
    for i, metric in enumerate(metrics):
        tail = f"_{metric}" if several else ""
        columns[f"score{tail}"] = table.scores[:, i]
        if uncertainty is not None:
            columns[f"score_low{tail}"], columns[f"score_high{tail}"] = uncertainty.scores[:, :, i]
        if several:
            columns[f"rank{tail}"] = table.ranks[:, i]
        columns[f"seconds{tail}"] = table.seconds[:, i]
    if several:
        columns["mean_rank"] = table.ranks.mean(axis=1)
    columns["rank"] = places(table)
    if uncertainty is not None:
        columns["rank_low"], columns["rank_high"] = uncertainty.ranks
        columns["p_best"] = uncertainty.p_best
    return columns


def places(table):
    """Return the places of the models, `(n_models,)`: of their mean ranks if there are several."""
    if table.ranks.shape[1] == 1:
        return table.ranks[:, 0]
    return mean_rank_places(table.ranks.mean(axis=1), failed=table.failed.any(axis=1))
