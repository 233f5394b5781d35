"""Ceiling: how well the true order of the models agrees with accuracies measured with noise."""

import numpy as np

from study.dataset import TRUTHS, tasks_with_accuracies
from study.figures import mean_over_families
from study.resample_figures import weighted_taus
from study.zoo_folder import load_records

# Two runs of fine-tuning differ by this, where it was measured (accuracy about .75).
_SEED_ERROR, _MEASURED_AT = 0.017, 0.75
_TEST_ROWS, _OTHER_TEST_ROWS = {"dtd10": 500}, 999
_DRAWS = 500


def standard_errors(study, truth, folder):
    """Return the standard error of every accuracy, `(n_tasks, n_models)`."""
    records, accuracies = load_records(folder), study.accuracies[truth]
    errors = np.full(accuracies.shape, np.nan)
    for row, task in enumerate(study.tasks):
        n_test = records[task].get("n_test", _TEST_ROWS.get(task, _OTHER_TEST_ROWS))
        errors[row] = np.sqrt(accuracies[row] * (1 - accuracies[row]) / n_test)
    if TRUTHS[truth][0] == "finetune":
        errors = np.hypot(errors, seed_errors(accuracies))
    return errors


def seed_errors(accuracies):
    """Carry the error between seeds to other accuracies, equal on the scale of the logit."""
    slope = accuracies * (1 - accuracies) / (_MEASURED_AT * (1 - _MEASURED_AT))
    return _SEED_ERROR * slope


def ceilings(accuracies, errors, seed=0):
    """Return the tau of the true order to a noisy one on each task, NaN where not measured."""
    rng, found = np.random.default_rng(seed), np.full(len(accuracies), np.nan)
    for task in tasks_with_accuracies(accuracies):
        true, noisy = _simulate(accuracies[task], errors[task], rng)
        found[task] = weighted_taus(noisy, np.broadcast_to(true, noisy.shape)).mean()
    return found


def agreement_of_seeds(accuracies, seed=0):
    """Return the tau between two runs of fine-tuning of one task, on the same test rows."""
    rng = np.random.default_rng(seed)
    _, noisy = _simulate(accuracies, seed_errors(accuracies), rng)
    return weighted_taus(noisy[::2], noisy[1::2]).mean()


def mean_ceiling(study, truth, folder):
    """Return the mean over families of the ceilings of their tasks."""
    own = ceilings(study.accuracies[truth], standard_errors(study, truth, folder))
    return mean_over_families(own, study.families)


def _simulate(accuracies, errors, rng):
    """Return what may be the true accuracies, drawn to their mean, and noisy ones of these."""
    mean, spread = np.nanmean(accuracies), np.nanvar(accuracies)
    share = max(spread - np.nanmean(errors**2), 0.0) / spread
    true = mean + np.sqrt(share) * (accuracies - mean)
    return true, true + errors * rng.standard_normal((_DRAWS, len(true)))
