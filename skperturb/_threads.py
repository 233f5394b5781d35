"""Threads: as many as the size of a problem is worth, and who limits those of this process."""

import math
import os
import threading
from contextlib import contextmanager
from functools import cache, wraps

from scipy import sparse
from threadpoolctl import ThreadpoolController

from skperturb._backend import is_tensor

# Products of numbers below which one thread computes. Above, a second one saves a third of
# the seconds on idle cores, and is paid for where cores are busy: threads wait for each other.
_LEAST_PRODUCTS = 2e9


@contextmanager
def limit_threads(X):
    """Compute on features `X` with one thread, if they are too small to be worth a team.

    BLAS is asked for products of `X` with itself, OpenMP for distances of all rows.
    """
    n_values, shape = _measure(X)
    with (
        hold_blas(1 if n_values * min(shape) < _LEAST_PRODUCTS else None),
        hold_openmp(1 if n_values * shape[0] < _LEAST_PRODUCTS else None),
    ):
        yield


def with_limited_threads(method):
    """Return a method of an estimator that computes on its first argument in `limit_threads`."""

    @wraps(method)
    def limited(self, X, *args, **kwargs):
        with limit_threads(X):
            return method(self, X, *args, **kwargs)

    return limited


def _measure(X):
    """Return how many numbers features hold, and their shape; infinite where no limit fits."""
    if isinstance(X, list | tuple):  # to turn them into numbers takes longer than any product
        return 0, (0, 0)
    shape: tuple = getattr(X, "shape", ())
    if len(shape) != 2 or is_tensor(X):  # the threads of tensors are their library's
        return math.inf, (1, 1)
    return X.nnz if sparse.issparse(X) else shape[0] * shape[1], shape


class BlasLimit:
    """
    The limit on the BLAS threads of this process, for all computations that are under way.

    It holds for the process, so that several computations at once share it: the smallest
    holds, and the last to end gives back what it found.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._limits: list[int] = []
        self._before: list[int] = []
        self._held: list[int] = []
        if hasattr(os, "register_at_fork"):  # a fork must not inherit a lock that is held
            release = self._lock.release
            os.register_at_fork(
                before=self._lock.acquire, after_in_parent=release, after_in_child=release
            )

    @contextmanager
    def hold(self, n_threads):
        """Keep each BLAS library to so many threads at most; None asks for no limit."""
        if n_threads is None:
            yield
            return
        with self._lock:
            self._limits.append(n_threads)
            self._apply()
        try:
            yield
        finally:
            with self._lock:
                self._limits.remove(n_threads)
                self._apply()

    def _apply(self):
        """Set the threads of each library to what the limits leave, or to what they were."""
        libraries = find_libraries("blas")
        found = [each.get_num_threads() for each in libraries]
        if not self._held:
            self._before = found
        limit = min(self._limits, default=None)
        wanted = [each if limit is None else min(each, limit) for each in self._before]
        for i, library in enumerate(libraries):
            # What someone else has set in the meantime is theirs.
            is_ours = not self._held or found[i] == self._held[i]
            if is_ours and found[i] != wanted[i]:
                _set_threads(library, wanted[i])
        self._held = wanted if self._limits else []


hold_blas = BlasLimit().hold


def _set_threads(library, n_threads):
    """Set the threads of a BLAS library, whichever thread of Python did so before."""
    # Of OpenBLAS newer versions of threadpoolctl let one thread set them: here a lock sees to that.
    let_go = getattr(library, "clear_controlling_thread", lambda force: None)
    let_go(force=True)
    library.set_num_threads(n_threads)
    let_go(force=True)


@contextmanager
def hold_openmp(n_threads):
    """Keep OpenMP to so many threads at most for the calling thread; None asks for no limit."""
    libraries = [] if n_threads is None else find_libraries("openmp")
    before = [each.get_num_threads() for each in libraries]
    for library, found in zip(libraries, before, strict=True):
        library.set_num_threads(min(found, n_threads))
    try:
        yield
    finally:
        for library, found in zip(libraries, before, strict=True):
            library.set_num_threads(found)


@cache
def find_libraries(user_api):
    """Return controllers of the BLAS or OpenMP libraries; to look for them takes milliseconds."""
    found = ThreadpoolController().select(user_api=user_api).lib_controllers
    # A BLAS on OpenMP has the threads of OpenMP, which each thread of Python has for itself.
    return [each for each in found if user_api != "blas" or not _is_on_openmp(each)]


def _is_on_openmp(library):
    return getattr(library, "threading_layer", None) == "openmp"
