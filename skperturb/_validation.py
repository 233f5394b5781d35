"""The few checks that scikit-learn leaves to us: parameters, labels, class sizes."""

import math
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_X_y

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._memoize import memoize

# Scores need fourth powers of features, which float64 holds up to 1e308.
_SMALLEST, _LARGEST = 1e-60, 1e60
_SAFE_SQUARE = 1e-80  # a sum of fewer than 1e40 squares above it has one above 1e-120


def _owner(estimator):
    return type(estimator).__name__


def check_real(estimator, name, *, low=-math.inf, high=math.inf, open_low=False):
    """Return the parameter `name` of `estimator` as a float, or say what it must be."""
    value = getattr(estimator, name)
    bounds = _describe_bounds(low, high, open_low)
    msg = f"`{name}` of {_owner(estimator)} must be a finite number{bounds}, got {value!r}."
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(msg)
    below = value <= low if open_low else value < low
    if not math.isfinite(value) or below or value > high:
        raise ValueError(msg)
    return float(value)


def _describe_bounds(low, high, open_low):
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f" {'above' if open_low else 'of at least'} {low:g}"
    return f" in {'(' if open_low else '['}{low:g}, {high:g}]"


def check_integer(estimator, name, *, low):
    """Return the parameter `name` of `estimator` as an int of at least `low`."""
    value = getattr(estimator, name)
    msg = f"`{name}` of {_owner(estimator)} must be an integer of at least {low}, got {value!r}."
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(msg)
    if value < low:
        raise ValueError(msg)
    return int(value)


def check_option(estimator, name, options):
    """Return the parameter `name` of `estimator` if it is one of `options`."""
    value = getattr(estimator, name)
    if not (isinstance(value, str) and value in options):
        choices = " or ".join(map(repr, options))
        msg = f"`{name}` of {_owner(estimator)} must be {choices}, got {value!r}."
        raise ValueError(msg)
    return value


def check_fraction_or_option(estimator, name, options):
    """Return the parameter `name` of `estimator`, one of `options` or a float in [0, 1]."""
    value = getattr(estimator, name)
    if not isinstance(value, str):
        return check_real(estimator, name, low=0.0, high=1.0)
    if value not in options:
        choices = " or ".join(map(repr, options))
        msg = f"`{name}` of {_owner(estimator)} must be {choices} or in [0, 1], got {value!r}."
        raise ValueError(msg)
    return value


def check_boolean(estimator, name):
    """Return the parameter `name` of `estimator` if it is True or False."""
    value = getattr(estimator, name)
    if not isinstance(value, bool | np.bool_):
        msg = f"`{name}` of {_owner(estimator)} must be True or False, got {value!r}."
        raise TypeError(msg)
    return bool(value)


@memoize
def validate_arrays(X, y, *, estimator):
    """Return features and targets as scikit-learn checks them; features of any real type.

    Whether the features are finite is left to `check_finite`.
    """
    check_unmasked(X, f"Features for {_owner(estimator)}")
    X, y = check_X_y(
        X,
        y,
        dtype="numeric",
        order="C",
        ensure_all_finite=False,
        multi_output=True,
        ensure_min_samples=2,
        estimator=estimator,
    )
    check_real_numbers(estimator, X)
    return X, y


def check_unmasked(X, title):
    """Raise where features are masked: NumPy and scikit-learn compute with what is under a mask."""
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        msg = (
            f"{title} must have no masked values, got {np.ma.count_masked(X)} of "
            f"{X.size}; drop or impute the rows that have some."
        )
        raise ValueError(msg)


def check_real_numbers(estimator, X):
    """Raise unless X holds floats, integers or booleans: dates can be subtracted, too."""
    real = ("real floating", "integral", "bool")
    if not get_backend(X).xp.isdtype(X.dtype, real):
        msg = f"Features for {_owner(estimator)} must be real numbers, got {X.dtype}."
        raise ValueError(msg)


def check_finite(estimator, X):
    """Raise unless X is finite and its fourth powers stay within float64; all zeros are fine."""
    # One sum of squares, in blocks: a search for extremes or a mask of NaNs takes far longer.
    with np.errstate(over="ignore", invalid="ignore"):
        norm_sq = _norm_sq(X)
    if _SAFE_SQUARE < norm_sq < 1.0 / _SAFE_SQUARE:
        return  # a NaN or an infinity would be in the sum
    largest = max(_largest_magnitude(estimator, block) for block in ChunkedMatrix(X).iter_rows())
    if largest and not _SMALLEST <= largest <= _LARGEST:
        msg = (
            f"Features for {_owner(estimator)} must have a largest absolute value between "
            f"{_SMALLEST:g} and {_LARGEST:g}, got {largest:g}. Scale them."
        )
        raise ValueError(msg)


@memoize
def _norm_sq(X):
    """Sum of squares of X; of float32 in float32, where an overflow only asks for a closer look."""
    backend = get_backend(X)
    if X.dtype not in (backend.xp.float32, backend.xp.float64):
        return ChunkedMatrix(X).norm_sq()
    return sum(backend.sum_squares(X[block, ...]) for block in ChunkedMatrix(X).row_slices())


def _largest_magnitude(estimator, block):
    xp = get_backend(block).xp
    if not bool(xp.all(xp.isfinite(block))):
        kind = "NaN" if bool(xp.any(xp.isnan(block))) else "infinity"
        msg = (
            f"Input X contains {kind}. {_owner(estimator)} needs finite features: drop or impute "
            "the rows that have none."
        )
        raise ValueError(msg)
    return float(xp.max(xp.abs(block)))


@memoize
def to_float64(X):
    """NumPy features as float64, which takes a copy of others."""
    return X.astype(np.float64, copy=False)


def check_seed(estimator, name):
    """Return the parameter `name` of `estimator` if it seeds a random generator."""
    value = getattr(estimator, name)
    try:
        check_random_state(value)
    except ValueError as error:
        msg = (
            f"`{name}` of {_owner(estimator)} must be an integer of at least 0, a "
            f"RandomState or None, got {value!r}."
        )
        raise ValueError(msg) from error
    return value


def label_array(y, name="y"):
    """Return labels, targets or groups as NumPy's array of their own type, if none is missing.

    scikit-learn makes floats of the whole numbers of pandas' nullable types, of which two may
    then be the same, and looks at no mask.
    """
    if y is None or sparse.issparse(y):
        return y
    y = to_numpy(y)
    labels = np.asarray(y)
    missing = np.flatnonzero(_find_missing(y, labels))
    if len(missing):
        row, *_ = np.unravel_index(missing[0], labels.shape)
        msg = (
            f"`{name}` must have a value in every row, got none in row {row} (from 0); leave the "
            "rows without one out, of the features too."
        )
        raise ValueError(msg)
    return labels


def _find_missing(given, labels):
    """Tell where labels are masked, no time, or an object that stands for nothing."""
    if isinstance(given, np.ma.MaskedArray):
        return np.ma.getmaskarray(given)
    if labels.dtype.kind in "mM":
        return np.isnat(labels)
    if labels.dtype.kind == "U" and isinstance(given, list | tuple):
        labels = np.asarray(given, dtype=object)  # among words NaN has become the word "nan"
    if labels.dtype != object:
        return np.zeros(0, dtype=bool)  # NaN and infinity are left to scikit-learn
    return np.array([_is_missing(each) for each in labels.ravel()], dtype=bool)


def _is_missing(value):
    """Whether an object is None, NaN or pandas' NA: the last is equal to nothing, nor unequal."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def check_labels(estimator, y, *, hint=""):
    """Return `(classes, codes)` of the class labels `y`, with at least two classes.

    `hint` says what else to try, where `y` holds no labels.
    """
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind not in ("binary", "multiclass"):
        msg = (
            f"{_owner(estimator)} needs class labels, one per sample, got y of type {kind!r}.{hint}"
        )
        raise ValueError(msg)
    classes, codes = _classes_and_codes(y)
    if len(classes) < 2:
        msg = f"{_owner(estimator)} needs at least 2 classes, got 1: every label is {classes[0]}."
        raise ValueError(msg)
    return classes, codes


@memoize
def _classes_and_codes(y):
    classes, codes = np.unique(y, return_inverse=True)
    return classes, codes.reshape(-1)


def check_class_sizes(estimator, classes, counts, *, need):
    """Raise for the first class with fewer than `need` samples."""
    small = np.flatnonzero(counts < need)
    if len(small):
        label, count = classes[small[0]], counts[small[0]]
        msg = (
            f"Class {label.item() if hasattr(label, 'item') else label!r} has {count} sample"
            f"{'' if count == 1 else 's'}; {_owner(estimator)} needs {need}. "
            "Drop the class or merge it into another."
        )
        raise ValueError(msg)
