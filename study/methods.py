"""Methods: everything that ranks the models of the zoo, as scores by name.

A name is a pair of what scores and what was done to the features.
"""

from study.baselines import baseline_scores
from study.dataset import tasks_with_accuracies
from study.grid import BOTH, BOTH_STOPPED, CORE, PCA, RAW, representatives
from study.tuning import choose_left_out, combine_metrics, mean_rank

ELSEWHERE = "chosen on the other tasks"
SHOWN = [each.name for each in (RAW, *representatives())]
STATES = [each.name for each in (RAW, PCA, BOTH, BOTH_STOPPED)]


def metric_methods(study):
    """Return every metric under one setting of each family, and what was perturbed unprojected."""
    return {
        (metric, setting): scores
        for (metric, setting), scores in study.scores.items()
        if setting in SHOWN or study.settings[setting].family == "raw, perturbed"
    }


def rank_methods(study):
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


def default_methods(study):
    """Return what could be the default of a selector: core metrics, and mean ranks of them."""
    names = [(name, state) for state in STATES for name in CORE]
    return {name: study.scores[name] for name in names if name in study.scores} | rank_methods(
        study
    )


def choice_sets(study):
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
    pools["any default candidate"] = default_methods(study)
    for state in STATES:
        pools[f"any 2 to 4 metrics, {state}"] = combine_metrics(study, state)
    return {name: pool for name, pool in pools.items() if len(pool) > 1}


def methods(study, truth):
    """Return scores and choices by name; choices are lists of names, one per measured task."""
    scores = {(name, "baseline"): each for name, each in baseline_scores(study, truth).items()}
    scores |= metric_methods(study) | rank_methods(study)
    accuracies = study.accuracies[truth]
    if len(tasks_with_accuracies(accuracies)) < 2:
        return scores, {}
    left = {name: choose_left_out(accuracies, pool) for name, pool in choice_sets(study).items()}
    scores |= {(name, ELSEWHERE): each for name, (each, _) in left.items()}
    return scores, {name: choice for name, (_, choice) in left.items()}


def _where(study, wanted):
    return {name: scores for name, scores in study.scores.items() if wanted(name)}
