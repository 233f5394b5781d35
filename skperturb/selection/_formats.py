"""Formats: the features that a file holds, opened lazily where the format allows it."""

import zipfile
from contextlib import contextmanager
from functools import partial

from numpy.lib import format as npy_format
from scipy import sparse

from skperturb.selection._parquet import stored_parquet
from skperturb.selection._stored import Stored, name_of_features, stored_array
from skperturb.selection._tensors import stored_tensor


def stored_file(path):
    """Open the feature file at `path`, a Path; whatever goes wrong, the error names it."""
    stored_format = _stored_format(path)
    if not path.exists():
        msg = (
            f"Feature file {str(path)!r} does not exist; correct the path, "
            f"which was looked up as {str(path.absolute())!r}."
        )
        raise FileNotFoundError(msg)
    with _reading(path):
        stored = stored_format(path)
    return Stored(stored.n_rows, partial(_read, path, stored))


def _stored_format(path):
    """Return the function that opens files with the suffix of `path`."""
    if path.suffix.lower() not in _FORMATS:
        *others, last = _FORMATS
        known = f"{', '.join(others)} or {last}"
        msg = f"Feature file {str(path)!r} must end in {known}; save it as one of them."
        raise ValueError(msg)
    return _FORMATS[path.suffix.lower()]


def _read(path, stored, rows):
    with _reading(path):
        return stored.read(rows)


@contextmanager
def _reading(path):
    """Turn all that libraries say of a broken file into one kind of error that names it."""
    try:
        if path.is_dir():
            msg = "it is a directory"
            raise IsADirectoryError(msg)
        yield
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        msg = (
            f"Feature file {str(path)!r} cannot be read: {reason}; write it again or leave it out."
        )
        raise ValueError(msg) from error


def _stored_npy(path):
    with path.open("rb") as file:
        _refuse_objects(file)
    return stored_array(npy_format.open_memmap(path, mode="r"))


def _stored_npz(path):
    with zipfile.ZipFile(path) as archive:
        names = [each[:-4] for each in archive.namelist() if each.endswith(".npy")]
        if {"format", "shape", "data"} <= set(names):
            return stored_array(_sparse_rows(path))
        member = f"{name_of_features(names)}.npy"
        with archive.open(member) as file:
            _refuse_objects(file)
        with archive.open(member) as file:
            return stored_array(npy_format.read_array(file, allow_pickle=False))


def _refuse_objects(file):
    """Raise if an open .npy file holds a pickle, which could run anything."""
    version = npy_format.read_magic(file)
    first, later = npy_format.read_array_header_1_0, npy_format.read_array_header_2_0
    *_, dtype = first(file) if version == (1, 0) else later(file)
    if dtype.hasobject:
        msg = "it holds Python objects, which are never unpickled"
        raise ValueError(msg)


def _sparse_rows(path):
    """Return what scipy.sparse.save_npz saved, by rows, if its indices stay inside."""
    matrix = sparse.load_npz(path)
    if hasattr(matrix, "check_format"):
        matrix.check_format()  # compiled code would follow them anywhere
    return matrix.tocsr()


_FORMATS = {
    ".npy": _stored_npy,
    ".npz": _stored_npz,
    ".parquet": stored_parquet,
    ".safetensors": stored_tensor,
}
