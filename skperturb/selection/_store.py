"""Store: results of earlier runs, found again by their content and never trusted blindly."""

import hashlib
import os
import pickle
import warnings
from os import PathLike
from pathlib import Path

import joblib
import sklearn
from sklearn.base import clone

from skperturb._version import __version__
from skperturb.selection._callbacks import N_FRAMES

DAMAGED = "what cannot be read is computed again"
_VERSION = 1  # of what a sealed result looks like


def sealed(key, value):
    """Return a value as bytes with their digest; joblib writes what this returns."""
    if value is None:
        raise KeyError(key)  # gone between the look and the reading
    payload = pickle.dumps(value)
    return hashlib.blake2b(payload).hexdigest(), payload


class _Store:
    """
    A :class:`joblib.Memory` whose entries carry a digest of what was written.

    `find` returns None for what is missing or damaged; a damaged entry is dropped.
    """

    def __init__(self, memory):
        self.location = memory.location
        # Only the key identifies an entry: it holds the digests of all that matters.
        self._sealed = memory.cache(sealed, ignore=["value"], verbose=0)

    def find(self, key):
        """Return the value of a key, None where there is none, and whether it was damaged."""
        entry = None
        try:
            if not self._sealed.check_call_in_cache(key, None):
                return None, False
            entry = self._sealed.call_and_shelve(key, None)
            digest, payload = entry.get()
            if hashlib.blake2b(payload).hexdigest() == digest:
                return pickle.loads(payload), False
        except Exception:  # whatever a broken file makes joblib or pickle raise
            pass
        if entry is not None:
            entry.clear()
        return None, True

    def is_sound(self):
        """Whether what is written is found again; a damaged index is made anew, with a warning."""
        full = self._entries_exist()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joblib's guess why its note differs
            found, damaged = self.find("probe")
        if found is None:
            damaged = damaged or full
            try:
                self.keep("probe", _VERSION)
            except ValueError:  # joblib's note of the function's code is not even text
                self._sealed.clear(warn=False)
                self.keep("probe", _VERSION)
            found, _ = self.find("probe")
        if damaged:
            msg = f"The cache was damaged; {DAMAGED}."
            warnings.warn(msg, UserWarning, stacklevel=7 + N_FRAMES)
        return found == _VERSION

    def _entries_exist(self):
        """Whether there is any entry, though the probe that is written first is lost."""
        folder = Path(self.location, "joblib", *sealed.__module__.split("."), "sealed")
        return any(folder.glob("*/output.pkl"))

    def keep(self, key, value):
        """Write a value."""
        self._sealed.call_and_shelve(key, value)


def opened_store(memory):
    """Return the store of a path or a joblib.Memory, None where nothing is to be kept.

    An entry is written and found at once: a folder that cannot hold results is an error
    now and not after an hour of work.
    """
    if not isinstance(memory, str | PathLike | joblib.Memory | None):
        msg = f"`memory` of ModelSelector must be a path, a joblib.Memory or None, got {memory!r}."
        raise TypeError(msg)
    location = getattr(memory, "location", memory)
    if location is None:
        return None
    try:
        store = _Store(memory if isinstance(memory, joblib.Memory) else _memory(location))
        writable = os.access(location, os.W_OK) and store.is_sound()
    except OSError as error:
        raise _unwritable(location) from error
    if not writable:
        raise _unwritable(location)
    return store


def _memory(location):
    return joblib.Memory(os.fspath(location), verbose=0)


def _unwritable(location):
    msg = f"`memory` of ModelSelector must be a folder that can be written, got {location!r}."
    return ValueError(msg)


def metric_key(name, metric):
    """Return a digest of a metric and its parameters, and of the versions that compute it."""
    try:
        return joblib.hash((_VERSION, __version__, sklearn.__version__, clone(metric)))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        msg = (
            f"The metric {name!r} cannot be kept in `memory` of ModelSelector, because it cannot "
            f"be pickled: {error}. Set memory=None, or replace what is defined inside a function."
        )
        raise ValueError(msg) from error
