"""Elsewhere: what the tasks of other families say of a task, which has no say itself."""

import numpy as np
from scipy.stats import rankdata

from skperturb.evaluation import static_ranking
from study.dataset import tasks_with_accuracies
from study.figures import mean_over_families, taus


def mean_rank_elsewhere(accuracies, families):
    """Return the mean rank of the models on tasks of other families, `(n_tasks, n_models)`."""
    scores = np.full(accuracies.shape, np.nan)
    for task, others in _others(families):
        table = accuracies[[task, *others]]
        if len(tasks_with_accuracies(table[1:])):
            scores[task] = static_ranking(table)[0]
    return scores


def choose_elsewhere(accuracies, families, candidates):
    """Return the scores that each task gets from what was best elsewhere, and the choices.

    `candidates` are scores by name. Best is the highest mean over the other families, of equals
    the first. A task that was not measured, or has no other, stays NaN and without choice.
    """
    names, scores = list(candidates), np.full(accuracies.shape, np.nan)
    found = np.array([taus(accuracies, each) for each in candidates.values()]).T
    choices = [None] * len(accuracies)
    for task, others in _others(families):
        known = [place for place in others if not np.isnan(found[place]).any()]
        if known and not np.isnan(found[task]).any():
            means = mean_over_families(found[known], [families[place] for place in known])
            choices[task] = names[means.round(9).argmax()]
            scores[task] = candidates[choices[task]][task]
    return scores, choices


def ranks(scores):
    """Return the places of the models, 1 for the best, NaN where there is no score."""
    return rankdata(-scores, method="min", axis=1, nan_policy="omit")


def mean_rank(many):
    """Return minus the mean rank over several scores, NaN where one of them is."""
    return -np.mean([ranks(scores) for scores in many], axis=0)


def _others(families):
    """Yield each task with the places of the tasks of other families."""
    for task, own in enumerate(families):
        yield task, [place for place, family in enumerate(families) if family != own]
