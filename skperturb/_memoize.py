"""Memoize: results that several computations on one feature set share.

While a memo is open, a function decorated with `memoize` that is called again with the same
arguments returns what it returned before. Otherwise nothing is kept.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

import numpy as np

_BY_VALUE = (str, int, float, tuple, type, type(None))  # others are compared by identity

_active_memo: ContextVar = ContextVar("skperturb_memo", default=None)


@contextmanager
def use_memo(memo):
    """Keep results of memoized functions in the dict `memo`, or nothing if it is None."""
    token = _active_memo.set(memo)
    try:
        yield
    finally:
        _active_memo.reset(token)


def memoize(function):
    """Compute a pure function once for the same positional arguments while a memo is open.

    Keyword arguments may only serve messages. NumPy arrays that are kept become read-only:
    whoever overwrites a result must copy it first (`writable`).
    """

    @wraps(function)
    def wrapper(*args, **messages):
        memo = _active_memo.get()
        if memo is None:
            return function(*args, **messages)
        key = (function, *(each if isinstance(each, _BY_VALUE) else id(each) for each in args))
        if key not in memo:
            result = function(*args, **messages)
            _freeze(result, args)
            # The arguments are kept too, so that no other object is given their id.
            memo[key] = args, result
        return memo[key][1]

    return wrapper


def writable(array):
    """A NumPy array itself if it may be overwritten, a copy if a memo keeps it; tensors as is."""
    is_kept = isinstance(array, np.ndarray) and not array.flags.writeable
    return array.copy(order="K") if is_kept else array


def _freeze(result, args):
    """Make the arrays of a result read-only; one that was given belongs to the caller."""
    for each in result if isinstance(result, tuple) else [result]:
        if isinstance(each, np.ndarray) and not any(each is given for given in args):
            each.flags.writeable = False
