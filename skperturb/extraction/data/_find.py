"""Finding out what data are: a folder of files, a table or sentences, from what lies there."""

import os
from pathlib import Path

import numpy as np

from skperturb.extraction._audio import AUDIO_SUFFIXES
from skperturb.extraction._images import IMAGE_SUFFIXES
from skperturb.extraction.data._folders import read_audio, read_images
from skperturb.extraction.data._labelled import LabelledData
from skperturb.extraction.data._sentences import CONLL_SUFFIXES, read_conll
from skperturb.extraction.data._tables import read_table
from skperturb.selection.resampling.stratified import SamplingFrame, draw_sample, smallest_sample

_TABLES = (".csv", ".parquet", ".tsv")


def read_data(path, *, text=None, image=None, words=None, label=None, group=None, split="auto"):
    """
    Return the rows and labels that lie at a path, whatever they are.

    Parameters
    ----------
    path : path-like
        A folder of images or recordings with a sub-folder for each class; a .csv, .tsv or
        .parquet table; or a CoNLL file.
    text, image, words : str or None, default=None
        Column of a table with the rows, one of the three. In a CoNLL file `words` is the
        number of the column of the words, from 1.
    label : str or None, default=None
        Column of the labels. A folder has them in the names of its sub-folders.
    group : str or None, default=None
        Column of a table that says which rows belong together.
    split : str, default="auto"
        Which part to take; "auto" is the training part, where the data say which it is.

    Returns
    -------
    data : LabelledData
        The rows, their labels and groups.
    """
    path = Path(path)
    if not path.exists():
        msg = f"There are no data at {str(path)!r}; correct the path."
        raise FileNotFoundError(msg)
    if path.is_dir():
        return _read_folder(path, split)
    if path.suffix.lower() in _TABLES:
        _check_column_named(path, text, image, words)
        columns = {"text": text, "image": image, "words": words, "label": label, "group": group}
        return read_table(path, split=split, **columns)
    if path.suffix.lower() in CONLL_SUFFIXES or words is not None:
        return read_conll(path, words=_column_number(words), label=_column_number(label))
    known = ", ".join((*_TABLES, *CONLL_SUFFIXES))
    msg = f"Data must be a folder of images or recordings, or a file ({known}), got {str(path)!r}."
    raise ValueError(msg)


def _read_folder(path, split):
    """Return images or recordings, whichever there are more of."""
    suffixes = [
        os.path.splitext(name)[1].lower() for _, _, names in os.walk(path) for name in names
    ]
    n_images = sum(suffix in IMAGE_SUFFIXES for suffix in suffixes)
    n_recordings = sum(suffix in AUDIO_SUFFIXES for suffix in suffixes)
    return (read_audio if n_recordings > n_images else read_images)(path, split=split)


def _check_column_named(path, *columns):
    if columns == (None,) * len(columns):
        msg = (
            f"{str(path)!r} is a table: say which column holds the rows, with `text` or `image`, "
            "and which the labels, with `label`."
        )
        raise ValueError(msg)


def _column_number(column):
    try:
        return None if column is None else int(column)
    except ValueError as error:
        msg = f"A column of a CoNLL file is a number, counted from 1, got {column!r}."
        raise ValueError(msg) from error


def sample_data(data, max_samples, random_state=0):
    """
    Return part of the data, each class by its share and groups whole.

    Parameters
    ----------
    data : LabelledData
        Rows with labels, or without.
    max_samples : int, float or None
        How many rows, or which share of them. None takes all.
    random_state : int, default=0
        Seed of the draw.

    Returns
    -------
    sample : LabelledData
        The drawn rows in their order. Sentences of words are drawn whole.
    """
    counts = [len(item) for item in data.X] if _has_words(data) else [1] * len(data.X)
    item_of_row = np.repeat(np.arange(len(data.X)), counts)
    n_rows = len(item_of_row)
    size = n_rows if max_samples is None else _size(max_samples, n_rows)
    if size >= n_rows:
        return data
    rows = _draw(data, size, random_state)
    items = np.unique(item_of_row[rows])
    return LabelledData(
        [data.X[item] for item in items],
        None if data.y is None else data.y[rows],
        None if data.groups is None else data.groups[rows],
        [*data.notes, f"{len(rows):,} of {n_rows:,} rows, drawn with seed {random_state}"],
    )


def _has_words(data):
    return isinstance(data.X[0], list | tuple)


def _size(max_samples, n_rows):
    return int(max_samples) if isinstance(max_samples, int) else max(1, int(max_samples * n_rows))


def _draw(data, size, random_state):
    """Return the rows of a sample."""
    is_class = data.y is not None and data.y.dtype.kind != "f"
    codes = np.unique(data.y, return_inverse=True)[1] if is_class else np.zeros(_n_rows(data), int)
    groups = None if data.groups is None else np.unique(data.groups, return_inverse=True)[1]
    frame = SamplingFrame(codes, groups)
    least = smallest_sample(frame, random_state)
    if size < least:
        msg = f"`max_samples` must be at least {least}, to leave 2 rows of each class, got {size}."
        raise ValueError(msg)
    return draw_sample(frame, size, random_state)


def _n_rows(data):
    return len(data.groups) if data.groups is not None else len(data.X)
