"""Tables: what the study found, as data frames."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from skperturb.evaluation import kendall_tau
from study.figures import figures, taus_of_many
from study.grid import ATTRACT, BOTH, PCA, RAW, Setting
from study.methods import ELSEWHERE, SHOWN, default_methods
from study.verdicts import default_figures


def scores_table(study):
    """Return every score: one row per task, model, metric and setting."""
    rows = [
        (task, model, metric, study.settings[setting].family, setting, scores[t, m])
        for (metric, setting), scores in study.scores.items()
        for t, task in enumerate(study.tasks)
        for m, model in enumerate(study.models)
        if not np.isnan(study.widths[t, m])
    ]
    return pd.DataFrame(rows, columns=["task", "model", "metric", "family", "setting", "score"])


def figures_table(study):
    """Return the figures of every metric and setting on every task by every truth."""
    rows = []
    for truth, accuracies in study.accuracies.items():
        tasks = [t for t, row in zip(study.tasks, accuracies, strict=True) if _measured(row)]
        for (metric, setting), scores in study.scores.items():
            for task, *each in zip(tasks, *figures(accuracies, scores), strict=True):
                family = study.settings[setting].family
                rows.append((truth, task, metric, family, setting, *each))
    names = ["truth", "task", "metric", "family", "setting", "tau", "regret at 1", "share at 3"]
    return pd.DataFrame(rows, columns=names)


def methods_table(verdicts):
    """Return the means over tasks of every method, with intervals."""
    rows = []
    for verdict in verdicts:
        for name, each in verdict.figures.items():
            low, high = np.quantile(verdict.draws[name][1], [0.025, 0.975])
            regret = each.regrets.mean(), low, high
            rows.append((verdict.truth, *name, *verdict.tau(name), *regret, each.shares.mean()))
        chance = (each.mean() for each in verdict.random)
        tau, regret, share = chance
        rows.append((verdict.truth, "random order", "baseline", tau, *_NONE, regret, *_NONE, share))
    columns = ["truth", "ranked by", "features", "tau", "tau low", "tau high"]
    columns += ["regret at 1", "regret low", "regret high", "share at 3"]
    return pd.DataFrame(rows, columns=columns)


def conditions_table(verdict):
    """Return the mean tau of every metric under one setting of each family."""
    metrics = list(dict.fromkeys(name for name, setting in verdict.figures if setting == PCA.name))
    names = [(metric, setting) for metric in metrics for setting in (*SHOWN, ELSEWHERE)]
    taus = [verdict.tau(name)[0] if name in verdict.figures else np.nan for name in names]
    table = np.reshape(taus, (len(metrics), -1))
    return pd.DataFrame(table, index=metrics, columns=[*SHOWN, ELSEWHERE])


def gains_table(verdicts):
    """Return what each setting adds to the PCA alone, in the mean over the metrics."""
    rows = []
    for verdict in verdicts:
        table = conditions_table(verdict).drop(index="public LogME")
        for setting in SHOWN:
            metrics = table.index[table[setting].notna() & (setting != PCA.name)]
            if len(metrics):
                rows.append((verdict.truth, setting, *_gain(verdict, setting, metrics)))
    columns = ["truth", "features", "gain", "low", "high", "better", "of"]
    return pd.DataFrame(rows, columns=columns)


def _gain(verdict, setting, metrics):
    pairs = [((metric, setting), (metric, PCA.name)) for metric in metrics]
    gains = [verdict.gain(*pair)[0] for pair in pairs]
    draws = np.mean([verdict.draws[a][0] - verdict.draws[b][0] for a, b in pairs], axis=0)
    return (
        np.mean(gains),
        *np.quantile(draws, [0.025, 0.975]),
        np.sum(np.array(gains) > 0),
        len(gains),
    )


def ablation_table(verdicts):
    """Return the parts of the gain of perturbed LogME over the LogME of most public code."""
    attract, spread = (
        Setting("", PCA.n_components, (step,)).name for step in (ATTRACT, BOTH.steps[0])
    )
    public, exact, pca, both = (
        ("public LogME", RAW.name),
        *(("LogME", each) for each in (RAW.name, PCA.name, BOTH.name)),
    )
    steps = {
        "exact evidence": (exact, public),
        "PCA before it": (pca, exact),
        "Attract": (("LogME", attract), pca),
        "Spread before Attract": (both, ("LogME", attract)),
        "all of these": (both, public),
        "PCA before the public LogME": (("public LogME", PCA.name), public),
        "the released perturbation, after that": (
            ("public LogME", "released"),
            ("public LogME", PCA.name),
        ),
        "Spread alone, after PCA": (("LogME", spread), pca),
    }
    rows = []
    for verdict in verdicts:
        for step, (name, reference) in steps.items():
            before, after = (verdict.figures[each].taus.mean() for each in (reference, name))
            gain = verdict.gain(name, reference)
            rows.append((verdict.truth, step, before, after, *gain, 100 * (after / before - 1)))
    columns = ["truth", "step", "before", "after", "gain", "low", "high", "gain in %"]
    return pd.DataFrame(rows, columns=columns)


def defaults_table(study, verdicts):
    """Return what the evidence says of each candidate default, one row per candidate."""
    names = list(default_methods(study))
    table = pd.DataFrame(names, columns=["ranked by", "features"])
    for verdict in verdicts:
        found = default_figures(study, verdict)
        taus = np.array([verdict.tau(name) for name in names]).T
        gains = [verdict.gain(name, ("LogME", PCA.name)) for name in names]
        for title, column in zip(("tau", "low", "high"), taus, strict=True):
            table[f"{verdict.truth}: {title}"] = column
        titles = ("vs default", "vs low", "vs high")
        for title, column in zip(titles, np.array(gains).T, strict=True):
            table[f"{verdict.truth}: {title}"] = column
        table[f"{verdict.truth}: chosen"] = [found[name][0] for name in names]
        table[f"{verdict.truth}: best of draws"] = [found[name][1] for name in names]
    return table


def choices_table(verdicts):
    """Return what was chosen for each task, with its tau there and the best in hindsight."""
    rows = []
    for verdict in verdicts:
        for pool, choice in verdict.choices.items():
            taus = verdict.figures[pool, ELSEWHERE].taus
            words = [each if isinstance(each, str) else " | ".join(each) for each in choice]
            rows += [
                (verdict.truth, pool, *each)
                for each in zip(verdict.tasks, words, taus, strict=True)
            ]
    return pd.DataFrame(rows, columns=["truth", "chosen among", "task", "choice", "tau"])


def hindsight(accuracies, pool):
    """Return the highest mean tau in a pool, which no choice can be sure of."""
    return taus_of_many(accuracies, list(pool.values())).mean(axis=0).max()


def agreement_table(study, setting=PCA.name):
    """Return the mean Kendall tau between the orders by each two metrics."""
    names = [metric for metric, each in study.scores if each == setting]
    many = [study.scores[name, setting] for name in names]
    table = [[_agreement(study, a, b) for a in many] for b in many]
    return pd.DataFrame(table, index=names, columns=names)


def _agreement(study, a, b):
    taus = []
    for known, row, other in zip(~np.isnan(study.widths), a, b, strict=True):
        places = rankdata(np.nan_to_num(row[known], nan=-np.inf))
        taus.append(kendall_tau(places, other[known]))
    return np.mean(taus)


def geometry_table(study):
    """Return how the classes of a task lie behind the PCA, over all models and pairs."""
    rows = []
    for task, (radii, _, ratios) in study.geometries.items():
        shares = [np.mean(ratios > sigma) for sigma in (0.6, 0.3)]
        rows.append((task, radii.min(), np.median(radii), radii.max(), np.median(ratios), *shares))
    columns = ["task", "least radius", "median radius", "largest radius", "median d / (R + R')"]
    columns += ["share attracted at sigma 0.6", "at sigma 0.3"]
    return pd.DataFrame(rows, columns=columns)


def seconds_table(study):
    """Return the seconds per model of each metric, raw and projected."""
    found = {}
    for (metric, setting), by_task in study.seconds.items():
        if setting in (RAW.name, PCA.name):
            n_sets = np.sum(~np.isnan(study.widths))
            found.setdefault(metric, {})[setting] = sum(by_task.values()) / n_sets
    return pd.DataFrame(found).T


_NONE = (np.nan, np.nan)


def _measured(row):
    return np.sum(~np.isnan(row)) >= 2
