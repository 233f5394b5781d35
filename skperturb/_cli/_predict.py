"""What `skperturb rank` takes and prints where accuracies are predicted."""

import csv
import io
import json
from pathlib import Path

import click

from skperturb._cli._errors import WrongUsage
from skperturb._cli._formats import escape_markdown, guard_cell
from skperturb._cli._prediction import describe_decision, describe_source
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
    click.option(
        "--task-name",
        help="Name of this task in the history, or in a column task of --accuracies.",
        metavar="NAME",
    ),
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
    is_named = options["task_name"] is not None
    # A table of accuracies may hold several tasks, too.
    if options["history"] is not None and not is_named:
        msg = "--history needs --task-name, the name of this task in it."
        raise WrongUsage(msg)
    if is_named and options["history"] is None and options["accuracies"] is None:
        msg = "--task-name is for --history or --accuracies; give one of them."
        raise WrongUsage(msg)
    return options["history"] is not None or bool(options["known"])


def print_prediction(run, prediction, options):
    """Print the models by predicted accuracy, and say what is behind it."""
    print_result(_FORMATS[options["format"].lower()](prediction.columns))
    if options["quiet"]:
        return
    for note in prediction.notes:
        say("warning", note)
    for text in (describe_source(prediction), *describe_decision(run, prediction)):
        say("history", text)


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
    writer.writerows(map(guard_cell, row) for row in zip(*columns.values(), strict=True))
    return text.getvalue().rstrip("\n")


def _as_json(columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps(rows, indent=2)


def _as_markdown(columns):
    rows = [[str(each) for each in row] for row in zip(*columns.values(), strict=True)]
    lines = [list(columns), ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(escape_markdown, line)) + " |" for line in lines)


def _texts(name, columns):
    return [f"{value:{_DIGITS[name]}}" for value in columns[name]]


_FORMATS = {"table": _as_table, "csv": _as_csv, "json": _as_json, "markdown": _as_markdown}
