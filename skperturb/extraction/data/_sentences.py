"""CoNLL files: one word a line with its label, an empty line behind each sentence."""

from pathlib import Path

import numpy as np

from skperturb.extraction.data._labelled import LabelledData

CONLL_SUFFIXES = (".bio", ".conll", ".conllu", ".iob", ".iob2")


def read_conll(path, *, words=None, label=None):
    """
    Return the sentences of a CoNLL file.

    Parameters
    ----------
    path : path-like
        Columns stand between tabs or spaces. Lines that begin with ``# `` or ``-DOCSTART-``
        are left out, and in .conllu those of words that are split up or left out.
    words : int or None, default=None
        Column of the words, counted from 1. None takes the first; in .conllu the second.
    label : int or None, default=None
        Column of the labels, counted from 1, or from the last with -1. None takes the last;
        in .conllu the fourth, the part of speech.

    Returns
    -------
    data : LabelledData
        Lists of words in ``X``; a label and the number of the sentence for each word.
    """
    path = Path(path)
    is_universal = path.suffix.lower() == ".conllu"
    words = words or (2 if is_universal else 1)
    label = label or (4 if is_universal else -1)
    sentences = [
        [_cells(line, (words, label), path) for line in sentence]
        for sentence in _read_sentences(path, is_universal)
    ]
    if not sentences:
        msg = f"{str(path)!r} must hold words, one a line, got none."
        raise ValueError(msg)
    counts = [len(sentence) for sentence in sentences]
    return LabelledData(
        [[word for word, _ in sentence] for sentence in sentences],
        np.array([tag for sentence in sentences for _, tag in sentence]),
        np.repeat(np.arange(len(sentences)), counts),
    )


def _read_sentences(path, is_universal):
    """Return the lines of each sentence as lists of cells."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror}; correct the path."
        raise ValueError(msg) from error
    sentences: list[list[list[str]]] = [[]]
    for line in lines:
        if not line.strip():
            sentences.append([])
        elif not line.startswith(("# ", "-DOCSTART-")):
            cells = line.split("\t") if "\t" in line else line.split()
            if not (is_universal and not cells[0].isdigit()):
                sentences[-1].append(cells)
    return [sentence for sentence in sentences if sentence]


def _cells(cells, columns, path):
    """Return the word and the label of a line."""
    places = [column - 1 if column > 0 else len(cells) + column for column in columns]
    if len(cells) < 2 or not all(0 <= place < len(cells) for place in places):
        msg = (
            f"Each line of {str(path)!r} must have a word in column {columns[0]} and a label in "
            f"column {columns[1]}, got {' '.join(cells)!r}."
        )
        raise ValueError(msg)
    return tuple(cells[place].strip() for place in places)
