"""Extraction: from the options of a command to features in a folder, and what is said of it."""

import click
import numpy as np

from skperturb._cli._dry_run import estimate_models, list_models
from skperturb._cli._errors import NothingScored, WrongUsage
from skperturb._cli._terminal import print_result, say
from skperturb.extraction import (
    NothingExtractedError,
    extract_features,
    load_extraction,
    read_data,
    sample_data,
)
from skperturb.extraction._manifest import MANIFEST
from skperturb.extraction._result import ROWS
from skperturb.extraction._rows import ROW_WORDS, as_rows
from skperturb.extraction.data import check_classes

_N_NAMED = 6  # classes that are named with their counts


def read_rows(path, options):
    """Return the rows that a command is to look at, and say what they are."""
    try:
        data = read_data(
            path,
            text=options["text"],
            image=options["image"],
            words=options["tokens"],
            label=options["label"],
            group=options.get("group_column"),
            split=options["split"],
        )
        check_classes(data.y)
        data = sample_data(data, options["max_samples"], options["random_state"])
    except (ImportError, OSError, ValueError) as error:
        raise WrongUsage(_as_options(error)) from error
    if not options["quiet"]:
        say("data", f"{describe_data(data)}, from {path}.")
        for note in data.notes:
            say("note", f"{note}.")
    return data


def _as_options(error):
    """Return a message with the words of the options for those of the Python parameters."""
    message = str(error).replace("_", "-") if "`max_samples`" in str(error) else str(error)
    for name in ("text", "image", "label", "split", "max-samples", "out", "models", "layers"):
        message = message.replace(f"`{name}`", f"--{name}")
    return message


def describe_data(data):
    """Say how many rows and classes there are."""
    rows = as_rows(data.X)
    n_rows = rows.n_rows()
    text = f"{len(rows):,} {ROW_WORDS[rows.modality]}"
    if n_rows != len(rows):
        text = f"{n_rows:,} words in {text}"
    if data.y is None:
        return f"{text}, no labels"
    if data.y.dtype.kind == "f":
        return f"{text}, targets from {data.y.min():g} to {data.y.max():g}"
    classes, counts = np.unique(data.y, return_counts=True)
    named = [f"{name!s} {count:,}" for name, count in zip(classes, counts, strict=True)]
    more = ", ..." if len(named) > _N_NAMED else ""
    return f"{text}, {len(classes)} classes ({', '.join(named[:_N_NAMED])}{more})"


def run_models(data, options):
    """Run the models that a command names over the rows; return the Extraction."""
    if options["out"] is None:
        msg = "--out must name a folder for the features."
        raise WrongUsage(msg)
    try:
        return extract_features(
            list_models(options["models"]),
            data.X,
            out=options["out"],
            y=data.y,
            groups=data.groups,
            layers=options["layers"],
            pooling=options["pooling"],
            batch_size=options["batch_size"],
            device=options["device"],
            dtype=options["dtype"],
            max_length=options["max_length"],
            trust_remote_code=options["trust_remote_code"],
            storage=options["storage"],
            verbose=1,
        )
    except NothingExtractedError as error:
        raise NothingScored(str(error)) from error
    except (ImportError, LookupError, OSError, TypeError, ValueError) as error:
        raise WrongUsage(_as_options(error)) from error


def find_or_extract(features, options):
    """Return the Extraction that is to be ranked, None where FEATURES are files without one."""
    if not options["models"]:
        return find_extraction(features, options["quiet"])
    if len(features) != 1:
        msg = f"--models are run over one folder or file of data, got {len(features)}."
        raise WrongUsage(msg)
    data = read_rows(features[0], options)
    if options["dry_run"]:
        print_result(estimate_models(data, options))
        click.get_current_context().exit(0)
    options["max_samples"] = None  # the rows have been drawn
    return run_models(data, options)


def find_extraction(paths, is_quiet):
    """Return the Extraction in the one folder of `paths`, None if there is no such thing."""
    if len(paths) != 1 or not (paths[0] / MANIFEST).is_file():
        return None
    try:
        found = load_extraction(paths[0])
    except (OSError, ValueError) as error:
        raise WrongUsage(str(error)) from error
    for name, reason in found.failures.items():
        if not is_quiet:
            say("note", f"{name} has no features: {reason}")
    return found


def choose_label_file(found, labels, options):
    """Return the file of the labels: the one that is named, or what lies beside the features."""
    if labels is not None:
        return labels
    if found is None:
        msg = "Missing option '--labels'."
        raise click.UsageError(msg, click.get_current_context())
    if found.y is None:
        msg = f"{found.out} has features and no labels; name their file with --labels."
        raise WrongUsage(msg)
    options["label_column"] = "label"
    if found.groups is not None and options["groups"] is None:
        options["group_column"] = "group"
    return found.out / ROWS
