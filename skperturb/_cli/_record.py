"""`skperturb record`: keep what a model reached on a task."""

from pathlib import Path

import click

from skperturb._cli._errors import WrongUsage
from skperturb._cli._terminal import say


@click.command(short_help="Keep the accuracy that a model reached on a task.")
@click.argument("task")
@click.argument("model")
@click.argument("accuracy", type=float)
@click.option(
    "--history",
    help="File of the history; made if there is none.",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
)
@click.option(
    "--n-test",
    help="Number of test samples, which tells how noisy the accuracy is.",
    type=click.IntRange(min=1),
    metavar="N",
)
@click.option(
    "--standard-error",
    help="Standard error of the accuracy, where --n-test does not tell it.",
    type=click.FloatRange(min=0.0),
    metavar="E",
)
@click.option(
    "--run",
    help="Name of the run, such as a seed: runs of one model are averaged, the same run is "
    "replaced.",
    default="",
    metavar="NAME",
)
def record(task, model, accuracy, history, **given):
    """Keep the accuracy, in (0, 1), that MODEL reached on TASK after fine-tuning.

    Later rankings with the same --history learn from it.

    \b
    Examples:
      skperturb record --history history.db pets resnet50 0.913
      skperturb record --history history.db pets resnet50 0.913 --n-test 3669 --run seed1
    """
    from skperturb.prediction import History

    kept = History(history)
    try:
        before = kept.known(task)
        kept.add_accuracy(task, model, accuracy, **given)
        after = kept.known(task)
    except (OSError, ValueError) as error:
        raise WrongUsage(str(error)) from error
    known = after[model][0] if isinstance(after[model], tuple) else after[model]
    words = f"{model} reached {known:.4g} on {task}"
    if model in before:
        earlier = before[model][0] if isinstance(before[model], tuple) else before[model]
        words += f" (so far {earlier:.4g})"
    count = len(after)
    say("recorded", f"{words}; {count} model{'' if count == 1 else 's'} measured on it.")
