"""Array API: tensors of other libraries, told apart from NumPy's arrays and moved between them.

A tensor is what scikit-learn's `array_api_dispatch` makes one: an array of a library such
as PyTorch, while the switch is on. With it off every array becomes NumPy's, as always.
"""

from importlib import import_module

import numpy as np
from sklearn import get_config

FLOATS = (np.float64, np.float32)  # what is kept as it is; the rest becomes float64


def is_tensor(X):
    """Whether `X` is to be computed with by the library that it comes from."""
    return _is_foreign(X) and get_config()["array_api_dispatch"]


def _is_foreign(X):
    return hasattr(X, "__dlpack__") and not isinstance(X, np.ndarray)


def _library(name):
    try:
        return import_module(name)
    except ImportError as error:
        msg = (
            "Tensors need array-api-compat and array-api-extra; install them with "
            "`pip install skperturb[array-api]`."
        )
        raise ImportError(msg) from error


def extra():
    """Return array-api-extra, imported only where there are tensors."""
    return _library("array_api_extra")


def namespace(tensor):
    """Namespace of the functions of the array API that take this tensor."""
    return _library("array_api_compat").array_namespace(tensor)


def device_of(tensor):
    """Device that the tensor is on."""
    return _library("array_api_compat").device(tensor)


def floats_of(X):
    """Types of numbers that are kept as they are, the one that others become first."""
    if not is_tensor(X):
        return FLOATS
    info = namespace(X).__array_namespace_info__()
    known = info.dtypes(kind="real floating", device=device_of(X))
    return tuple(known[name] for name in ("float64", "float32") if name in known)


def precision_of(tensor):
    """Type of numbers to compute in: float64, or float32 on a device without it."""
    return floats_of(tensor)[0]


def on_host(array):
    """Values of a tensor as a NumPy array; anything else as it is."""
    if not is_tensor(array):
        return array
    compat = _library("array_api_compat")
    if compat.is_torch_array(array):
        return _from_torch(array.detach().cpu())
    return array.get() if compat.is_cupy_array(array) else np.from_dlpack(array)


def _from_torch(tensor):
    try:
        return tensor.numpy()
    except TypeError:  # NumPy has no such type: bfloat16, and those of 8 bits
        return tensor.float().numpy()


def detached(X):
    """`X` without the gradient that PyTorch would record of all that is computed from it."""
    return X.detach() if is_tensor(X) and getattr(X, "requires_grad", False) else X


def beside(values, tensor):
    """Values of a NumPy array on the device of a tensor, as that device can hold them."""
    if not values.flags.writeable or min(values.strides, default=0) < 0:
        values = values.copy()  # PyTorch takes no others, or warns of them
    if values.dtype == np.float64:
        dtype = precision_of(tensor)
        return namespace(tensor).asarray(values, dtype=dtype, device=device_of(tensor))
    return namespace(tensor).asarray(values, device=device_of(tensor))


def taken(tensor, numbers, *, axis=0):
    """Rows or columns of a tensor, by their numbers in a NumPy array."""
    return namespace(tensor).take(tensor, beside(numbers, tensor), axis=axis)


def learned_beside(estimator, X):
    """Move the arrays that were learned from a tensor to its device, all but the labels."""
    for name, value in vars(estimator).items():
        if isinstance(value, np.ndarray) and name.endswith("_") and name != "classes_":
            setattr(estimator, name, beside(value, X))


def check_same_place(estimator, name, X, method):
    """Raise unless `X` is of the library and on the device of the fitted attribute `name`."""
    found, fitted = _place(X), _place(getattr(estimator, name))
    if found != fitted:
        owner = type(estimator).__name__
        msg = (
            f"Features for {owner}.{method}() must use the same namespace and device as those "
            f"for fit, {fitted}, got {found}. Move them there, or fit again."
        )
        raise ValueError(msg)


def _place(array):
    return f"{namespace(array).__name__} on {device_of(array)}" if _is_foreign(array) else "numpy"
