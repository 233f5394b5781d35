"""What `skperturb rank` does with a history: keep the scores, and predict accuracies from it."""

import csv
import io
import json
import warnings
from pathlib import Path
from types import SimpleNamespace

import click

from skperturb._cli._errors import WrongUsage, first_line
from skperturb._cli._terminal import format_table, print_result, say

_DIGITS = {"predicted": ".3f", "low": ".3f", "high": ".3f", "p_best": ".2f", "seconds": ".2f"}


class Known(click.ParamType):
    """A measured accuracy, as MODEL=ACCURACY."""

    name = "known"

    def convert(self, value, param, ctx):
        model, _, number = value.rpartition("=")
        try:
            return model, float(number)
        except ValueError:
            return self.fail(f"must be like resnet50=0.91, got {value!r}.", param, ctx)


PREDICTION_OPTIONS = [
    click.option(
        "--history",
        help="File of past scores and accuracies, see `skperturb record`: the scores are added to "
        "it under --task-name, and accuracies predicted from it. Made if there is none. The models "
        "are then ranked by predicted accuracy, and scored by the metrics that predict best.",
        type=click.Path(path_type=Path),
        metavar="FILE",
    ),
    click.option("--task-name", help="Name of this task in the history.", metavar="NAME"),
    click.option(
        "--known",
        help="An accuracy that was measured on this task already, such as resnet50=0.91; can be "
        "given several times. Accuracies are then predicted, from the bundled history where there "
        "is no --history.",
        type=Known(),
        multiple=True,
        metavar="MODEL=ACCURACY",
    ),
]


def is_prediction(options):
    """Whether accuracies are to be predicted; raises where the options do not go together."""
    if (options["history"] is None) != (options["task_name"] is None):
        msg = "--history and --task-name go together; give both."
        raise WrongUsage(msg)
    return options["history"] is not None or bool(options["known"])


def print_prediction(run, options):
    """Keep the scores, predict, print the models by predicted accuracy, and say what is behind."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            predictor, known = _learn(run, options)
            name = options["task_name"] or "of this run"
            posterior = predictor.posterior(SimpleNamespace(name=name, scores=run.selector), known)
        columns = _columns(run, predictor, posterior)
    except (OSError, ValueError) as error:
        raise WrongUsage(first_line(str(error))) from error
    print_result(_FORMATS[options["format"].lower()](columns))
    if not options["quiet"]:
        for text in dict.fromkeys(first_line(str(each.message)) for each in caught):
            say("warning", text)
        for text in _describe(run, predictor, posterior, columns):
            say("history", text)


def _learn(run, options):
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
        say("note", "no past task has scores by these metrics; only its accuracies count.")
        tasks = [{model: {} for model in task.scores} for task in tasks]
    return AccuracyPredictor().fit(tasks, accuracies, standard_errors=errors), known


def _bundled_history(models):
    """Return the zoo's history if it knows any of the models, nothing otherwise."""
    from skperturb.datasets import load_zoo_history

    history = load_zoo_history()
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


def _describe(run, predictor, posterior, columns):
    """Say what the past was worth, what it changed, and what to do next."""
    if predictor.n_tasks_:
        shares = predictor.variance_shares_
        yield (
            f"learned from {predictor.n_tasks_} task{'' if predictor.n_tasks_ == 1 else 's'}; of "
            f"the differences between models on a task {shares['models']:.0%} go with the model, "
            f"{shares['metrics']:.0%} with the metrics, {shares['noise']:.0%} with neither."
        )
    else:
        yield (
            "no past task to learn from: the order is the mean rank of the metrics, the "
            "accuracies are guesses. Record what you measure, with `skperturb record`."
        )
    first, by_metrics = columns["model"][0], run.selector.ranking_[0]
    moved = "as by the metrics alone" if first == by_metrics else f"by the metrics {by_metrics}"
    yield f"highest prediction: {first}, {moved}."
    suggested = posterior.suggest()
    if suggested:
        yield (
            f"fine-tune next: {suggested[0]}; stopping now would cost "
            f"{100 * posterior.expected_regret():.1f} points of accuracy in expectation."
        )


def _as_table(columns):
    shown = {
        "rank": columns["rank"],
        "model": columns["model"],
        "predicted": _texts("predicted", columns),
        "interval": [
            f"{low} to {high}"
            for low, high in zip(_texts("low", columns), _texts("high", columns), strict=True)
        ],
        "p_best": _texts("p_best", columns),
        "measured": columns["measured"],
        "rank by metrics": columns["rank_by_metrics"],
        "past tasks": columns["past_tasks"],
    }
    rows = [[str(cell) for cell in row] for row in zip(*shown.values(), strict=True)]
    return format_table([list(shown), *rows], left=(1,))


def _as_csv(columns):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().rstrip("\n")


def _as_json(columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows, indent=2)


def _as_markdown(columns):
    rows = [[str(each) for each in row] for row in zip(*columns.values(), strict=True)]
    lines = [list(columns), ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _texts(name, columns):
    return [f"{value:{_DIGITS[name]}}" for value in columns[name]]


_FORMATS = {"table": _as_table, "csv": _as_csv, "json": _as_json, "markdown": _as_markdown}
