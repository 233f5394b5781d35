"""Feature files: which there are, and what their models are called."""

import os
from collections import Counter

import numpy as np

from skperturb._cli._errors import WrongUsage
from skperturb.selection.features.files import SUFFIXES
from skperturb.selection.features.loader import load_features


def name_files(paths, labels_path):
    """Return `{name of the model: path}` of files and folders, without the file of the labels.

    A folder stands for the feature files in it. What cannot be opened stays: its model fails,
    by name.
    """
    found = {os.path.abspath(each): each for path in paths for each in _list_files(path)}
    found.pop(os.path.abspath(labels_path), None)
    if not found:
        msg = f"FEATURES must hold features, got only the labels, {labels_path}."
        raise WrongUsage(msg)
    return dict(zip(_name_paths(found.values()), found.values(), strict=True))


def find_label_files(files, y):
    """Return the names of files that hold one value per row, as labels do, under any name."""
    return [name for name, path in files.items() if _holds_labels(path, len(y))]


def _holds_labels(path, n_rows):
    """Whether a file is a column of `n_rows` values; only small files are read to tell."""
    try:
        # 256 bytes are room for a label in words, with its share of a header.
        if path.suffix.lower() == ".parquet" or path.stat().st_size > 256 * (n_rows + 16):
            return False
        values = np.load(path, allow_pickle=False) if path.suffix == ".npy" else load_features(path)
    except Exception:  # whatever is wrong with it is said when it is scored
        return False
    return values.shape in ((n_rows,), (n_rows, 1)) and _is_discrete(values)


def _is_discrete(values):
    """Whether these may be labels: a model with one feature has fractions."""
    if values.ndim == 1:
        return True
    return values.dtype.kind in "biuUS"


def _list_files(path):
    """Return the feature files of a folder, or the path as it is."""
    try:
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
    except NotADirectoryError:
        return [path]
    except OSError as error:
        if path.suffix.lower() in SUFFIXES:
            return [path]
        msg = f"FEATURES must be feature files or folders of them, got {path}: {error.strerror}."
        raise WrongUsage(msg) from error
    if not inside:
        msg = f"the folder {path} holds no feature files ({', '.join(SUFFIXES)})."
        raise WrongUsage(msg)
    return inside


def _name_paths(paths):
    """Name each by its stem, by folder and stem where stems are equal, else by the whole path."""
    stems = [_decode(path.stem) for path in paths]
    longer = [_decode(os.path.join(path.absolute().parent.name, path.stem)) for path in paths]
    whole = [_decode(path) for path in paths]
    names = _replace_repeated(_replace_repeated(stems, longer), whole)
    # A path may read like the shortened name of another.
    return names if len(set(names)) == len(names) else whole


def _replace_repeated(names, longer):
    """Replace the names that are there more than once."""
    counts = Counter(names)
    return [name if counts[name] == 1 else other for name, other in zip(names, longer, strict=True)]


def _decode(name):
    """Spell out what is no text: file names are bytes, and may be in any encoding."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
