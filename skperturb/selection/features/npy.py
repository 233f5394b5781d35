"""NumPy's own files: .npy as a memory map, .npz as one array or a sparse matrix."""

import zipfile

from numpy.lib import format as npy_format
from scipy import sparse

from skperturb.selection.features.reader import array_reader, choose_array_name


def open_npy(path):
    """Open the features of a .npy file as a memory map."""
    with path.open("rb") as file:
        _refuse_objects(file)
    return array_reader(npy_format.open_memmap(path, mode="r"))


def open_npz(path):
    """Open the features of a .npz file, or the sparse matrix that SciPy saved in one."""
    with zipfile.ZipFile(path) as archive:
        names = [each[:-4] for each in archive.namelist() if each.endswith(".npy")]
        if {"format", "shape", "data"} <= set(names):
            return array_reader(_load_sparse_rows(path))
        member = f"{choose_array_name(names)}.npy"
        with archive.open(member) as file:
            _refuse_objects(file)
        with archive.open(member) as file:
            return array_reader(npy_format.read_array(file, allow_pickle=False))


def _refuse_objects(file):
    """Raise if an open .npy file holds a pickle, which could run anything."""
    version = npy_format.read_magic(file)
    first, later = npy_format.read_array_header_1_0, npy_format.read_array_header_2_0
    *_, dtype = first(file) if version == (1, 0) else later(file)
    if dtype.hasobject:
        msg = "it holds Python objects, which are never unpickled"
        raise ValueError(msg)


def _load_sparse_rows(path):
    """Return what scipy.sparse.save_npz saved, by rows, if its indices stay inside."""
    matrix = sparse.load_npz(path)
    if hasattr(matrix, "check_format"):
        matrix.check_format()  # compiled code would follow them anywhere
    return matrix.tocsr()
