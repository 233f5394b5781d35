"""Figures: how well scores order the models of each task, and how sure the mean over tasks is."""

import numpy as np
from scipy import stats

from skperturb.evaluation import regret_at_k, weighted_kendall_tau
from study.dataset import tasks_with_accuracies
from study.resample_figures import weighted_taus_of_counts

_TAIL = 0.025


def taus(accuracies, scores):
    """Return the tau of scores, `(n_tasks, n_models)`, on each task, NaN where not measured."""
    found = np.full(len(accuracies), np.nan)
    for task in tasks_with_accuracies(accuracies):
        found[task] = weighted_kendall_tau(accuracies[task], scores[task])
    return found


def regrets(accuracies, scores):
    """Return what the first choice loses on each task, in points, NaN where not measured."""
    found = np.full(len(accuracies), np.nan)
    for task in tasks_with_accuracies(accuracies):
        found[task] = 100 * regret_at_k(accuracies[task], scores[task])
    return found


def by_family(values, families):
    """Return the means of the measured tasks of each family, `(n_families, ...)`."""
    values, families = np.asarray(values), np.array(families)
    known = ~np.isnan(values) if values.ndim == 1 else ~np.isnan(values).any(axis=1)
    names = list(dict.fromkeys(families[known]))
    return np.array([values[known & (families == name)].mean(axis=0) for name in names])


def mean_over_families(values, families):
    """Return the mean over families of the means within them."""
    return by_family(values, families).mean(axis=0)


def draw_networks(networks, n_draws, rng):
    """Return how often each model is drawn with its network, `(n_draws, n_models)`."""
    names, places = np.unique(networks, return_inverse=True)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_draws)
    return times[:, places]


def draw_taus(study, truth, scores, n_draws, seed=0):
    """Return the mean tau of draws of families and of networks, both with replacement.

    All families of a draw have the same networks; scores stay as they are. The same seed gives
    the same draws for all scores, so that differences are paired.
    """
    accuracies = study.accuracies[truth]
    rng = np.random.default_rng(seed)
    counts = draw_networks(study.networks, n_draws, rng)
    found = np.full((len(accuracies), n_draws), np.nan)
    for task in tasks_with_accuracies(accuracies):
        found[task] = weighted_taus_of_counts(accuracies[task], scores[task], counts)
    own = by_family(found, study.families)
    times = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=n_draws)
    return np.einsum("fd,df->d", own, times) / len(own)


def interval(draws):
    """Return the central 95 % of the draws."""
    return np.quantile(draws, [_TAIL, 1 - _TAIL])


def student_interval(values):
    """Return the 95 % interval of the mean of independent values by Student's t."""
    if len(values) < 2:
        return np.array([np.nan, np.nan])
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return np.mean(values) + error * stats.t.ppf([_TAIL, 1 - _TAIL], len(values) - 1)
