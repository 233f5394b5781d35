"""Halving schedule: how many rounds there are, and where each model ended."""

import math
from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from skperturb.selection._results import ResultColumn

_SUMMED = ("seconds", "seconds_shared")  # over all rounds of a model


def halving_schedule(n_models, n_rows, factor, fewest):
    """Return `(n_candidates, n_resources)` of each round; the last has all rows.

    As many rounds as leave one model or more for the last, and `fewest` rows for the first.
    """
    by_models = math.log(n_models, factor)
    by_rows = math.log(max(n_rows / fewest, 1), factor)
    # The logarithm of a whole power may come out just below it.
    n_last = math.floor(min(by_models, by_rows) + 1e-9)
    rounds = {
        math.ceil(n_models / factor**i - 1e-9): round(n_rows / factor ** (n_last - i))
        for i in range(n_last + 1)
    }
    return list(rounds.items())  # of rounds with as many models, the one with most rows


def combine_rounds(rounds, names, failures):
    """Return the results of all rounds as one: of each model those of its last round.

    What only the last round has, such as intervals, is NaN for the models that left before.
    """
    n_rounds = {name: i for i, each in enumerate(rounds) for name in each.names}
    iters = np.array([n_rounds[name] for name in names])
    last = [(rounds[i], rounds[i].names.index(name)) for i, name in zip(iters, names, strict=True)]
    columns = {
        column: _combine_column(column, rounds, names, last) for column in rounds[-1].columns
    }
    ranks_in_round = np.array([results.ranks[place] for results, place in last])
    ranks = _combine_ranks(iters, ranks_in_round, [name in failures for name in names])
    columns[ResultColumn("rank", "rank")] = ranks
    columns[ResultColumn("error", "error")] = np.array(
        [failures[name].splitlines()[0] if name in failures else "" for name in names], dtype=object
    )
    columns[ResultColumn("iter", "iter")] = iters
    columns[ResultColumn("n_resources", "n_resources")] = np.array(
        [len(results.rows) for results, _ in last]
    )
    return replace(
        rounds[-1],
        names=list(names),
        scores=np.stack([results.scores[place] for results, place in last]),
        failed=np.stack([results.failed[place] for results, place in last]),
        ranks=ranks,
        columns=columns,
        failures=failures,
        reports={name: rounds[n_rounds[name]].reports[name] for name in names},
    )


def _combine_column(column, rounds, names, last):
    """Return one column of all models."""
    if column.quantity in _SUMMED:
        return sum(_zero_elsewhere(each, column, names) for each in rounds)
    values = [
        results.columns[column][place] if column in results.columns else np.nan
        for results, place in last
    ]
    is_text = rounds[-1].columns[column].dtype == object
    return np.array(values, dtype=object if is_text else None)


def _zero_elsewhere(results, column, names):
    """Return the column of one round, 0 for the models that had left before."""
    known = dict(zip(results.names, results.columns[column], strict=True))
    return np.array([known.get(name, 0.0) for name in names])


def _combine_ranks(iters, ranks_in_round, failed):
    """Rank later rounds before earlier ones, and within a round as the round did."""
    keys = np.stack([failed, -iters, ranks_in_round])
    _, inverse = np.unique(keys, axis=1, return_inverse=True)
    return rankdata(inverse.reshape(-1), method="min").astype(int)
