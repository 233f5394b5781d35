"""Folders of images or recordings: the class of a file is the sub-folder that it lies in."""

import os
from pathlib import Path

import numpy as np

from skperturb.extraction._audio import AUDIO_SUFFIXES
from skperturb.extraction._images import IMAGE_SUFFIXES
from skperturb.extraction.data._labelled import LabelledData, choose_split


def read_images(folder, *, split="auto"):
    """
    Return the images of a folder with one sub-folder for each class.

    Parameters
    ----------
    folder : path-like
        Holds the folders of the classes, or folders such as ``train`` that hold them. Files
        are sorted as torchvision's ``ImageFolder`` sorts them.
    split : str, default="auto"
        Sub-folder to take. "auto" takes the training part where there is one beside others;
        "all" takes every sub-folder for a class.

    Returns
    -------
    data : LabelledData
        Paths in ``X`` and names of classes in ``y``.
    """
    return _read_folder(folder, split, IMAGE_SUFFIXES, "images")


def read_audio(folder, *, split="auto"):
    """
    Return the recordings of a folder with one sub-folder for each class.

    Parameters
    ----------
    folder : path-like
        As for `read_images`.
    split : str, default="auto"
        As for `read_images`.

    Returns
    -------
    data : LabelledData
        Paths in ``X`` and names of classes in ``y``.
    """
    return _read_folder(folder, split, AUDIO_SUFFIXES, "recordings")


def _read_folder(folder, split, suffixes, kind):
    folder = Path(folder)
    chosen, notes = choose_split(split, sub_folders(folder), str(folder))
    folder = folder if chosen is None else folder / chosen
    classes = sub_folders(folder)
    found = [(path, name) for name in classes for path in _files_of(folder / name, suffixes)]
    if not found:
        msg = (
            f"{str(folder)!r} must hold {kind} in one sub-folder for each class, "
            f"got {len(classes)} sub-folders without any ({', '.join(suffixes)})."
        )
        raise ValueError(msg)
    empty = sorted(set(classes) - {name for _, name in found})
    if empty:
        notes = [*notes, f"no {kind} in {', '.join(empty)}"]
    paths, labels = zip(*found, strict=True)
    return LabelledData(list(paths), np.array(labels), notes=notes)


def sub_folders(folder):
    """Return the names of the folders in a folder, sorted, hidden ones left out."""
    try:
        inside = list(os.scandir(folder))
    except OSError as error:
        msg = f"Folder {str(folder)!r} cannot be read: {error.strerror}; correct the path."
        raise ValueError(msg) from error
    return sorted(each.name for each in inside if each.is_dir() and each.name[0] != ".")


def _files_of(folder, suffixes):
    """Return the files of a class, those of folders further down with them."""
    return [
        Path(place, name)
        for place, _, names in sorted(os.walk(folder, followlinks=True))
        for name in sorted(names)
        if name[0] != "." and os.path.splitext(name)[1].lower() in suffixes
    ]
