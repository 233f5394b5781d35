"""NumPy's own files: .npy as a memory map, .npz as one array or a sparse matrix."""

import math
import zipfile
from functools import partial

from numpy.lib import format as npy_format
from scipy import sparse

from skperturb.selection.features.reader import (
    FeatureReader,
    array_reader,
    check_matrix,
    choose_array_name,
    take_array_rows,
)


def open_npy(path):
    """Open the features of a .npy file as a memory map."""
    with path.open("rb") as file:
        _read_header(file, path.stat().st_size)
    return array_reader(npy_format.open_memmap(path, mode="r"))


def open_npz(path):
    """Open the features of a .npz file; its rows are counted before any is decompressed."""
    with zipfile.ZipFile(path) as archive:
        names = [each[:-4] for each in archive.namelist() if each.endswith(".npy")]
        if {"format", "shape", "data"} <= set(names):
            return FeatureReader(_count_sparse_rows(archive), partial(_read_sparse, path))
        member = f"{choose_array_name(names)}.npy"
        with archive.open(member) as file:
            shape = _read_header(file, archive.getinfo(member).file_size)
    return FeatureReader(shape[0], partial(_read_member, path, member))


def _read_header(file, size):
    """Return the shape of the array in an open .npy file of `size` bytes, if it fills them."""
    version = npy_format.read_magic(file)
    first, later = npy_format.read_array_header_1_0, npy_format.read_array_header_2_0
    shape, _, dtype = first(file) if version == (1, 0) else later(file)
    check_matrix(shape, dtype)
    # What stands behind the array is no part of it, perhaps the array that was meant.
    n_bytes = math.prod(shape) * dtype.itemsize
    if file.tell() + n_bytes != size:
        msg = f"its array takes {n_bytes} bytes, the file has {size - file.tell()}"
        raise ValueError(msg)
    return shape


def _read_member(path, member, rows):
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        return take_array_rows(npy_format.read_array(file, allow_pickle=False), rows)


def _count_sparse_rows(archive):
    with archive.open("shape.npy") as file:
        return int(npy_format.read_array(file, allow_pickle=False)[0])


def _read_sparse(path, rows):
    """Return what scipy.sparse.save_npz saved, by rows, if its indices stay inside."""
    matrix = sparse.load_npz(path)
    if hasattr(matrix, "check_format"):
        matrix.check_format()  # compiled code would follow them anywhere
    return take_array_rows(matrix.tocsr(), rows)
