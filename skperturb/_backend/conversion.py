"""Conversion: tensors told apart from NumPy's arrays, and moved between host and device."""

from importlib import import_module

import numpy as np
from sklearn import get_config


def is_tensor(X):
    """Whether `X` is to be computed with by the library that it comes from."""
    return _is_foreign(X) and get_config()["array_api_dispatch"]


def _is_foreign(X):
    return hasattr(X, "__dlpack__") and not isinstance(X, np.ndarray)


def _import_compat():
    try:
        return import_module("array_api_compat")
    except ImportError as error:
        msg = "Tensors need array-api-compat; install it with `pip install skperturb[array-api]`."
        raise ImportError(msg) from error


def array_namespace(tensor):
    """Namespace of the functions of the array API that take this tensor."""
    return _import_compat().array_namespace(tensor)


def device_of(tensor):
    """Device that the tensor is on."""
    return _import_compat().device(tensor)


def widest_float(xp, device):
    """Type of numbers to compute in: float64, or float32 on a device without it."""
    known = xp.__array_namespace_info__().dtypes(kind="real floating", device=device)
    return known.get("float64", known["float32"])


def output_dtype(X):
    """Type of what a transformer makes of `X`: float32 of float32, else the widest float."""
    if not is_tensor(X):
        return np.float32 if X.dtype == np.float32 else np.float64
    xp = array_namespace(X)
    return xp.float32 if X.dtype == xp.float32 else widest_float(xp, device_of(X))


def to_numpy(array):
    """Values of a tensor as a NumPy array; anything else as it is."""
    if not is_tensor(array):
        return array
    compat = _import_compat()
    if compat.is_torch_array(array):
        return _torch_to_numpy(array.detach().cpu())
    return array.get() if compat.is_cupy_array(array) else np.from_dlpack(array)


def _torch_to_numpy(tensor):
    try:
        return tensor.numpy()
    except TypeError:  # NumPy has no such type: bfloat16, and those of 8 bits
        return tensor.float().numpy()


def detach(X):
    """`X` without the gradient that PyTorch would record of all that is computed from it."""
    return X.detach() if is_tensor(X) and getattr(X, "requires_grad", False) else X


def asarray_like(values, like):
    """Values of a NumPy array as an array of the library and on the device of `like`.

    float64 becomes float32 where the device has no other.
    """
    if not is_tensor(like):
        return values
    if not values.flags.writeable or min(values.strides, default=0) < 0:
        values = values.copy()  # PyTorch takes no others, or warns of them
    xp, device = array_namespace(like), device_of(like)
    dtype = widest_float(xp, device) if values.dtype == np.float64 else None
    return xp.asarray(values, dtype=dtype, device=device)


def take_rows(array, indices, *, axis=0):
    """Rows or columns of an array of any library, by their indices in a NumPy array."""
    if not is_tensor(array):
        return np.take(array, indices, axis=axis)
    return array_namespace(array).take(array, asarray_like(indices, array), axis=axis)


def move_fitted_to_device(estimator, X):
    """Move what was learned from a tensor to its device, all arrays but the labels."""
    for name, value in vars(estimator).items():
        if isinstance(value, np.ndarray) and name.endswith("_") and name != "classes_":
            setattr(estimator, name, asarray_like(value, X))


def check_same_device(estimator, name, X, method):
    """Raise unless `X` is of the library and on the device of the fitted attribute `name`."""
    found, fitted = _describe_place(X), _describe_place(getattr(estimator, name))
    if found != fitted:
        owner = type(estimator).__name__
        msg = (
            f"Features for {owner}.{method}() must use the same namespace and device as those "
            f"for fit, {fitted}, got {found}. Move them there, or fit again."
        )
        raise ValueError(msg)


def _describe_place(array):
    if not _is_foreign(array):
        return "numpy"
    return f"{array_namespace(array).__name__} on {device_of(array)}"
