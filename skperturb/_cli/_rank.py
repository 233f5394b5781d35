"""`skperturb rank`: rank feature files by how well they serve the labels."""

import click

from skperturb._cli._accuracies import describe_agreement, read_measured
from skperturb._cli._columns import read_column
from skperturb._cli._errors import NothingScored, WrongUsage, first_line
from skperturb._cli._extraction import choose_label_file, find_or_extract
from skperturb._cli._extraction_options import ModelsCommand, data_options, model_options
from skperturb._cli._feature_files import find_label_files, name_files
from skperturb._cli._formats import FORMATS
from skperturb._cli._info import read_info
from skperturb._cli._labels import describe_labels, read_labels
from skperturb._cli._metric_choice import choose_metric
from skperturb._cli._outputs import check_memory, explain_write_errors
from skperturb._cli._plot import prediction_svg, ranking_svg, save_plot
from skperturb._cli._predict import is_prediction, print_prediction
from skperturb._cli._prediction import predict_run
from skperturb._cli._rank_options import rank_options
from skperturb._cli._report import format_report
from skperturb._cli._report_prediction import format_prediction
from skperturb._cli._run import failures_of, fit_run, stderr_is_terminal, warnings_of
from skperturb._cli._terminal import print_result, say
from skperturb.prediction._default_metrics import default_metrics
from skperturb.selection import ModelSelector, NothingScoredError
from skperturb.selection._metrics import resolve_metrics
from skperturb.selection._provenance import metric_titles


@click.command(
    cls=ModelsCommand,
    short_help="Rank the models of a pool, best first.",
    epilog="Exit status: 0 a ranking came out, 1 no model could be scored (with --strict: one "
    "could not), 2 wrong usage.",
)
@rank_options
@data_options
@model_options
@click.pass_obj
def rank(args, features, labels, **options):
    """Rank the models of a pool, best first, from what each computed of your labelled data.

    FEATURES are files, one per model: .npy, .npz, .parquet or .safetensors, each a matrix with one
    row per sample. The rows are the same samples in the same order in all of them; every model has
    its own number of columns. A folder stands for all such files in it. A model is called like its
    file. A file that cannot be scored does not stop the others: it is named, and ranks last.

    A folder that `skperturb extract` has written brings its labels and groups along. With --models,
    FEATURES is the DATA of `skperturb extract`: the models are run over them first.

    The ranking goes to stdout, all else to stderr.

    \b
    Examples:
      skperturb rank photos --models timm:resnet50.a1_in1k facebook/dinov2-small --out features
      skperturb rank features
      skperturb rank features/*.npy --labels labels.npy
      skperturb rank features --labels labels.csv --label-column class --resamples 100 --jobs -1
      skperturb rank features --labels labels.txt --metric logme,knn --format csv > ranking.csv
      skperturb rank features --labels labels.npy --memory scores --report ranking.html
    """
    extraction = find_or_extract(features, options)
    labels = choose_label_file(extraction, labels, options)
    read = read_labels(labels, options["label_column"], options["task"])
    groups = _read_groups(labels, options["groups"], options["group_column"])
    metric = choose_metric(
        options["metric"], options["perturb"], read.task, is_task_given=options["task"] is not None
    )
    if is_prediction(options) and not metric:
        metric = default_metrics(read.y)
    files = (
        extraction.paths if extraction else _find_models(features, labels, read, options["quiet"])
    )
    measured = read_measured(options, files)
    info = read_info(options["info"], files) if options["info"] else {}
    selector = _make_selector(metric, options)
    if not options["quiet"]:
        _say_what_was_read(read, files, selector)
    run = _score(
        *(selector, files, read),
        groups=groups,
        progress=not options["quiet"] and stderr_is_terminal(),
        args=args,
        title=options["title"],
        measured=measured,
        info=info,
    )
    prediction = predict_run(run, options) if is_prediction(options) else None
    try:
        _write_files(run, prediction, options["plot"], options["report"])
    finally:  # a full disk does not cost the ranking
        if prediction is not None:
            print_prediction(run, prediction, options)
        else:
            print_result(FORMATS[options["format"].lower()](run))
        _say_what_came_out(run, options["quiet"])
    return int(options["strict"] and bool(selector.failures_))


def _make_selector(metric, options):
    """Return the selector that the options ask for."""
    return ModelSelector(
        metric,
        max_samples=options["max_samples"],
        n_resamples=options["resamples"],
        confidence_level=options["confidence_level"],
        n_jobs=options["jobs"],
        memory=check_memory(options["memory"]),
        random_state=options["random_state"],
    )


def _read_groups(labels, path, column):
    """Return the group of each row, None where there are no groups."""
    if path is None and column is None:
        return None
    return read_column(path or labels, column, "--groups").values


def _find_models(features, labels_path, labels, quiet):
    """Return the files of the models by name, without what are labels under another name."""
    files = name_files(features, labels_path)
    for name in find_label_files(files, labels.y):
        if not quiet:
            say("note", f"{files[name]} holds one value per row, as labels do, and is not ranked.")
        del files[name]
    if not files:
        msg = "FEATURES must hold features, got only files with one value per row."
        raise WrongUsage(msg)
    return files


def _say_what_was_read(labels, files, selector):
    """Say on stderr what is about to be ranked by what: a misread label ruins all that follows."""
    metrics = resolve_metrics(selector, selector.metric, labels.y)
    say("labels", f"{describe_labels(labels)}.")
    n_models = f"{len(files):,} model{'' if len(files) == 1 else 's'}"
    say("scoring", f"{n_models} for {labels.task}, by {', '.join(metric_titles(metrics))}.")
    if labels.note:
        say("warning", labels.note)


def _score(selector, files, labels, **circumstances):
    """Return the run, or end with the reason why there is none."""
    try:
        return fit_run(selector, files, labels, **circumstances)
    except NothingScoredError as error:
        for name, reason in error.failures.items():
            say("failed", f"{name}: {first_line(reason)}")
        msg = f"none of the {len(files)} models could be scored."
        raise NothingScored(msg) from error
    except (TypeError, ValueError) as error:
        raise WrongUsage(first_line(str(error))) from error


def _write_files(run, prediction, plot, report):
    """Write what was asked for besides the ranking."""
    if plot is not None:
        with explain_write_errors(plot):
            save_plot(run, prediction, plot)
    if report is not None:
        section = None
        if prediction is not None:
            section = format_prediction(run, prediction, prediction_svg(run, prediction))
        page = format_report(run, ranking_svg(run), section)
        with explain_write_errors(report):
            report.write_text(page, encoding="utf-8", errors="backslashreplace")


def _say_what_came_out(run, quiet):
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
    if run.measured is not None:
        say("result", describe_agreement(run))
