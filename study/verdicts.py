"""Verdicts: all methods judged by one truth, with resampled tasks and models."""

from typing import NamedTuple

import numpy as np

from study.baselines import random_order
from study.figures import Figures, figures, interval, resample_means
from study.methods import default_methods, methods
from study.tuning import choose_elsewhere


class Verdict(NamedTuple):
    """Figures and draws, `(2, n_draws)` taus and regrets, of every method by name."""

    truth: str
    tasks: list
    figures: dict
    draws: dict
    choices: dict
    random: Figures

    def tau(self, name):
        """Return the mean tau and its interval."""
        return self.figures[name].taus.mean(), *interval(self.draws[name][0])

    def gain(self, name, reference):
        """Return by how much the mean tau is above that of another, and the paired interval."""
        difference = self.draws[name][0] - self.draws[reference][0]
        own, other = (self.figures[each].taus.mean() for each in (name, reference))
        return own - other, *interval(difference)


def verdict(study, truth, *, n_draws, memory):
    """Judge every method by one truth."""
    scores, choices = methods(study, truth)
    accuracies = study.accuracies[truth]
    measured = [task for task, known in zip(study.tasks, accuracies, strict=True) if _any(known)]
    draws = memory.cache(_resample_all)(accuracies, list(scores.values()), n_draws)
    judged = {name: figures(accuracies, each) for name, each in scores.items()}
    return Verdict(
        truth,
        measured,
        judged,
        dict(zip(scores, draws, strict=True)),
        choices,
        random_order(accuracies),
    )


def default_figures(study, verdict):
    """Return how often each candidate default was chosen elsewhere, and best of the draws.

    By name: a count of tasks, and a share of the draws.
    """
    names = list(default_methods(study))
    counts = np.zeros(len(names), dtype=int)
    if len(verdict.tasks) > 1:
        taus = np.column_stack([verdict.figures[name].taus for name in names])
        np.add.at(counts, choose_elsewhere(taus), 1)
    best = np.argmax([verdict.draws[name][0] for name in names], axis=0)
    shares = np.bincount(best, minlength=len(names)) / len(best)
    return {name: each for name, *each in zip(names, counts, shares, strict=True)}


def _resample_all(accuracies, many, n_draws):
    return [resample_means(accuracies, scores, n_draws) for scores in many]


def _any(known):
    return np.sum(~np.isnan(known)) >= 2
