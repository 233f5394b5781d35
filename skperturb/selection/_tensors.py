"""Tensors: the features in a safetensors file, mapped from where they lie in it."""

import json
import math
from typing import Any, NamedTuple

import numpy as np

from skperturb.selection._stored import Stored, name_of_features, stored_array

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "?",
}


class _Place(NamedTuple):
    """What a tensor is, and the bytes of the file that it takes."""

    dtype: Any
    shape: tuple
    start: int
    stop: int


def stored_tensor(path):
    """Open the features of a safetensors file; bfloat16 becomes float32 when it is read."""
    places, first = _places(path)
    name = name_of_features(list(places))
    place = places[name]
    _check_place(name, place, first)
    stored = stored_array(_mapped(path, place))
    if place.dtype != "BF16":
        return stored
    return Stored(stored.n_rows, lambda rows: _widened(stored.read(rows)))


def _places(path):
    """Return where the tensors are, by name, and where the first may start.

    A file is the length of its header (8 bytes), the header (JSON) and the numbers. The
    header is read here because the public functions of the safetensors package do not
    tell where a tensor starts, and without that scattered rows cannot be mapped.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        first = 8 + int.from_bytes(file.read(8), "little")
        header = file.read(first - 8) if first <= size else b""
    try:
        header = json.loads(header)
        header.pop("__metadata__", None)
        places = {name: _place(entry, first) for name, entry in header.items()}
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        msg = "it does not start with the header of a safetensors file"
        raise ValueError(msg) from error
    end = max((place.stop for place in places.values()), default=first)
    if end != size:
        msg = f"its tensors take {end} bytes, the file has {size}"
        raise ValueError(msg)
    return places, first


def _place(entry, first):
    start, stop = entry["data_offsets"]
    return _Place(entry["dtype"], tuple(entry["shape"]), first + start, first + stop)


def _check_place(name, place, first):
    """Raise unless NumPy has numbers of that kind and they fill their place exactly."""
    if place.dtype not in _DTYPES:
        msg = f"tensor {name!r} must be one of {', '.join(_DTYPES)}, got {place.dtype}"
        raise ValueError(msg)
    n_bytes = math.prod(place.shape) * np.dtype(_DTYPES[place.dtype]).itemsize
    if place.start < first or place.stop - place.start != n_bytes:
        msg = f"tensor {name!r} of shape {place.shape} does not fit its place in the file"
        raise ValueError(msg)


def _mapped(path, place):
    """Return the tensor as a memory map; an empty one has nothing to map."""
    dtype = np.dtype(_DTYPES[place.dtype])
    if 0 in place.shape:
        return np.empty(place.shape, dtype)
    mapped = np.memmap(path, dtype, mode="r", offset=place.start, shape=place.shape)
    return np.require(mapped, requirements="A")


def _widened(bits):
    """Return bfloat16 as float32: its bits are the upper half of a float32's."""
    wide = bits.astype("<u4")
    wide <<= 16
    return wide.view("<f4")
