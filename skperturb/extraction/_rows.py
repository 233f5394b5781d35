"""Rows: the data as a sequence of images, texts, sentences of words, recordings or arrays."""

import os
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from skperturb.extraction._audio import AUDIO_SUFFIXES, open_audio
from skperturb.extraction._images import IMAGE_SUFFIXES, open_image

# What a row of each modality is called in errors.
ROW_WORDS = {
    "image": "images",
    "text": "texts",
    "words": "sentences of words",
    "audio": "recordings",
    "array": "arrays",
}


@dataclass
class Rows:
    """
    Items of one modality.

    A sentence of words is one item and as many rows as it has words; everything else is
    one row.
    """

    items: Any  # a sequence; an item is looked at when its turn comes
    modality: str

    def __len__(self):
        return len(self.items)

    def take(self, indices):
        """Return only some of the items."""
        return Rows([self.items[index] for index in indices], self.modality)

    def load(self, index):
        """Return an item as a model takes it: an RGB image, a text, a waveform with its rate."""
        item = self.items[index]
        if self.modality == "image":
            return open_image(item)
        if self.modality == "audio":
            return open_audio(item)
        return str(item) if self.modality == "text" else item

    def lengths(self):
        """Return how long each item is, 0 where that makes no difference to the time it takes."""
        if self.modality in ("text", "words"):
            return [sum(map(len, self.items[index])) for index in range(len(self))]
        return [0] * len(self)

    def offsets(self):
        """Return the first row of each item, and how many rows there are, behind it."""
        counts = map(len, self.items) if self.modality == "words" else [1] * len(self)
        return np.concatenate([[0], np.cumsum(list(counts), dtype=np.intp)])

    def n_rows(self):
        """Return the number of rows of a feature matrix."""
        return int(self.offsets()[-1])

    def identifier(self, index):
        """Return what an item is called: the path of its file, or its place."""
        item = self.items[index]
        is_file = self.modality in ("image", "audio") and isinstance(item, str | os.PathLike)
        return os.fspath(item) if is_file else str(index)


def as_rows(X):
    """
    Return the items of `X`, a sequence of any kind, and what they are.

    Parameters
    ----------
    X : Rows or sequence
        Paths, images of Pillow, arrays, texts, lists of words, waveforms, or a column of a
        data frame or of `datasets`.
    """
    if isinstance(X, Rows):
        return X
    items = _as_sequence(X)
    if len(items) == 0:
        msg = "`X` must hold at least one row, got none."
        raise ValueError(msg)
    modality = find_modality(items[0])
    if modality == "text":
        items = [str(each) if isinstance(each, np.str_) else each for each in items]
    return Rows(items, modality)


def _as_sequence(X):
    """Return what has a length and gives the i-th item for the integer i."""
    if isinstance(X, str | bytes | os.PathLike | dict):
        msg = (
            f"`X` must be a sequence of rows, got {reprlib.repr(X)}; "
            "read a folder with `read_images`, `read_audio` or `read_table`."
        )
        raise TypeError(msg)
    if hasattr(X, "columns"):
        X = _only_column(X)
    if hasattr(X, "to_numpy") and not hasattr(X, "features"):  # a column of pandas or polars
        X = X.to_numpy()
    if isinstance(X, np.ndarray) and X.dtype.kind in "OUS" and X.ndim == 2 and X.shape[1] == 1:
        X = X[:, 0]
    return X if hasattr(X, "__getitem__") and hasattr(X, "__len__") else list(X)


def _only_column(frame):
    if frame.shape[1] != 1:
        msg = f"`X` must be one column, got a data frame of {frame.shape[1]}; select the one."
        raise ValueError(msg)
    return frame.iloc[:, 0] if hasattr(frame, "iloc") else frame.to_series(0)


def find_modality(item):
    """Return what an item is: "image", "text", "words", "audio" or "array"."""
    if isinstance(item, str):
        return _modality_of_text(item)
    if isinstance(item, os.PathLike):
        return _modality_of_path(item)
    if hasattr(item, "convert") and hasattr(item, "mode"):
        return "image"
    if isinstance(item, dict) and {"array", "sampling_rate"} <= set(item):
        return "audio"
    if isinstance(item, list | tuple | np.ndarray) and len(item) and isinstance(item[0], str):
        return "words"
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], np.ndarray):
        return "audio"
    return _modality_of_array(item)


def _modality_of_text(text):
    """Tell a path from a text: it ends like one, and exists or is one word."""
    suffix = os.path.splitext(text)[1].lower()
    if suffix in IMAGE_SUFFIXES + AUDIO_SUFFIXES and (" " not in text or os.path.exists(text)):
        return _modality_of_path(text)
    return "text"


def _modality_of_path(path):
    suffix = os.path.splitext(path)[1].lower()
    if suffix in IMAGE_SUFFIXES:
        return "image"
    if suffix in AUDIO_SUFFIXES:
        return "audio"
    msg = (
        f"A row given as a path must be an image ({', '.join(IMAGE_SUFFIXES)}) or a recording "
        f"({', '.join(AUDIO_SUFFIXES)}), got {os.fspath(path)!r}."
    )
    raise ValueError(msg)


def _modality_of_array(item):
    array = np.asarray(item)
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        msg = (
            "A row must be a path, an image, a text, a list of words, a waveform or an array, "
            f"got {reprlib.repr(item)}."
        )
        raise TypeError(msg)
    if array.ndim == 1:
        return "audio"
    return "image" if array.dtype == np.uint8 and array.ndim in (2, 3) else "array"
