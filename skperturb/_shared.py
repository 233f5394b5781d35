"""Shared: results that several computations on one feature set have in common.

While a store is open, a function decorated with `shared` that is called again with the
same arguments returns what it returned before. Otherwise nothing is kept.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

import numpy as np

_BY_VALUE = (str, int, float, tuple, type, type(None))  # others are compared as objects

_open_store: ContextVar = ContextVar("skperturb_shared", default=None)


@contextmanager
def sharing(store):
    """Keep results of shared functions in the dict `store`, or nothing if it is None."""
    token = _open_store.set(store)
    try:
        yield
    finally:
        _open_store.reset(token)


def shared(function):
    """Compute a pure function once for the same positional arguments while a store is open.

    Keyword arguments may only serve messages. Arrays that are kept become read-only, so
    that whoever overwrites a result must own it (`owned`).
    """

    @wraps(function)
    def wrapper(*args, **messages):
        store = _open_store.get()
        if store is None:
            return function(*args, **messages)
        key = (function, *(each if isinstance(each, _BY_VALUE) else id(each) for each in args))
        if key not in store:
            result = function(*args, **messages)
            _freeze(result, args)
            store[key] = args, result  # with the arguments, so that no id is given again
        return store[key][1]

    return wrapper


def owned(array):
    """The array itself if it may be overwritten, a copy if it is shared."""
    return array if array.flags.writeable else array.copy(order="K")


def _freeze(result, args):
    """Make the arrays of a result read-only; one that was given belongs to the caller."""
    for each in result if isinstance(result, tuple) else [result]:
        if isinstance(each, np.ndarray) and not any(each is given for given in args):
            each.flags.writeable = False
