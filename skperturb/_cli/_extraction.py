"""Extraction: from the options of a command to features in a folder, and what is said of it."""

import numpy as np

from skperturb._cli._errors import NothingScored, WrongUsage
from skperturb._cli._terminal import say
from skperturb.extraction import (
    NothingExtractedError,
    extract_features,
    load_extraction,
    read_data,
    sample_data,
)
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


def list_models(names):
    """Return the names of models, those in files of names with them."""
    from skperturb.extraction._plan import read_names

    try:
        return [name for each in names for name in read_names(each)]
    except OSError as error:
        msg = f"--models names a file that cannot be read, {error.filename}: {error.strerror}."
        raise WrongUsage(msg) from error


def find_extraction(paths):
    """Return the Extraction in the one folder of `paths`, None if there is no such thing."""
    if len(paths) != 1 or not (paths[0] / "manifest.json").is_file():
        return None
    try:
        return load_extraction(paths[0])
    except (OSError, ValueError) as error:
        raise WrongUsage(str(error)) from error
