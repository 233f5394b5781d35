"""Tables: what the study found, as data frames."""

import numpy as np
import pandas as pd

from study.ceiling import mean_ceiling
from study.contenders import (
    BASELINE,
    DEFAULT,
    ELSEWHERE,
    baselines,
    candidates,
    chosen,
    settings_of,
)
from study.dataset import ALL_TUNED
from study.elsewhere import choose_elsewhere
from study.figures import draw_taus, interval, mean_over_families, regrets, taus
from study.grid import BOTH, PCA, RAW

DRAWS = 1000
SHOWN = {
    RAW.name: "raw",
    PCA.name: "PCA",
    "spread 1": "Spread 1",
    "spread 1 R": "Spread 1 R",
    "spread 2 R": "Spread 2 R",
    "attract 0.2": "Attract .2",
    "attract 0.5": "Attract .5",
    "attract 0.2 sigma 0.6": "sigma .6",
    BOTH.name: "both",
    "repel 0.1": "Repel",
    "released": "released",
}


class Judge:
    """Means and paired intervals of contenders by one truth of a zoo; draws are kept."""

    def __init__(self, study, truth, n_draws=DRAWS):
        self.study, self.truth, self.n_draws = study, truth, n_draws
        self._draws = {}

    def mean(self, scores):
        """Return the mean tau over families."""
        own = taus(self.study.accuracies[self.truth], scores)
        return mean_over_families(own, self.study.families)

    def regret(self, scores):
        """Return the mean over families of what the first choice loses, in points."""
        own = regrets(self.study.accuracies[self.truth], scores)
        return mean_over_families(own, self.study.families)

    def draws(self, scores):
        """Return the mean taus of draws of families and networks."""
        key = scores.tobytes()
        if key not in self._draws:
            self._draws[key] = draw_taus(self.study, self.truth, scores, self.n_draws)
        return self._draws[key]

    def tau(self, scores):
        """Return the mean tau and its interval."""
        return self.mean(scores), *interval(self.draws(scores))

    def gain(self, scores, reference):
        """Return by how much the mean tau is above another, and the paired interval."""
        difference = self.draws(scores) - self.draws(reference)
        return self.mean(scores) - self.mean(reference), *interval(difference)


def judges(*studies, n_draws=DRAWS):
    """Return one judge per zoo and truth, by title; flagged encoders are in the hypotheses only."""
    return {
        f"{truth}, {study.title}": Judge(study, truth, n_draws)
        for study in studies
        for truth in study.accuracies
        if truth != ALL_TUNED
    }


def taus_table(*studies):
    """Return the tau of every metric and setting on every task by every truth."""
    rows = []
    for study in studies:
        for truth, accuracies in study.accuracies.items():
            for (metric, setting), scores in study.scores.items():
                own = zip(study.tasks, study.families, taus(accuracies, scores), strict=True)
                rows += [
                    (study.title, truth, task, family, metric, setting, tau)
                    for task, family, tau in own
                    if not np.isnan(tau)
                ]
    names = ["pool", "truth", "task", "family", "metric", "features", "tau"]
    return pd.DataFrame(rows, columns=names)


def conditions_table(judge):
    """Return the mean tau of every metric under the main settings, the best by PCA first."""
    study = judge.study
    metrics = list(dict.fromkeys(metric for metric, _ in study.scores))
    rows = {}
    for metric in metrics:
        own = settings_of(study, metric)
        rows[metric] = {
            title: judge.mean(own[metric, setting]) if (metric, setting) in own else np.nan
            for setting, title in SHOWN.items()
        }
        scores, _ = choose_elsewhere(study.accuracies[judge.truth], study.families, own)
        if not np.isnan(scores).all():
            rows[metric][ELSEWHERE] = judge.mean(scores)
    table = pd.DataFrame(rows).T.rename_axis("metric")
    return table.sort_values("PCA", ascending=False)


def gains_table(judge):
    """Return what each setting adds to the features before it, in the mean over the metrics."""
    study, rows = judge.study, []
    for setting in study.settings:
        reference = RAW.name if setting.startswith("raw, ") else PCA.name
        pairs = [
            (scores, study.scores[metric, reference])
            for (metric, own), scores in study.scores.items()
            if own == setting and metric not in ("public LogME", "PARC")
        ]
        if setting not in (RAW.name, PCA.name) and len(pairs) > 1:
            gains = [judge.mean(after) - judge.mean(before) for after, before in pairs]
            spread = np.mean([judge.draws(a) - judge.draws(b) for a, b in pairs], axis=0)
            count = sum(gain > 0 for gain in gains)
            rows.append((setting, np.mean(gains), *interval(spread), count, len(gains)))
    return pd.DataFrame(rows, columns=["features", "gain", "low", "high", "better", "of"])


def contenders_table(judge, folder):
    """Return candidates for the default, baselines and choices, with gains on the default."""
    study = judge.study
    rows = baselines(study, judge.truth) | candidates(study)
    picked = chosen(study, judge.truth)
    rows |= {(name, ELSEWHERE): scores for name, (scores, _) in picked.items()}
    default = study.scores[DEFAULT]
    table = [
        (*name, *judge.tau(scores), *judge.gain(scores, default), judge.regret(scores))
        for name, scores in rows.items()
    ]
    ceiling = mean_ceiling(study, judge.truth, folder)
    table.append(("ceiling", BASELINE, ceiling, *[np.nan] * 6))
    columns = ["ranked by", "features", "tau", "tau low", "tau high"]
    return pd.DataFrame(table, columns=[*columns, "gain", "gain low", "gain high", "regret"])


def choices_table(judge):
    """Return what was chosen for each task from what, and how often a setting was perturbed."""
    rows = [
        (title, task, *choice)
        for title, (_, choices) in chosen(judge.study, judge.truth).items()
        for task, choice in zip(judge.study.tasks, choices, strict=True)
        if choice is not None
    ]
    return pd.DataFrame(rows, columns=["chosen from", "task", "metric", "features"])


def public_table(judge):
    """Return the way from the LogME of most public code to the perturbed exact one."""
    study = judge.study
    steps = {
        "exact evidence": (("LogME", RAW.name), ("public LogME", RAW.name)),
        "64 components before it": (DEFAULT, ("LogME", RAW.name)),
        "Spread 1 and Attract .2": (("LogME", BOTH.name), DEFAULT),
        "64 components before the public LogME": (
            ("public LogME", PCA.name),
            ("public LogME", RAW.name),
        ),
        "the released step after that": (
            ("public LogME", "released"),
            ("public LogME", PCA.name),
        ),
    }
    rows = [
        (step, judge.mean(before), *judge.gain(after, before))
        for step, (after, before) in (
            (step, map(study.scores.get, names)) for step, names in steps.items()
        )
    ]
    return pd.DataFrame(rows, columns=["step", "before", "gain", "low", "high"])


def seconds_table(study):
    """Return the seconds per model of each metric, raw and projected."""
    n_sets, found = np.sum(~np.isnan(study.widths)), {}
    for (metric, setting), by_task in study.seconds.items():
        if setting in (RAW.name, PCA.name):
            found.setdefault(metric, {})[setting] = sum(by_task.values()) / n_sets
    return pd.DataFrame(found).T.rename_axis("metric")
