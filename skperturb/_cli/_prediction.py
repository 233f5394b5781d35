"""Prediction: the accuracies that the models of a run are expected to reach, and why."""

import warnings
from types import SimpleNamespace
from typing import Any, NamedTuple

from skperturb._cli._errors import WrongUsage, first_line

_UNLIKE_METRICS = "no past task has scores by these metrics; only its accuracies count."


class Prediction(NamedTuple):
    """What is believed of a task's models, what it was learned from, and what to mind."""

    predictor: Any
    task: SimpleNamespace
    known: dict[str, float]
    posterior: Any
    columns: dict[str, list]
    notes: list[str]


def predict_run(run, options):
    """Keep the scores of a run in the history, and predict its accuracies from the others."""
    notes: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            predictor, known = _learn(run, options, notes)
            task = SimpleNamespace(name=options["task_name"] or "of this run", scores=run.selector)
            posterior = predictor.posterior(task, known)
        columns = _columns(run, predictor, posterior)
    except (OSError, ValueError) as error:
        raise WrongUsage(first_line(str(error))) from error
    notes += dict.fromkeys(first_line(str(each.message)) for each in caught)
    return Prediction(predictor, task, known, posterior, columns, notes)


def describe_source(prediction):
    """Say what the past was worth."""
    predictor = prediction.predictor
    if not predictor.n_tasks_:
        return (
            "no past task to learn from: the order is the mean rank of the metrics, the "
            "accuracies are guesses. Record what you measure, with `skperturb record`."
        )
    shares = predictor.variance_shares_
    return (
        f"learned from {predictor.n_tasks_} task{'' if predictor.n_tasks_ == 1 else 's'}; of "
        f"the differences between models on a task {shares['models']:.0%} go with the model, "
        f"{shares['metrics']:.0%} with the metrics, {shares['noise']:.0%} with neither."
    )


def describe_decision(run, prediction):
    """Say what the past changed, and what to do next."""
    first, by_metrics = prediction.columns["model"][0], run.selector.ranking_[0]
    moved = "as by the metrics alone" if first == by_metrics else f"by the metrics {by_metrics}"
    sentences = [f"highest prediction: {first}, {moved}."]
    suggested = prediction.posterior.suggest()
    if suggested:
        regret = 100 * prediction.posterior.expected_regret()
        sentences.append(
            f"fine-tune next: {suggested[0]}; stopping now would cost "
            f"{regret:.1f} points of accuracy in expectation."
        )
    return sentences


def _learn(run, options, notes):
    """Return a predictor that knows the other tasks, and what is known of this one."""
    from skperturb.prediction import AccuracyPredictor, History

    known = dict(options["known"])
    if options["history"] is None:
        tasks, accuracies = _bundled_history(run.selector.names_)
        errors = None
    else:
        kept, name = History(options["history"]), options["task_name"]
        kept.add_scores(run.selector, task=name)
        here = {m: each for m, each in kept.known(name).items() if m in run.selector.names_}
        known = here | known
        tasks, accuracies, errors = kept.load(exclude=[name])
    shared = set(run.selector.metric_names_)
    if tasks and not any(shared & set(row) for task in tasks for row in task.scores.values()):
        notes.append(_UNLIKE_METRICS)
        tasks = [{model: {} for model in task.scores} for task in tasks]
    return AccuracyPredictor().fit(tasks, accuracies, standard_errors=errors), known


def _bundled_history(models):
    """Return the history of the bundled pool that knows any of the models, nothing otherwise."""
    from skperturb.datasets import load_zoo_history

    for pool in ("images", "text"):
        history = load_zoo_history(pool)
        if any(model in task.scores for task in history.tasks for model in models):
            return history.tasks, history.accuracies
    return [], []


def _columns(run, predictor, posterior):
    """Return the columns of the result, the highest prediction first."""
    order = (-posterior.mean).argsort(kind="stable")
    low, high = posterior.interval(run.selector.confidence_level)
    likely = posterior.probability_best()
    ranks = dict(zip(run.selector.names_, run.selector.ranks_.tolist(), strict=True))
    names = [posterior.names[i] for i in order]
    return {
        "rank": list(range(1, len(names) + 1)),
        "model": names,
        "predicted": posterior.mean[order].tolist(),
        "low": low[order].tolist(),
        "high": high[order].tolist(),
        "p_best": likely[order].tolist(),
        "measured": ["yes" if posterior.measured[i] else "" for i in order],
        "rank_by_metrics": [ranks[name] for name in names],
        "past_tasks": [predictor.n_measured_.get(name, 0) for name in names],
    }
