"""Feature files: each format has a reader, and every error names the file."""

from contextlib import contextmanager
from functools import partial
from pathlib import Path

from skperturb.selection.features.npy import open_npy, open_npz
from skperturb.selection.features.parquet import open_parquet, read_column_names
from skperturb.selection.features.reader import FeatureReader
from skperturb.selection.features.safetensors import open_safetensors

_FORMATS = {
    ".npy": open_npy,
    ".npz": open_npz,
    ".parquet": open_parquet,
    ".safetensors": open_safetensors,
}
SUFFIXES = tuple(_FORMATS)


def open_file(path):
    """Open the feature file at `path`, a Path; whatever goes wrong, the error names it."""
    with _name_file_in_errors(path):
        is_there = path.exists()
    if not is_there:
        msg = (
            f"Feature file {str(path)!r} does not exist; correct the path, "
            f"which was looked up as {str(path.absolute())!r}."
        )
        raise FileNotFoundError(msg)
    with _name_file_in_errors(path):
        _check_regular(path)
    open_format = _find_format(path)
    with _name_file_in_errors(path):
        reader = open_format(path)
    return FeatureReader(reader.n_rows, partial(_read, path, reader))


def find_column_names(source):
    """Return the names of the columns in a feature file, None where it, or a source, has none."""
    try:
        path = Path(source)
        return read_column_names(path) if path.suffix.lower() == ".parquet" else None
    except Exception:  # it is no path, or no file any more
        return None


def _find_format(path):
    """Return the function that opens files with the suffix of `path`."""
    if path.suffix.lower() not in _FORMATS:
        *others, last = SUFFIXES
        known = f"{', '.join(others)} or {last}"
        msg = f"Feature file {str(path)!r} must end in {known}; save it as one of them."
        raise ValueError(msg)
    return _FORMATS[path.suffix.lower()]


def _check_regular(path):
    """Raise where opening might wait for ever, or means nothing: a pipe, a device, a folder."""
    if not path.is_file():
        msg = "it is a directory" if path.is_dir() else "it is no regular file"
        raise OSError(msg)


def _read(path, reader, rows):
    with _name_file_in_errors(path):
        return reader.read(rows)


@contextmanager
def _name_file_in_errors(path):
    """Turn all that libraries say of a broken file into one kind of error that names it."""
    try:
        yield
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        said = getattr(error, "strerror", None) or str(error)  # the path is named already
        reason = " ".join(said.split()).rstrip(".") or type(error).__name__
        msg = (
            f"Feature file {str(path)!r} cannot be read: {reason}; write it again or leave it out."
        )
        raise ValueError(msg) from error
