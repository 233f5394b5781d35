"""Backends of the tests: NumPy, the strictest array API, and PyTorch on the CPU.

A test that takes the fixture `backend` is run with each that is installed. `over_backends` is
for tests of many estimators, each with the backends that it takes.
"""

from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils import get_tags

_LIBRARIES = {
    # What is on device1 cannot become a NumPy array by accident.
    "strict": ("array_api_strict", "device1"),
    "no_float64": ("array_api_strict", "no_float64"),
    "torch": ("torch", None),
}
TENSORS = [name for name in ("strict", "torch") if find_spec(_LIBRARIES[name][0])]
BACKENDS = ["numpy", *TENSORS]


class Backend(NamedTuple):
    """A library of arrays, and one of its devices; NumPy has none."""

    name: str
    library: Any = None
    device: Any = None

    def asarray(self, array, dtype=None):
        """Return a NumPy array as one of this backend: a copy, read-only where that is possible."""
        array = np.array(array, dtype=dtype)
        if self.library is None:
            array.flags.writeable = False
            return array
        return self.library.asarray(array, device=self.device, copy=True)

    def score(self, metric, X, y):
        """Score of NumPy's features that are taken here, which must stay as they are."""
        features = self.asarray(X)
        score = clone(metric).fit(features, y).score_
        np.testing.assert_array_equal(to_numpy(features), X)
        return score

    def move(self, perturbation, X, y):
        """Rows moved here by a perturbation that is fitted to them, as a NumPy array."""
        features = self.asarray(X)
        moved = to_numpy(clone(perturbation).fit_transform(features, y))
        np.testing.assert_array_equal(to_numpy(features), X)
        return moved

    def skip_without(self, dtype):
        """Skip the test where a type is missing, as float16 is from the array API."""
        if self.library is not None and not hasattr(self.library, np.dtype(dtype).name):
            pytest.skip(f"{self.library.__name__} has no {np.dtype(dtype).name}")

    def owns(self, array):
        """Whether an array is of this library and on this device."""
        if self.library is None:
            return isinstance(array, np.ndarray)
        mine = self.asarray(np.zeros(1))
        return type(array) is type(mine) and array.device == mine.device

    def dispatch(self):
        """Switch scikit-learn's dispatch on where arrays are not NumPy's."""
        if self.library is None:
            return nullcontext()
        return sklearn.config_context(array_api_dispatch=True)


def load_backend(name):
    """Return a backend, or skip the test with the reason why it cannot be had."""
    if name == "numpy":
        return Backend(name)
    library, device = _LIBRARIES[name]
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    try:
        backend = Backend(name, module, module.Device(device) if device else None)
        with backend.dispatch():
            import_module("array_api_compat")

    except (ImportError, RuntimeError, ValueError) as error:  # an extra, the switch, the device
        pytest.skip(str(error))
    return backend


def to_numpy(array):
    """Values of an array of any backend, as a NumPy array."""
    return array if isinstance(array, np.ndarray) else np.array(np.from_dlpack(array))


def takes_tensors(estimator):
    """Whether an estimator computes with the library that its features are from."""
    return get_tags(estimator).array_api_support


def over_backends(argument, estimators, backends=BACKENDS):
    """Parametrize a test by estimators, each with all backends that it takes."""
    pairs = [
        pytest.param(estimator, backend, id=f"{estimator}-{backend}")
        for estimator in estimators
        for backend in backends
        if backend == "numpy" or takes_tensors(estimator)
    ]
    return pytest.mark.parametrize((argument, "backend"), pairs, indirect=["backend"])
