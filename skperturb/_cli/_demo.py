"""`skperturb demo`: rank the bundled pool, and say how good the ranking was."""

import time
from pathlib import Path

import click
import numpy as np

from skperturb._cli._options import JOBS
from skperturb._cli._outputs import check_plot, explain_write_errors
from skperturb._cli._terminal import align_columns, print_result
from skperturb.datasets import load_zoo
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.metrics import LogME
from skperturb.perturbation import make_perturbed
from skperturb.selection import ModelSelector, consensus_metrics

MAIN = "LogME behind PCA"
REGIMES = {"finetuned": "fine-tuned", "linear_probe": "linear probe"}
ROWS = {"images": "images", "text": "sentences"}
MEANING = """\
tau is 1 for the order of the measured accuracies, 0 for one that knows nothing; mistakes
among the best models weigh most. These figures are from one data set with {n_rows} labelled
{rows}, and the accuracies have a standard error of 1 to 2 points: small differences between
rows mean little. "mean rank on other tasks" looks at no feature of this data set, only at how
the models did on the other tasks: what a metric must beat to be worth its computing."""


@click.command(short_help="Rank a bundled pool, and say how good the ranking was.")
@click.option(
    "--pool",
    type=click.Choice(list(ROWS)),
    default="images",
    show_default=True,
    help="Photos of waste for 24 image networks, or speeches of presidents for 21 text encoders.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    callback=check_plot,
    metavar="FILE",
    help="Also draw the ranking, to a file like ranking.png or ranking.pdf (needs matplotlib).",
)
@click.option(
    "--jobs",
    type=JOBS,
    metavar="J",
    help="Encoders scored at the same time, -1 for one per processor.  [default: 1]",
)
def demo(pool, plot, jobs):
    """Rank a bundled pool and compare with what its models really reached.

    Pre-trained encoders are ranked for a data set by the default metric, with Spread and Attract,
    and by a consensus of five metrics, and compared with the accuracies that the encoders reached.
    No network, no display, no training: seconds.
    """
    started = time.perf_counter()
    zoo = load_zoo(pool)
    selectors = _fit_selectors(zoo.tasks[0], jobs)
    paragraphs = [
        _title(zoo.tasks[0], ROWS[pool]),
        _ranking_table(zoo, selectors),
        _tau_table(zoo, selectors),
        MEANING.format(n_rows=len(zoo.tasks[0].labels), rows=ROWS[pool]),
    ]
    if plot is not None:
        _draw(zoo, selectors[MAIN], plot)
        paragraphs.append(f"Plot: {plot}")
    seconds = time.perf_counter() - started
    print_result("\n\n".join([*paragraphs, f"Seconds: {seconds:.1f}"]))


def _fit_selectors(task, n_jobs):
    """Rank the pool by each metric; what the diagnostics find is not shown."""
    metrics = {MAIN: None, "perturbed": make_perturbed(LogME()), "consensus": consensus_metrics()}
    return {
        name: ModelSelector(metric, diagnostics=None, n_jobs=n_jobs).fit(
            task.feature_sets, task.labels
        )
        for name, metric in metrics.items()
    }


def _title(task, rows):
    return (
        f"Task {task.name}: {len(task.labels)} {rows} of {len(task.class_names)} classes, "
        f"{len(task.feature_sets)} encoders.\n"
        f"Best first by {MAIN}; other columns are ranks, and accuracies on test {rows}."
    )


def _regimes(zoo):
    """Return how the models of a pool were transferred: title by name, the default one first."""
    return {name: title for name, title in REGIMES.items() if name in zoo.accuracies}


def _ranking_table(zoo, selectors):
    """Return the table of models, best first, with a footnote on the flagged."""
    task, best = zoo.tasks[0], selectors[MAIN]
    ranks = {
        name: dict(zip(each.names_, each.ranks_, strict=True)) for name, each in selectors.items()
    }
    scores = dict(zip(best.names_, best.scores_, strict=True))
    regimes = _regimes(zoo)
    rows = [["model", MAIN, "rank", *list(selectors)[1:], *regimes.values()]]
    for model in best.ranking_:
        rows.append(
            [
                _mark_flagged(model, zoo.flagged),
                f"{scores[model]:.4f}",
                *(str(each[model]) for each in ranks.values()),
                *(_format_percent(task[regime][model]) for regime in regimes),
            ]
        )
    notes = [f"* {model}: {reason}" for model, reason in zoo.flagged.items()]
    notes += ["- not measured"] * any("-" in row[-len(regimes) :] for row in rows)
    return "\n".join([align_columns(rows), *([""] * bool(notes)), *notes])


def _tau_table(zoo, selectors):
    """Return the table of weighted Kendall tau, with and without the flagged models."""
    everything = list(zoo.tasks[0].feature_sets)
    trusted = [name for name in everything if name not in zoo.flagged]
    kept = {"": everything} | ({", no *": trusted} if zoo.flagged else {})
    columns = {
        f"{head}{note}": _taus(zoo, selectors, regime, names)
        for regime, head in _regimes(zoo).items()
        for note, names in kept.items()
    }
    rows = [["weighted Kendall tau against", *columns]]
    for name in next(iter(columns.values())):
        rows.append([name, *(f"{taus[name]:.2f}" for taus in columns.values())])
    return align_columns(rows)


def _taus(zoo, selectors, regime, names):
    """Return the tau of each metric and baseline over the named models."""
    task = zoo.tasks[0]
    scores = {
        metric: [-each.ranks_[each.names_.index(name)] for name in names]
        for metric, each in selectors.items()
    }
    scores["mean rank on other tasks"] = _static_scores(zoo, regime, task.name, names)
    scores["number of features"] = [task.feature_sets[name].shape[1] for name in names]
    accuracies = [task[regime][name] for name in names]
    return {name: weighted_kendall_tau(accuracies, each) for name, each in scores.items()}


def _static_scores(zoo, regime, task_name, names):
    """Score the named models of a task by their mean rank on tasks of other families."""
    own = zoo.families[task_name]
    tasks = zoo.accuracies[regime]
    others = [name for name in tasks if zoo.families[name] != own]
    table = [[tasks[task][name] for name in names] for task in (task_name, *others)]
    return static_ranking(table)[0]


def _draw(zoo, selector, path):
    """Draw the ranking to a file, on a figure that no display knows of."""
    from matplotlib.figure import Figure

    from skperturb.plotting import RankingDisplay
    from skperturb.plotting._dots import figure_size

    (regime, title), *_ = _regimes(zoo).items()
    flagged = " (* flagged)" if zoo.flagged else ""
    figure = Figure(figsize=figure_size(len(selector.names_), 2), layout="constrained")
    RankingDisplay(
        names=[_mark_flagged(name, zoo.flagged) for name in selector.names_],
        scores=selector.scores_,
        ranks=selector.ranks_,
        score_name=MAIN,
        accuracies={
            _mark_flagged(name, zoo.flagged): accuracy
            for name, accuracy in zoo.tasks[0][regime].items()
        },
        accuracy_name=f"{title} accuracy{flagged}",
    ).plot(ax=figure.subplots(1, 2, sharey=True))
    with explain_write_errors(path):
        figure.savefig(path, dpi=150)


def _mark_flagged(name, flagged):
    return f"{name} *" if name in flagged else name


def _format_percent(accuracy):
    return "-" if np.isnan(accuracy) else f"{100 * accuracy:.1f} %"
