"""Backend: how the numerics compute, and the only package that asks with which array library.

Features are NumPy's, computed by SciPy's BLAS and LAPACK, or tensors of another library,
computed by that library on its device. A tensor is what scikit-learn's `array_api_dispatch`
makes one: with that switch off every array becomes NumPy's, as always.
"""

from skperturb._backend.array_api_backend import ArrayAPIBackend
from skperturb._backend.conversion import (
    array_namespace,
    asarray_like,
    check_same_device,
    detach,
    device_of,
    is_tensor,
    move_fitted_to_device,
    output_dtype,
    take_rows,
    to_numpy,
)
from skperturb._backend.mapped_pages import release_pages
from skperturb._backend.numpy_backend import NUMPY, NumpyBackend

__all__ = [
    "NUMPY",
    "ArrayAPIBackend",
    "NumpyBackend",
    "asarray_like",
    "check_same_device",
    "detach",
    "get_backend",
    "is_tensor",
    "move_fitted_to_device",
    "output_dtype",
    "release_pages",
    "take_rows",
    "to_numpy",
]


def get_backend(X):
    """Backend that computes with the array `X`."""
    return ArrayAPIBackend(array_namespace(X), device_of(X)) if is_tensor(X) else NUMPY
