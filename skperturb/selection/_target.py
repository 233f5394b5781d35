"""Target of a pool: y, checked once and before any work."""

from os import PathLike, fspath

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from skperturb._array_api import on_host
from skperturb.selection.features.loader import open_features

_UNREADABLE = -1


def checked_target(y):
    """Return y as an array of numbers or labels, of at least 2 classes where it has classes."""
    if y is None:
        msg = "ModelSelector requires y to be passed, but the target y is None."
        raise ValueError(msg)
    y = check_array(on_host(y), ensure_2d=False, dtype=None, input_name="y")
    y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    try:
        kind = type_of_target(y, input_name="y")
    except TypeError as error:
        msg = f"y must hold labels of one kind, all words or all numbers: {error}."
        raise ValueError(msg) from error
    if kind == "binary" and len(np.unique(y)) < 2:
        msg = f"ModelSelector needs at least 2 classes, got 1: every label is {y[0]}."
        raise ValueError(msg)
    return y


def check_length(y, pool):
    """Raise if no feature set can have a row for every entry of y, as far as a look tells."""
    sizes = set()
    for source in pool.values():
        size = _known_rows(source)
        if size in (None, len(y)):
            return
        sizes.add(size)
    sizes.discard(_UNREADABLE)
    if not sizes:
        return
    said = str(sizes.pop()) if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
    msg = (
        f"y must have one entry per row of the feature sets, which have {said} rows, "
        f"got {len(y)} entries."
    )
    raise ValueError(msg)


def _known_rows(source):
    """Return the rows of a feature set where that takes no reading of it, else None."""
    if callable(source):
        return None
    if isinstance(source, str | PathLike) and not fspath(source).lower().endswith(".npy"):
        return None
    try:
        return open_features(source).n_rows
    except Exception:  # whatever is wrong with it is reported when it is scored
        return _UNREADABLE
