"""Options of `skperturb rank`, with the words of the Python parameters that they set."""

from pathlib import Path

import click

from skperturb._cli._formats import FORMATS
from skperturb._cli._labels import TASKS
from skperturb._cli._options import (
    CONSENSUS,
    JOBS,
    RESAMPLES,
    SEED,
    Level,
    MetricNames,
    SampleCount,
)
from skperturb._cli._outputs import check_plot, check_report
from skperturb._cli._predict import PREDICTION_OPTIONS
from skperturb.selection._metrics import metric_classes

_PATH = click.Path(path_type=Path, readable=False)  # one locked file does not end the run


def rank_options(command):
    """Give a command its argument and all options, in the order of its help."""
    for decorate in reversed(_OPTIONS):
        command = decorate(command)
    return command


def _option(name, text, **settings):
    return click.option(name, help=text, **settings)


_OPTIONS = [
    click.argument("features", nargs=-1, required=True, type=_PATH),
    _option(
        "--labels",
        "Labels, one per row of the features and in the same order: .npy, .npz, .parquet, .csv "
        "or .tsv (with column names in the first line, between , ; tabs or |) or .txt (one per "
        "line). Words or numbers; numbers with a fraction are targets of a regression. Needed "
        "unless `skperturb extract` has written FEATURES.",
        type=_PATH,
        metavar="FILE",
    ),
    _option(
        "--label-column",
        "Which column of a table, or array of an .npz file, holds the labels. Needed only "
        "where there are several.",
        metavar="NAME",
    ),
    _option(
        "--task",
        "What the labels are, where they do not tell: whole numbers are classes unless this "
        "says regression, one 1 per row is a class unless this says multilabel.",
        type=click.Choice(TASKS, case_sensitive=False),
    ),
    _option(
        "--groups",
        "File, as for --labels, of what each row belongs to, such as a patient or a document: "
        "rows of one group are never split by resamples, samples or folds.",
        type=_PATH,
        metavar="FILE",
    ),
    _option(
        "--group-column",
        "Column of the groups, in the file of --groups or else of --labels.",
        metavar="NAME",
    ),
    _option(
        "--metric",
        "What to score by, one or several with commas between them; with several the models "
        f"are ranked by their mean rank. One of {', '.join(metric_classes())}; `skperturb "
        f"metrics` says what they are. {CONSENSUS} stands for five of them, which rank better "
        "together.  [default: logme of the 64 leading principal components, where there are "
        "classes]",
        type=MetricNames(),
        metavar="NAME[,NAME...]",
    ),
    _option(
        "--perturb/--no-perturb",
        "Make the task harder before the metric looks (CappedPCA, Spread and Attract at their "
        "defaults).  [default: --no-perturb]",
        default=None,
    ),
    _option(
        "--max-samples",
        "Score on that many rows, or on that share of them (0.2), drawn once for all models "
        "and from each class alike.  [default: all rows]",
        type=SampleCount(),
        metavar="N",
    ),
    _option(
        "--resamples",
        "Score on that many resamples of the rows as well, the same for all models, to say how "
        "sure the ranking is: intervals of scores and ranks, and p_best, how often a model "
        "would come first on other rows. 100 is a good number; the time grows with it.  "
        "[default: 0, no intervals]",
        type=RESAMPLES,
        default=0,
        metavar="B",
    ),
    _option(
        "--confidence-level",
        "How sure the intervals are, and what is said of the first against the others.",
        type=Level(),
        default=0.95,
        show_default=True,
        metavar="P",
    ),
    _option(
        "--jobs",
        "Models scored at the same time, -1 for one per processor.  [default: 1]",
        type=JOBS,
        metavar="J",
    ),
    _option(
        "--memory",
        "Folder that keeps each score as it is found: the same command run again, also after a "
        "crash, computes only what is missing. Made if need be.",
        type=_PATH,
        metavar="DIR",
    ),
    _option(
        "--random-state",
        "Seed of all that is random: which rows are drawn and resampled.",
        type=SEED,
        default=0,
        show_default=True,
        metavar="S",
    ),
    _option(
        "--accuracies",
        "Table (.csv or .tsv with the columns model and accuracy) of what models really "
        "reached: shown beside the ranking, with how well it orders them. With a column task, "
        "or --history, the accuracies on tasks other than --task-name give the static order: "
        "what the mean rank on the others would say.",
        type=_PATH,
        metavar="FILE",
    ),
    _option(
        "--info",
        "Table (.csv or .tsv with a column model) of what else is known of the models, such as "
        "their size or cost: its columns of numbers stand beside the ranking, and plots show the "
        "score against each.",
        type=_PATH,
        metavar="FILE",
    ),
    *PREDICTION_OPTIONS,
    _option(
        "--format",
        "How to print the ranking. csv and json have every column and all digits.",
        type=click.Choice(list(FORMATS), case_sensitive=False),
        default="table",
        show_default=True,
    ),
    _option(
        "--plot",
        "Also draw the ranking, or what is predicted, to a file like ranking.png or ranking.pdf "
        "(needs matplotlib).",
        type=_PATH,
        callback=check_plot,
        metavar="FILE",
    ),
    _option(
        "--report",
        "Also write one HTML page that needs nothing else: the ranking to sort, with intervals "
        "and a plot, what was run, warnings and failures; above it what is predicted, if it is.",
        type=_PATH,
        callback=check_report,
        metavar="FILE.html",
    ),
    _option("--title", "Title of the report and the plot.", metavar="TEXT"),
    _option("--strict", "End with status 1 if any model could not be scored.", is_flag=True),
    _option(
        "--quiet",
        "No progress bar, warnings or notes. Models that failed are still named.",
        is_flag=True,
    ),
]
