"""Check of rows: everything that is wrong with the data, said at once, before a model runs."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from skperturb.extraction._audio import check_audio
from skperturb.extraction._images import check_image
from skperturb.extraction._rows import ROW_WORDS, find_modality

_PART = 256  # rows that are examined at the same time
_SHOWN = 20  # bad rows that an error names; the others are counted


def check_rows(rows):
    """
    Raise for rows that no model could take, all of them in one error; return their digest.

    Files are read and decoded, several at a time.

    Parameters
    ----------
    rows : Rows
        The data.

    Returns
    -------
    digest : str
        Hash of what the rows hold, in their order; where their files lie does not count.
    """
    digest, bad = hashlib.blake2b(rows.modality.encode(), digest_size=16), []
    for index, (item, fault) in enumerate(_examine_all(rows)):
        digest.update(item)
        if fault:
            bad.append(f"{rows.identifier(index)}: {fault}")
    if bad:
        raise ValueError(_message(bad, rows))
    return digest.hexdigest()


def count_threads():
    """Return how many files are decoded at the same time."""
    return min(8, os.cpu_count() or 1)


def _message(bad, rows):
    more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    return (
        f"{len(bad)} of {len(rows)} {ROW_WORDS[rows.modality]} cannot be used; mend them or leave "
        f"them out: {'; '.join(bad[:_SHOWN])}{more}."
    )


def _examine_all(rows):
    """Yield the hash of each item, and what is wrong with it."""
    with ThreadPoolExecutor(count_threads()) as pool:
        # In parts: the pool would hold something for each of a million rows.
        for start in range(0, len(rows), _PART):
            part = range(start, min(start + _PART, len(rows)))
            yield from pool.map(lambda index: _examine(rows, index), part)


def _examine(rows, index):
    """Return the hash of an item, and what is wrong with it."""
    try:
        item = rows.items[index]
        found = find_modality(item)
        if found != rows.modality:
            return b"", f"it is one of the {ROW_WORDS[found]}, unlike the first row"
        return hashlib.blake2b(_content(item, found), digest_size=16).digest(), None
    except ImportError:
        raise
    except Exception as error:  # whatever a decoder says of a broken file
        return b"", " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _content(item, modality):
    """Return the bytes of an item, checked."""
    if modality in ("image", "audio") and isinstance(item, str | os.PathLike):
        content = Path(item).read_bytes()
        (check_image if modality == "image" else check_audio)(content)
        return content
    if modality == "text":
        return _check_text(item).encode("utf-8", "surrogatepass")
    if modality == "words":
        return "\0".join(_check_words(item)).encode("utf-8", "surrogatepass")
    return _array_content(item)


def _check_text(text):
    if not text.strip():
        msg = "the text is empty"
        raise ValueError(msg)
    return text


def _check_words(words):
    if not all(isinstance(word, str) and word.strip() for word in words):
        msg = "a word is empty"
        raise ValueError(msg)
    return words


def _array_content(item):
    """Return the bytes of an image or array in memory, after its shape."""
    if isinstance(item, dict):
        item = item["array"], item["sampling_rate"]
    parts = item if isinstance(item, tuple) else (item,)
    arrays = [np.ascontiguousarray(each) for each in parts]
    for array in arrays:
        if not array.size or not np.isfinite(array).all():
            msg = "it is empty" if not array.size else "it holds NaN or infinity"
            raise ValueError(msg)
    return b"".join(f"{each.dtype.str}{each.shape}".encode() + each.tobytes() for each in arrays)
