"""Report: the tables as CSV, and as one markdown page."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from study.grid import BOTH, PCA
from study.methods import STATES
from study.tables import (
    ablation_table,
    agreement_table,
    choices_table,
    conditions_table,
    defaults_table,
    figures_table,
    gains_table,
    geometry_table,
    methods_table,
    scores_table,
    seconds_table,
)

_PACKAGES = ("skperturb", "numpy", "scipy", "scikit-learn")


def tables(study, verdicts, searches):
    """Return every table by the name of its file."""
    found = {
        "scores": scores_table(study),
        "judged": figures_table(study),
        "methods": methods_table(verdicts),
        "gains": gains_table(verdicts),
        "ablation": ablation_table(verdicts),
        "defaults": defaults_table(study, verdicts),
        "choices": choices_table(verdicts),
        "searches": searches,
        "agreement": agreement_table(study),
        "geometry": geometry_table(study),
        "seconds": seconds_table(study),
    }
    for verdict in verdicts:
        found[f"conditions {verdict.truth}"] = conditions_table(verdict)
    return found


def write_tables(found, folder):
    """Write every table as CSV; names of rows are a column of their own."""
    for name, table in found.items():
        own_rows = not isinstance(table.index, pd.RangeIndex)
        table.to_csv(folder / f"{file_name(name)}.csv", index=own_rows, float_format="%.5g")


def file_name(title):
    """Turn a title into the name of a file."""
    return title.replace("*", "_unflagged").replace(" ", "_").replace("-", "_")


def origin(study):
    """Say when and with what the figures were made."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{date}; Python {platform.python_version()}, {versions}; tasks: {', '.join(study.tasks)}."
    )


def page(study, verdicts, found, pictures):
    """Return the report as markdown."""
    blocks = [
        "# Which metrics and perturbations order real networks as their transfer did?",
        origin(study),
        _reading(study, verdicts),
        *_by_truth(found, verdicts),
        "## What each setting adds to the PCA alone\n\nGain in weighted Kendall tau, mean over the "
        "metrics (without the public LogME); `better` counts the metrics that gained.",
        markdown(found["gains"]),
        "## The parts of the gain of perturbed LogME\n\n`public LogME` is what most public code "
        f"computes; the last step is `{BOTH.name}`.",
        markdown(found["ablation"]),
        "## What the other tasks chose",
        markdown(_narrow(found["choices"])),
        "## The same through `GridSearchCV`, on projected features",
        markdown(found["searches"]),
        "## Candidates for the defaults\n\n`vs default` is the paired difference to LogME behind "
        f"`{PCA.name}`; `chosen` counts the tasks for which the others chose it among these.",
        markdown(found["defaults"][_short(found["defaults"])]),
        f"## Agreement between metrics, behind {PCA.name}\n\nMean Kendall tau over the tasks.",
        markdown(found["agreement"], 2),
        "## How the classes lie\n\nRadii and distances behind the PCA; Attract draws together only "
        "the pairs of classes whose distance is above `sigma` times the sum of their radii.",
        markdown(found["geometry"], 3),
        "## Seconds per model",
        markdown(found["seconds"], 3),
        "## What could not be scored",
        _failures(study),
        *[f"![{path.stem}]({path.name})" for path in pictures],
    ]
    return "\n\n".join(blocks) + "\n"


def markdown(table, digits=2):
    """Return a data frame as a markdown table."""
    own_rows = not isinstance(table.index, pd.RangeIndex)
    table = table.reset_index(names="") if own_rows else table
    rows = [[_cell(each, digits) for each in row] for row in table.itertuples(index=False)]
    lines = [list(map(str, table.columns)), ["---"] * table.shape[1], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value, digits):
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.{digits}f}"
    return str(value).replace("|", "/")


def _reading(study, verdicts):
    counts = "; ".join(f"{each.truth}: {', '.join(each.tasks)}" for each in verdicts)
    return (
        f"{len(study.models)} models. Truths and their tasks: {counts}. A star leaves out the "
        "encoders that are flagged because their fine-tuning says little about them. Figures are "
        "weighted Kendall taus unless a column says otherwise, means over tasks; intervals are the "
        "central 95 % of resampled tasks and models. With three or four tasks the intervals are "
        "hardly more than a hint, and they say nothing of other kinds of tasks."
    )


def _by_truth(found, verdicts):
    for verdict in verdicts:
        yield f"## Mean tau, {verdict.truth}"
        yield markdown(found[f"conditions {verdict.truth}"])
        table = found["methods"]
        kept = table["truth"].eq(verdict.truth)
        kept &= table["features"].isin(["baseline", *STATES])
        yield markdown(table[kept].drop(columns="truth").reset_index(drop=True), 3)


def _narrow(choices):
    """One row per pool and truth: the choices, and the mean tau they reached."""
    groups = choices.groupby(["truth", "chosen among"], sort=False)
    table = groups.agg(
        choices=("choice", lambda each: "; ".join(dict.fromkeys(each))), tau=("tau", "mean")
    )
    return table.reset_index()


def _short(defaults):
    return [name for name in defaults if not name.endswith((": low", ": high"))]


def _failures(study):
    lines = [f"- {': '.join(map(str, each))}" for each in study.failures]
    return "\n".join(lines) or "Nothing."
