"""Tensors: the features in a safetensors file, mapped from where they lie in it."""

import json
import math
from typing import Any, NamedTuple

import numpy as np

from skperturb.selection.features.reader import (
    FeatureReader,
    array_reader,
    choose_array_name,
)

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


class TensorEntry(NamedTuple):
    """What a tensor is, and the bytes of the file that it takes."""

    dtype: Any
    shape: tuple
    start: int
    stop: int


def open_safetensors(path):
    """Open the features of a safetensors file; bfloat16 becomes float32 when it is read."""
    entries, first = _read_header(path)
    name = choose_array_name(list(entries))
    entry = entries[name]
    _check_entry(name, entry, first)
    reader = array_reader(_map_tensor(path, entry))
    if entry.dtype != "BF16":
        return reader
    return FeatureReader(reader.n_rows, lambda rows: _widen_bfloat16(reader.read(rows)))


def _read_header(path):
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
        entries = {name: _parse_entry(entry, first) for name, entry in header.items()}
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        msg = "it does not start with the header of a safetensors file"
        raise ValueError(msg) from error
    end = max((entry.stop for entry in entries.values()), default=first)
    if end != size:
        msg = f"its tensors take {end} bytes, the file has {size}"
        raise ValueError(msg)
    return entries, first


def _parse_entry(entry, first):
    start, stop = entry["data_offsets"]
    return TensorEntry(entry["dtype"], tuple(entry["shape"]), first + start, first + stop)


def _check_entry(name, entry, first):
    """Raise unless NumPy has numbers of that kind and they fill their bytes exactly."""
    if entry.dtype not in _DTYPES:
        msg = f"tensor {name!r} must be one of {', '.join(_DTYPES)}, got {entry.dtype}"
        raise ValueError(msg)
    n_bytes = math.prod(entry.shape) * np.dtype(_DTYPES[entry.dtype]).itemsize
    if entry.start < first or entry.stop - entry.start != n_bytes:
        msg = f"tensor {name!r} of shape {entry.shape} does not fit its place in the file"
        raise ValueError(msg)


def _map_tensor(path, entry):
    """Return the tensor as a memory map; an empty one has nothing to map."""
    dtype = np.dtype(_DTYPES[entry.dtype])
    if 0 in entry.shape:
        return np.empty(entry.shape, dtype)
    mapped = np.memmap(path, dtype, mode="r", offset=entry.start, shape=entry.shape)
    return np.require(mapped, requirements="A")


def _widen_bfloat16(bits):
    """Return bfloat16 as float32: its bits are the upper half of a float32's."""
    wide = bits.astype("<u4")
    wide <<= 16
    return wide.view("<f4")
