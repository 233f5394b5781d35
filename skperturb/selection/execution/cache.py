"""Cache: scores of earlier runs as JSON files, which can be damaged but never run anything."""

import hashlib
import io
import json
import math
import os
import pickle
import stat
import sys
import uuid
from contextlib import suppress
from os import PathLike
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import joblib
import sklearn
from sklearn.base import clone

from skperturb._version import __version__
from skperturb.selection._metrics import is_predictor

_FORMAT = 3  # of the files, and of what resamples mean
_VERSIONED = {"sklearn", "skperturb", *sys.stdlib_module_names}
_LARGEST = 2**20  # bytes of a file that is read; 20 scores take 1,600


class ScoreCache(NamedTuple):
    """
    A folder of scores, and for each metric the digest of all that they depend on but features.

    A file holds what one metric said of one block of resamples: `(score, seconds, width)` of
    each. Its name is the digest of its key, and its content carries a digest of itself.
    """

    folder: str
    keys: dict
    seed: int

    def read(self, metric, content, block):
        """Return `(entries, is_damaged)`; the entries of a block, None if they are not there."""
        path = self._path(metric, content, block)
        try:
            # Anything may lie here: a folder, a pipe that never ends, gigabytes of garbage.
            info = path.stat()
            if not stat.S_ISREG(info.st_mode) or info.st_size > _LARGEST:
                return None, True
            record = json.loads(path.read_text(encoding="ascii"))
            entries = record["entries"]
            sound = record["digest"] == _digest(path.stem, entries) and len(entries) == len(block)
            return (entries, False) if sound and all(map(_is_entry, entries)) else (None, True)
        except FileNotFoundError:
            return None, False
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None, True

    def write(self, metric, content, block, entries):
        """Keep the entries of a block; what cannot be written is computed again another time."""
        path = self._path(metric, content, block)
        text = json.dumps({"entries": entries, "digest": _digest(path.stem, entries)})
        with suppress(OSError):  # a full disk, a folder that is gone
            _write_at_once(path, text)

    def _path(self, metric, content, block):
        seed = self.seed if block[0] else None  # all rows are the same for every seed
        return Path(self.folder, f"{_digest(self.keys[metric], content, seed, block)}.json")


def open_cache(selector, setup):
    """Return the cache in the folder `memory` of a selector, made if need be."""
    folder, title = selector.memory, type(selector).__name__
    if not isinstance(folder, str | PathLike):
        msg = f"`memory` of {title} must be a path or None, got {folder!r}."
        raise TypeError(msg)
    try:
        os.makedirs(folder, exist_ok=True)
        _write_at_once(Path(folder, "probe"), "")
        os.unlink(Path(folder, "probe"))
    except OSError as error:
        msg = f"`memory` of {title} must be a folder that can be written, got {folder!r}."
        raise ValueError(msg) from error
    keys = {name: _metric_key(title, name, metric, setup) for name, metric in setup.metrics.items()}
    return ScoreCache(os.path.abspath(folder), keys, setup.seed)


def _metric_key(title, name, metric, setup):
    """Return the digest of a metric, the target, and the versions that compute the score."""
    folds = (setup.cv, setup.scoring, setup.seed) if is_predictor(metric) else None
    target = setup.target.y, setup.target.task, setup.target.groups
    try:
        parts = clone(metric), folds
        modules = sorted(_find_modules(parts))
        key = joblib.hash((*parts, target))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        msg = (
            f"The metric {name!r} cannot be kept in `memory` of {title}, because it cannot be "
            f"pickled: {error}. Set memory=None, or replace what is defined inside a function."
        )
        raise ValueError(msg) from error
    code = [_digest_code(title, name, module) for module in modules]
    return _digest(_FORMAT, __version__, sklearn.__version__, key, code)


class _ModuleFinder(pickle.Pickler):
    """Pickler that notes where the classes and functions are defined that it meets."""

    def __init__(self):
        super().__init__(io.BytesIO())
        self.modules = set()

    def reducer_override(self, thing):
        """Note a class with its bases, or a function, and leave the rest to pickle."""
        if isinstance(thing, type):
            self.modules.update(each.__module__ for each in thing.__mro__)
        elif isinstance(thing, FunctionType):
            self.modules.add(thing.__module__)
        return NotImplemented


def _find_modules(parts):
    """Return the names of the modules whose code computes, but for those of a known version."""
    finder = _ModuleFinder()
    finder.dump(parts)
    return {each for each in finder.modules if each.partition(".")[0] not in _VERSIONED}


def _digest_code(title, name, module):
    """Return the digest of the file of a module: pickle and joblib know code by its name alone."""
    try:
        file: Any = sys.modules[module].__file__
        return hashlib.blake2b(Path(file).read_bytes()).hexdigest()
    except (KeyError, AttributeError, TypeError, OSError) as error:
        msg = (
            f"The metric {name!r} cannot be kept in `memory` of {title}, because the code of "
            f"{module!r}, which it uses, is in no file, and could change unseen. Put it into a "
            "module, or set memory=None."
        )
        raise ValueError(msg) from error


def _digest(*parts):
    """Return a digest of numbers and text, the same in every process."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=20).hexdigest()


def _is_entry(entry):
    """Whether an entry is a score or the components of one, its seconds and a width."""
    score, seconds, width = entry
    numbers = [*(score if isinstance(score, list) else [score]), seconds]
    return all(isinstance(each, float) and math.isfinite(each) for each in numbers) and (
        width is None or isinstance(width, int)
    )


def _write_at_once(path, text):
    """Write a file so that it is whole or not there, whenever the process is killed."""
    part = path.with_name(f"{uuid.uuid4().hex}.tmp")
    try:
        part.write_text(text, encoding="ascii")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
