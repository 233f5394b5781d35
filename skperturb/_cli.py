"""The command: rank the bundled pool, and say how good the ranking was."""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # scikit-learn brings it

from skperturb import ModelSelector, __version__, make_perturbed
from skperturb.datasets import load_zoo
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.metrics import LogME, RidgeProbe

MAIN = "perturbed LogME"
REGIMES = {"finetuned": "fine-tuned", "linear_probe": "linear probe"}
MEANING = """\
tau is 1 for the order of the measured accuracies, 0 for one that knows nothing; mistakes
among the best models weigh most. These figures are from one data set with {n_rows} labelled
images, and the accuracies have a standard error of 1 to 2 points: small differences between
rows mean little. "mean rank on other tasks" looks at no feature of this data set, only at how
the models did on the other tasks: what a metric must beat to be worth its computing."""


def main(argv=None):
    """
    Rank the bundled pool of encoders and print how good the ranking was.

    Parameters
    ----------
    argv : list of str or None, default=None
        The arguments. None takes those of the command line.

    Returns
    -------
    code : int
        0, or 2 where the plot cannot be drawn or written.
    """
    started = time.perf_counter()
    args = _parser().parse_args(argv)
    problem = None if args.plot is None else _plot_problem(args.plot)
    if problem is not None:
        return _refuse(problem)
    zoo = load_zoo()
    selectors = _fitted_selectors(zoo.tasks[0], args.n_jobs)
    print(_title(zoo.tasks[0]), end="\n\n")
    print(_ranking_table(zoo, selectors), end="\n\n")
    print(_tau_table(zoo, selectors), end="\n\n")
    print(MEANING.format(n_rows=len(zoo.tasks[0].labels)), end="\n\n")
    if args.plot is not None:
        try:
            _draw(zoo, selectors[MAIN], args.plot)
        except OSError as error:
            return _refuse(f"cannot write {args.plot}: {error.strerror}")
        print(f"Plot: {args.plot}")
    print(f"Seconds: {time.perf_counter() - started:.1f}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="skperturb",
        description="Rank the bundled pool of 24 pre-trained image encoders for a data set of "
        "waste photos, by LogME behind Spread and Attract and by two baselines, and compare "
        "with the accuracies that the encoders really reached. No network, no display, no "
        "training: seconds.",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE.png", help="also draw the ranking (needs matplotlib)"
    )
    parser.add_argument(
        "--n-jobs",
        type=_job_count,
        metavar="N",
        help="encoders scored at the same time, -1 for one per processor (default: 1)",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _job_count(text):
    count = int(text) if text.lstrip("-").isdecimal() else 0
    if count == 0:
        msg = f"must be an integer other than 0, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return count


def _refuse(problem):
    print(f"skperturb: error: {problem}", file=sys.stderr)
    return 2


def _plot_problem(path):
    """Say why no plot can be written to a path, or None."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        return "--plot needs matplotlib; install it with `pip install skperturb[plot]`"
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        return f"--plot must be a file like ranking.png or ranking.pdf, got {path}"
    if not path.parent.is_dir():
        return f"--plot must be in a folder that exists, got {path}"
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        return f"--plot must be a file that can be written, got {path}"
    return None


def _fitted_selectors(task, n_jobs):
    """Rank the pool by each metric."""
    metrics = {MAIN: make_perturbed(LogME()), "LogME": LogME(), "RidgeProbe": RidgeProbe()}
    # Matrices this small gain nothing from BLAS threads, and where processors are busy
    # with other work the threads wait for one another: 40 seconds instead of 2.
    with threadpool_limits(1, user_api="blas"):
        return {
            name: ModelSelector(metric, n_jobs=n_jobs).fit(task.feature_sets, task.labels)
            for name, metric in metrics.items()
        }


def _title(task):
    return (
        f"Task {task.name}: {len(task.labels)} images of {len(task.class_names)} classes, "
        f"{len(task.feature_sets)} pre-trained encoders.\n"
        f"Best first by {MAIN}; other columns are ranks, and accuracies on test images."
    )


def _ranking_table(zoo, selectors):
    """Return the table of models, best first, with a footnote on the flagged."""
    task, best = zoo.tasks[0], selectors[MAIN]
    ranks = {
        name: dict(zip(each.names_, each.ranks_, strict=True)) for name, each in selectors.items()
    }
    scores = dict(zip(best.names_, best.scores_, strict=True))
    rows = [["model", MAIN, "rank", *list(selectors)[1:], *REGIMES.values()]]
    for model in best.ranking_:
        rows.append(
            [
                _marked(model, zoo.flagged),
                f"{scores[model]:.4f}",
                *(str(each[model]) for each in ranks.values()),
                *(_percent(task[regime][model]) for regime in REGIMES),
            ]
        )
    notes = [f"* {model}: {reason}" for model, reason in zoo.flagged.items()]
    return "\n".join([_aligned(rows), "", *notes, "- not measured"])


def _tau_table(zoo, selectors):
    """Return the table of weighted Kendall tau, with and without the flagged models."""
    everything = list(zoo.tasks[0].feature_sets)
    trusted = [name for name in everything if name not in zoo.flagged]
    columns = {
        f"{head}{note}": _taus(zoo, selectors, regime, names)
        for regime, head in REGIMES.items()
        for note, names in (("", everything), (", no *", trusted))
    }
    rows = [["weighted Kendall tau against", *columns]]
    for name in columns[REGIMES["finetuned"]]:
        rows.append([name, *(f"{taus[name]:.2f}" for taus in columns.values())])
    return _aligned(rows)


def _taus(zoo, selectors, regime, names):
    """Return the tau of each metric and baseline over the named models."""
    task = zoo.tasks[0]
    scores = {
        metric: [each.scores_[each.names_.index(name)] for name in names]
        for metric, each in selectors.items()
    }
    scores["mean rank on other tasks"] = _static_scores(zoo, regime, task.name, names)
    scores["number of features"] = [task.feature_sets[name].shape[1] for name in names]
    accuracies = [task[regime][name] for name in names]
    return {name: weighted_kendall_tau(accuracies, each) for name, each in scores.items()}


def _static_scores(zoo, regime, task_name, names):
    """Score the named models of a task by their mean rank on the other tasks."""
    tasks = zoo.accuracies[regime]
    table = [[accuracies[name] for name in names] for accuracies in tasks.values()]
    return static_ranking(table)[list(tasks).index(task_name)]


def _draw(zoo, selector, path):
    """Draw the ranking to a file, on a figure that no display knows of."""
    from matplotlib.figure import Figure

    from skperturb.plotting import RankingDisplay
    from skperturb.plotting._dots import figure_size

    figure = Figure(figsize=figure_size(len(selector.names_), 2), layout="constrained")
    RankingDisplay(
        names=[_marked(name, zoo.flagged) for name in selector.names_],
        scores=selector.scores_,
        ranks=selector.ranks_,
        score_name=MAIN,
        accuracies={
            _marked(name, zoo.flagged): accuracy
            for name, accuracy in zoo.tasks[0].finetuned.items()
        },
        accuracy_name="fine-tuned accuracy (* flagged)",
    ).plot(ax=figure.subplots(1, 2, sharey=True))
    figure.savefig(path, dpi=150)


def _marked(name, flagged):
    return f"{name} *" if name in flagged else name


def _percent(accuracy):
    return "-" if np.isnan(accuracy) else f"{100 * accuracy:.1f} %"


def _aligned(rows):
    """Align columns: the first to the left, the others to the right; a line under the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
