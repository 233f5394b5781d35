"""Contenders: everything that ranks the models of the zoo, as scores by name.

A name is a pair of what scores and what was done to the features.
"""

from study.baselines import baselines
from study.gathering import measured_tasks
from study.grid import BOTH, BOTH_STOPPED, CORE, PCA, RAW, representatives
from study.tuning import combined, left_out, mean_rank

ELSEWHERE = "chosen on the other tasks"
SHOWN = [each.name for each in (RAW, *representatives())]
STATES = [each.name for each in (RAW, PCA, BOTH, BOTH_STOPPED)]


def of_metrics(study):
    """Return every metric under one setting of each family, and what was perturbed unprojected."""
    return {
        (metric, setting): scores
        for (metric, setting), scores in study.scores.items()
        if setting in SHOWN or study.settings[setting].family == "raw, perturbed"
    }


def of_ranks(study):
    """Return the mean ranks of the core metrics: each with LogME, and all of them."""
    found = {}
    for state in STATES:
        core = [name for name in CORE if (name, state) in study.scores]
        groups = [[core[0], other] for other in core[1:]] + [core] * (len(core) > 2)
        for group in groups:
            title = "all five" if len(group) == len(CORE) else " + ".join(group)
            found[title, state] = mean_rank([study.scores[name, state] for name in group])
    both = mean_rank([study.scores["LogME", each.name] for each in (PCA, BOTH)])
    return found | {("LogME + perturbed LogME", BOTH.name): both}


def candidates(study):
    """Return what could be the default of a selector: core metrics, and mean ranks of them."""
    names = [(name, state) for state in STATES for name in CORE]
    return {name: study.scores[name] for name in names if name in study.scores} | of_ranks(study)


def pools_of_choice(study):
    """Return what there is to choose from: settings per metric, metrics, sets of metrics."""
    projected = [name for name, each in study.settings.items() if each.family != "raw, perturbed"]
    pools = {
        metric: _where(
            study, lambda name, metric=metric: name[0] == metric and name[1] in projected
        )
        for metric, _ in study.scores
    }
    exact = _where(study, lambda name: name[0] != "public LogME")
    pools["any metric, raw or PCA"] = {
        name: scores for name, scores in exact.items() if name[1] in (RAW.name, PCA.name)
    }
    pools["any metric, any setting"] = exact
    pools["any default candidate"] = candidates(study)
    for state in STATES:
        pools[f"any 2 to 4 metrics, {state}"] = combined(study, state)
    return {name: pool for name, pool in pools.items() if len(pool) > 1}


def contenders(study, truth):
    """Return scores and choices by name; choices are lists of names, one per measured task."""
    scores = {(name, "baseline"): each for name, each in baselines(study, truth).items()}
    scores |= of_metrics(study) | of_ranks(study)
    accuracies = study.accuracies[truth]
    if len(measured_tasks(accuracies)) < 2:
        return scores, {}
    left = {name: left_out(accuracies, pool) for name, pool in pools_of_choice(study).items()}
    scores |= {(name, ELSEWHERE): each for name, (each, _) in left.items()}
    return scores, {name: choice for name, (_, choice) in left.items()}


def _where(study, wanted):
    return {name: scores for name, scores in study.scores.items() if wanted(name)}
