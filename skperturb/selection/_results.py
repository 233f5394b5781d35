"""Results: what came of all jobs, as tables of models by metrics."""

from typing import NamedTuple

import numpy as np

from skperturb.selection._ranks import competition_ranks, mean_rank_places
from skperturb.selection._scoring import scores_of_pool


class Table(NamedTuple):
    """Scores, ranks, wall seconds and failures, all `(n_models, n_metrics)`."""

    scores: np.ndarray
    ranks: np.ndarray
    seconds: np.ndarray
    failed: np.ndarray


def tabulate(outcomes, metrics, error_score):
    """Arrange the outcomes, model after model, each by all metrics, as a table."""
    by_metric = [outcomes[i :: len(metrics)] for i in range(len(metrics))]
    scores = [scores_of_pool(*pair) for pair in zip(metrics.values(), by_metric, strict=True)]
    failed = [[each.error is not None for each in column] for column in by_metric]
    ranks = [competition_ranks(*pair) for pair in zip(scores, failed, strict=True)]
    seconds = [[each.seconds for each in column] for column in by_metric]
    table = Table(*(np.column_stack(each) for each in (scores, ranks, seconds, failed)))
    if table.failed.any() and not isinstance(error_score, str):
        table.scores[table.failed] = error_score
    return table


def failure_reasons(outcomes, names, metric_names, several):
    """Return the reasons of failure by model, with the metric where there are several."""
    reasons: dict[str, list[str]] = {}
    for i, outcome in enumerate(outcomes):
        if outcome.error is not None:
            model, metric = divmod(i, len(metric_names))
            reason = f"{type(outcome.error).__name__}: {outcome.error}"
            reason = f"{metric_names[metric]}: {reason}" if several else reason
            reasons.setdefault(names[model], []).append(reason)
    return {name: "; ".join(each) for name, each in reasons.items()}


def result_columns(table, names, metric_names, several):
    """Return the table as named columns, with the place of each model last."""
    columns = {"model": np.array(names, dtype=object)}
    if not several:
        columns |= {"score": table.scores[:, 0], "seconds": table.seconds[:, 0]}
        return columns | {"rank": table.ranks[:, 0]}
    for i, name in enumerate(metric_names):
        columns[f"score_{name}"] = table.scores[:, i]
        columns[f"rank_{name}"] = table.ranks[:, i]
        columns[f"seconds_{name}"] = table.seconds[:, i]
    mean_ranks = table.ranks.mean(axis=1)
    ranks = mean_rank_places(mean_ranks, failed=table.failed.any(axis=1))
    return columns | {"mean_rank": mean_ranks, "rank": ranks}
