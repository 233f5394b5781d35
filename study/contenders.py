"""Contenders: everything that ranks the models of a zoo, as scores by name.

A name is a pair of what scores and what was done to the features.
"""

from itertools import combinations

from study.dataset import FINE_TUNED
from study.elsewhere import choose_elsewhere, mean_rank, mean_rank_elsewhere
from study.grid import BOTH, CORE, FAST, PCA, RAW

ELSEWHERE = "chosen elsewhere"
BASELINE = "no features"
DEFAULT = ("LogME", PCA.name)
WEAK, STRONG = "spread 0.25 R, attract 0.2", "spread 1 R, attract 0.5"
STATES = (RAW.name, PCA.name, BOTH.name, WEAK, STRONG)
# The perturbations that the plan names, and the metric of each.
LOCAL = {
    ("KNNScore", "attract 0.5"): "k-NN, perturbed",
    ("NearestCentroid", "spread 2 R"): "nearest centroid, perturbed",
    ("LDAScore", "raw, spread 1 R"): "LDA, perturbed",
}


def baselines(study, truth):
    """Return what looks at no features: the mean rank elsewhere, and the number of features."""
    elsewhere = mean_rank_elsewhere(study.accuracies[truth], study.families)
    return {("mean rank elsewhere", BASELINE): elsewhere, ("width", BASELINE): study.widths}


def singles(study):
    """Return every metric as it is and behind components, and the core perturbed."""
    return {
        name: scores
        for name, scores in study.scores.items()
        if name[0] != "public LogME"
        and (name[1] in (RAW.name, PCA.name) or (name[0] in CORE and name[1] in STATES))
    } | {name: study.scores[name] for name in LOCAL}


def mean_ranks(study):
    """Return mean ranks of the core metrics in each state, and with the perturbed local ones."""
    found = {}
    for state in STATES:
        core = [name for name in CORE if (name, state) in study.scores]
        if len(core) > 2:
            found["all five", state] = mean_rank([study.scores[name, state] for name in core])
        for other in core[1:]:
            pair = mean_rank([study.scores[name, state] for name in ("LogME", other)])
            found[f"LogME + {other}", state] = pair
    local = [study.scores[name] for name in LOCAL]
    five = [study.scores[name, RAW.name] for name in CORE]
    found["three local", "perturbed"] = mean_rank(local)
    found["five and three local", "raw, perturbed"] = mean_rank([*five, *local])
    return found


def candidates(study):
    """Return what could be the default of a selector."""
    return singles(study) | mean_ranks(study)


def choice_sets(study):
    """Return what there is to choose from by its words."""
    exact = {name: each for name, each in study.scores.items() if name[0] != "public LogME"}
    plain = {name: each for name, each in exact.items() if name[1] in (RAW.name, PCA.name)}
    return {
        "any metric, unperturbed": plain,
        "any metric, any perturbation": exact,
        "any candidate for the default": candidates(study),
        "any 2 to 4 metrics, unperturbed": combined(study, (2, 3, 4)),
    }


def combined(study, sizes):
    """Return the mean ranks of all sets of so many metrics on features as they are."""
    names = [name for name in FAST if (name, RAW.name) in study.scores]
    return {
        (" + ".join(group), RAW.name): mean_rank([study.scores[n, RAW.name] for n in group])
        for size in sizes
        for group in combinations(names, size)
    }


def chosen(study, truth):
    """Return scores and choices, one per task, by what was chosen from."""
    accuracies = study.accuracies[truth]
    return {
        name: choose_elsewhere(accuracies, study.families, pool)
        for name, pool in choice_sets(study).items()
    }


def settings_of(study, metric):
    """Return the scores of one metric under every setting, by name."""
    return {name: scores for name, scores in study.scores.items() if name[0] == metric}


def main_truth(study):
    """Return the truth that a zoo is judged by first."""
    return FINE_TUNED if FINE_TUNED in study.accuracies else next(iter(study.accuracies))
