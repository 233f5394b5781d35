"""Accuracies: what models really reached, from a file, beside how they are ranked."""

import csv
import math

from skperturb._cli._errors import WrongUsage
from skperturb.evaluation import weighted_kendall_tau

_SEPARATORS = {".tsv": "\t", ".csv": ","}


def read_accuracies(path):
    """Return `{model: accuracy}` of a table whose columns are called model and accuracy."""
    separator = _SEPARATORS.get(path.suffix.lower())
    if separator is None:
        msg = f"--accuracies must be a .csv or .tsv file, got {path}."
        raise WrongUsage(msg)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, delimiter=separator))
    except OSError as error:
        msg = f"cannot read the accuracies in {path}: {error.strerror}."
        raise WrongUsage(msg) from error
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read the accuracies in {path}: it is no table in UTF-8."
        raise WrongUsage(msg) from error
    if not rows or not {"model", "accuracy"} <= set(rows[0]):
        found = ", ".join(map(str, rows[0])) if rows else "nothing"
        msg = f"--accuracies needs columns called model and accuracy, {path} has {found}."
        raise WrongUsage(msg)
    return {row["model"]: _parse_accuracy(path, row) for row in rows}


def _parse_accuracy(path, row):
    """Return the accuracy of one model, NaN where its cell is empty."""
    cell = (row["accuracy"] or "").strip()
    try:
        accuracy = float(cell) if cell else math.nan
    except ValueError:
        # Refused below, like an infinity that the file holds.
        accuracy = math.inf
    if math.isinf(accuracy):
        msg = f"--accuracies must hold numbers, got {cell!r} for {row['model']!r} in {path}."
        raise WrongUsage(msg)
    return accuracy


def check_known_models(accuracies, names, path):
    """Raise unless the file knows some of the models: names that differ are a slip."""
    if accuracies is not None and not set(accuracies) & set(names):
        msg = (
            f"--accuracies must know some of the models, such as {next(iter(names))!r}, "
            f"got {path} with {next(iter(accuracies))!r}."
        )
        raise WrongUsage(msg)


def describe_agreement(run):
    """Say how well the ranking orders the measured accuracies."""
    selector = run.selector
    names = [name for name in selector.names_ if not math.isnan(run.accuracies.get(name, math.nan))]
    if len(names) < 2:
        return f"{len(names)} of {len(selector.names_)} models have a measured accuracy."
    ranks = dict(zip(selector.names_, selector.ranks_, strict=True))
    tau = weighted_kendall_tau([run.accuracies[name] for name in names], [-ranks[n] for n in names])
    return (
        f"weighted Kendall tau to the measured accuracies of {len(names)} models: {tau:.2f} "
        "(1 for their order, 0 for a ranking that knows nothing)."
    )
