"""`skperturb history`: list, export, import and seed a history."""

from collections import Counter
from pathlib import Path

import click

from skperturb._cli._errors import WrongUsage
from skperturb._cli._terminal import format_table, print_result, say

_PATH = click.Path(path_type=Path)


@click.command(short_help="List what a history holds; export, import or seed it.")
@click.option("--history", help="File of the history.", required=True, type=_PATH, metavar="FILE")
@click.option(
    "--export",
    "target",
    help="Write everything to a table, .csv or .parquet.",
    type=_PATH,
    metavar="TABLE",
)
@click.option(
    "--import",
    "source",
    help="Add all rows of a table, .csv or .parquet, or none of them. The columns task, model and "
    "value are enough for accuracies.",
    type=_PATH,
    metavar="TABLE",
)
@click.option(
    "--seed",
    help="Add the bundled history of image encoders (zoo) or of text encoders (zoo-text), or a "
    "published table of accuracies by its name, such as supervised11, marked as published.",
    metavar="NAME",
)
@click.option("--remove", help="Remove a task, with all that is known of it.", metavar="TASK")
def history(history, target, source, seed, remove):
    """List the tasks of a history, with how many scores and accuracies each has.

    \b
    Examples:
      skperturb history --history history.db
      skperturb history --history history.db --export history.csv
      skperturb history --history history.db --seed zoo
    """
    from skperturb.prediction import History

    kept = History(history)
    try:
        _change(kept, source, seed, remove)
        if target is not None:
            kept.export(target)
            say("exported", f"{len(kept.to_columns()['task'])} rows to {target}.")
            return
        if not kept.path.exists():
            msg = f"--history must be a file that is there, got {history}."
            raise WrongUsage(msg)
        print_result(list_tasks(kept))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WrongUsage(str(error)) from error


def list_tasks(kept):
    """Return one line per task: models scored and measured, metrics, sources, the latest change."""
    columns = kept.to_columns()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    head = ["task", "scored", "measured", "metrics", "source", "latest"]
    return format_table([head, *(_describe_task(task, rows) for task in kept.tasks())])


def _change(kept, source, seed, remove):
    """Do what was asked for, and say so."""
    if remove is not None:
        kept.remove(remove)
        say("removed", f"{remove}.")
    if source is not None:
        say("imported", f"{kept.import_table(source)} rows from {source}.")
    if seed == "zoo":
        kept.add_zoo()
        say("seeded", "scores and fine-tuned accuracies of the bundled zoo.")
    elif seed == "zoo-text":
        kept.add_zoo("text")
        say("seeded", "scores and probed accuracies of the bundled text encoders.")
    elif seed is not None:
        kept.add_published(seed)
        say("seeded", f"the published accuracies of {seed}.")


def _describe_task(task, rows):
    own = [row for row in rows if row["task"] == task]
    scores = [row for row in own if row["kind"] == "score"]
    accuracies = [row for row in own if row["kind"] == "accuracy"]
    sources = Counter(row["source"] for row in accuracies)
    return [
        task,
        str(len({row["model"] for row in scores})),
        str(len({row["model"] for row in accuracies})),
        str(len({row["metric"] for row in scores})),
        ", ".join(sources) or "-",
        max((row["recorded"] for row in own), default="-")[:10],
    ]
