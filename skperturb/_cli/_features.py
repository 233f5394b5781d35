"""Feature files: which there are, and what their models are called."""

import os
from collections import Counter

SUFFIXES = (".npy", ".npz", ".parquet", ".safetensors")


def named_files(paths, labels_path):
    """Return `{name of the model: path}` of files and folders, and whether labels were among them.

    A folder stands for the feature files in it. The file of the labels, which a pattern like
    *.npy catches too, is left out. What cannot be opened stays: its model fails, by name.
    """
    found = {os.path.abspath(each): each for path in paths for each in _files(path)}
    labels = found.pop(os.path.abspath(labels_path), None)
    return dict(zip(_names(found.values()), found.values(), strict=True)), labels is not None


def _files(path):
    """Return the feature files of a folder, or the path as it is."""
    try:
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
    except OSError:  # it is a file, or there is none, or it must not be looked into
        return [path]
    return inside or [path]


def _names(paths):
    """Name each by its stem, by folder and stem where stems are equal, else by the whole path."""
    stems = [_text(path.stem) for path in paths]
    longer = [_text(os.path.join(path.absolute().parent.name, path.stem)) for path in paths]
    whole = [_text(path) for path in paths]
    names = _distinct(_distinct(stems, longer), whole)
    return names if len(set(names)) == len(names) else whole


def _distinct(names, longer):
    """Replace the names that are there more than once."""
    counts = Counter(names)
    return [name if counts[name] == 1 else other for name, other in zip(names, longer, strict=True)]


def _text(name):
    """Spell out what is no text: file names are bytes, and may be in any encoding."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
