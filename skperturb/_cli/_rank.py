"""`skperturb rank`: rank feature files by how well they serve the labels."""

from pathlib import Path

import click

from skperturb import ModelSelector
from skperturb._cli._choice import chosen_metric
from skperturb._cli._errors import NothingScored, WrongUsage
from skperturb._cli._facts import metric_titles
from skperturb._cli._features import named_files
from skperturb._cli._labels import read_labels
from skperturb._cli._names import metric_classes
from skperturb._cli._options import (
    CONSENSUS,
    JobCount,
    MetricNames,
    ResampleCount,
    SampleCount,
    Seed,
)
from skperturb._cli._outputs import check_plot, check_report, checked_cache, writing
from skperturb._cli._plot import ranking_svg, save_ranking
from skperturb._cli._printing import print_result, say
from skperturb._cli._report import report_page
from skperturb._cli._run import failures_of, first_line, fitted_run, stderr_is_terminal, warnings_of
from skperturb._cli._tables import FORMATS, ranked_columns
from skperturb.selection import NothingScoredError

_PATH = click.Path(path_type=Path)


def _option(name, text, **settings):
    return click.option(name, help=text, **settings)


@click.command(
    short_help="Rank the models of a pool, best first.",
    epilog="Exit status: 0 a ranking came out, 1 no model could be scored, 2 wrong usage.",
)
@click.argument("features", nargs=-1, required=True, type=_PATH)
@_option(
    "--labels",
    "Labels, one per row of the features and in the same order: .npy, .npz, .parquet, .csv (with "
    "column names in the first line) or .txt (one per line). Words or numbers; numbers with a "
    "fraction are targets of a regression.",
    required=True,
    type=_PATH,
    metavar="FILE",
)
@_option(
    "--label-column",
    "Which column of a .csv or .parquet file, or array of an .npz file, holds the labels. Needed "
    "only where there are several.",
    metavar="NAME",
)
@_option(
    "--metric",
    "What to score by, one or several with commas between them; with several the models are "
    f"ranked by their mean rank. One of {', '.join(metric_classes())}; `skperturb metrics` says "
    f"what they are. {CONSENSUS} stands for five of them, which rank better together.  "
    "[default: logme of the 64 leading principal components, where there are classes]",
    type=MetricNames(),
    metavar="NAME[,NAME...]",
)
@_option(
    "--perturb/--no-perturb",
    "Make the task harder before the metric looks (CappedPCA, Spread and Attract at their "
    "defaults).  [default: --no-perturb]",
    default=None,
)
@_option(
    "--max-samples",
    "Score on that many rows, or on that share of them (0.2), drawn once for all models and from "
    "each class alike.  [default: all rows]",
    type=SampleCount(),
    metavar="N",
)
@_option(
    "--resamples",
    "Score on that many resamples of the rows as well, the same for all models, to say how sure "
    "the ranking is: 95 % intervals of scores and ranks, and p_best, how often a model came "
    "first. 100 is a good number; the time grows with it.  [default: 0, no intervals]",
    type=ResampleCount(),
    default=0,
    metavar="B",
)
@_option(
    "--jobs",
    "Models scored at the same time, -1 for one per processor.  [default: 1]",
    type=JobCount(),
    metavar="J",
)
@_option(
    "--cache",
    "Folder that keeps each score as it is found: the same command run again, also after a crash, "
    "computes only what is missing. Made if need be.",
    type=_PATH,
    metavar="DIR",
)
@_option(
    "--seed",
    "Seed of all that is random: which rows are drawn and resampled.",
    type=Seed(),
    default=0,
    show_default=True,
    metavar="S",
)
@_option(
    "--format",
    "How to print the ranking. csv and json have every column and all digits.",
    type=click.Choice(list(FORMATS), case_sensitive=False),
    default="table",
    show_default=True,
)
@_option(
    "--plot",
    "Also draw the ranking, to a file like ranking.png or ranking.pdf (needs matplotlib).",
    type=_PATH,
    callback=check_plot,
    metavar="FILE",
)
@_option(
    "--report",
    "Also write one HTML page that needs nothing else: the ranking to sort, with intervals and a "
    "plot, what was run, warnings and failures.",
    type=_PATH,
    callback=check_report,
    metavar="FILE.html",
)
@_option(
    "--quiet",
    "No progress bar, warnings or notes. Models that failed are still named.",
    is_flag=True,
)
@click.pass_obj
def rank(args, features, labels, **options):
    """Rank the models of a pool, best first, from what each computed of your labelled data.

    FEATURES are files, one per model: .npy, .npz, .parquet or .safetensors, each a matrix with one
    row per sample. The rows are the same samples in the same order in all of them; every model has
    its own number of columns. A folder stands for all such files in it. A model is called like its
    file. A file that cannot be scored does not stop the others: it is named, and ranks last.

    The ranking goes to stdout, all else to stderr.

    \b
    Examples:
      skperturb rank features/*.npy --labels labels.npy
      skperturb rank features --labels labels.csv --label-column class --resamples 100 --jobs -1
      skperturb rank features --labels labels.txt --metric logme,knn --format csv > ranking.csv
      skperturb rank features --labels labels.npy --cache scores --report ranking.html
    """
    y = read_labels(labels, options["label_column"])
    metric = chosen_metric(options["metric"], options["perturb"], y)
    files = _feature_files(features, labels, options["quiet"])
    selector = ModelSelector(
        metric,
        max_samples=options["max_samples"],
        n_resamples=options["resamples"],
        n_jobs=options["jobs"],
        memory=checked_cache(options["cache"]),
        random_state=options["seed"],
    )
    progress = not options["quiet"] and stderr_is_terminal()
    run = _scored(selector, files, y, args=args, progress=progress)
    try:
        _write_files(run, options["plot"], options["report"])
    finally:  # a full disk does not cost the ranking
        print_result(FORMATS[options["format"].lower()](ranked_columns(selector)))
        _tell(run, options["quiet"])


def _feature_files(features, labels, quiet):
    """Return the files of the models by name."""
    files, had_labels = named_files(features, labels)
    if not files:
        msg = f"FEATURES must hold features, got only the labels, {labels}."
        raise WrongUsage(msg)
    if had_labels and not quiet:
        say("note", f"{labels} holds the labels and is not ranked.")
    return files


def _scored(selector, files, y, **circumstances):
    """Return the run, or end with the reason why there is none."""
    try:
        return fitted_run(selector, files, y, **circumstances)
    except NothingScoredError as error:
        for name, reason in error.failures.items():
            say("failed", f"{name}: {first_line(reason)}")
        msg = f"none of the {len(files)} models could be scored."
        raise NothingScored(msg) from error
    except (TypeError, ValueError) as error:
        raise WrongUsage(first_line(str(error))) from error


def _write_files(run, plot, report):
    """Write what was asked for besides the ranking."""
    titles = metric_titles(run)
    if plot is not None:
        with writing(plot):
            save_ranking(run.selector, titles, plot)
    if report is not None:
        page = report_page(run, ranking_svg(run.selector, titles))
        with writing(report):
            report.write_text(page, encoding="utf-8", errors="backslashreplace")


def _tell(run, quiet):
    """Say on stderr what the ranking itself does not."""
    for name, reason in failures_of(run).items():
        say("failed", f"{name}: {reason}")
    if quiet:
        return
    for name, note in warnings_of(run).items():
        say("warning", f"{name}: {note}")
    for note in run.warnings:
        say("warning", note)
    say("result", run.selector.summary())
