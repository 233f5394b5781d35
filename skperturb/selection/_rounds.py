"""Rounds of successive halving: how many there are, and where each model ended."""

import math

import numpy as np
from scipy.stats import rankdata


def rounds_of(n_models, n_rows, factor, fewest):
    """Return `(n_candidates, n_resources)` of each round; the last has all rows.

    As many rounds as leave one model or more for the last, and `fewest` rows for the first.
    """
    by_models = math.log(n_models, factor)
    by_rows = math.log(max(n_rows / fewest, 1), factor)
    n_last = math.floor(min(by_models, by_rows) + 1e-9)
    rounds = {
        math.ceil(n_models / factor**i - 1e-9): round(n_rows / factor ** (n_last - i))
        for i in range(n_last + 1)
    }
    return list(rounds.items())  # of rounds with as many models, the one with most rows


def last_of_rounds(rounds, names, failures):
    """Return as columns what the last round of each model said of it."""
    ends = {name: i for i, each in enumerate(rounds) for name in each.names_}
    places = {name: rounds[i].names_.index(name) for name, i in ends.items()}

    def column(kind):
        return np.array([rounds[ends[name]].results_[kind][places[name]] for name in names])

    several = rounds[0].scores_.ndim == 2
    scores = [f"score_{metric}" for metric in rounds[0].metric_names_] if several else ["score"]
    columns = {"model": np.array(names, dtype=object)} | {kind: column(kind) for kind in scores}
    columns["iter"] = np.array([ends[name] for name in names])
    columns["n_resources"] = np.array([len(rounds[ends[name]].sample_indices_) for name in names])
    columns["seconds"] = np.array([_seconds(rounds, name) for name in names])
    columns["rank"] = _ranks(columns["iter"], column("rank"), [name in failures for name in names])
    return columns | {"warnings": column("warnings")}


def of_last_rounds(rounds, names, attribute):
    """Return an attribute of the selectors, a row per model: that of its last round."""
    rows = {
        name: row
        for each in rounds
        for name, row in zip(each.names_, getattr(each, attribute), strict=True)
    }
    return np.array([rows[name] for name in names])


def _seconds(rounds, name):
    """Return the wall seconds that a model took in all rounds and by all metrics."""
    return sum(
        each.results_[kind][each.names_.index(name)]
        for each in rounds
        if name in each.names_
        for kind in each.results_
        if kind.startswith("seconds")
    )


def _ranks(iters, ranks_in_round, failed):
    """Rank later rounds before earlier ones, and within a round as the round did."""
    keys = np.stack([failed, -iters, ranks_in_round])
    _, inverse = np.unique(keys, axis=1, return_inverse=True)
    return rankdata(inverse.reshape(-1), method="min").astype(int)
