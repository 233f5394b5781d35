"""Writing: feature files that are whole or not there, each row written at its own place."""

import os
from pathlib import Path

import numpy as np

_LARGEST = float(np.finfo(np.float16).max)
# The smallest normal float16: with less, the error is more than 1/2000 of the range.
_SMALLEST = float(np.finfo(np.float16).smallest_normal)
_BLOCK_BYTES = 2**22


class FeatureFile:
    """
    A file of float32 features under way, `NAME.npy.part`.

    Rows are written with seek and write, not through a memory map: its pages would count as
    memory of the process, however many rows there are.
    """

    def __init__(self, path, n_rows, n_features):
        self.path, self.shape = Path(path), (n_rows, n_features)
        self.part = self.path.with_name(self.path.name + ".part")
        self._offset = _create(self.part, self.shape, np.float32)
        self._file = self.part.open("r+b")
        self._largest = 0.0

    def write(self, rows, features):
        """Write the features of some rows, each at the place of its row."""
        features = np.ascontiguousarray(features, dtype=np.float32)
        if features.shape != (len(rows), self.shape[1]):
            msg = (
                f"The model must give {len(rows)} rows of {self.shape[1]} features, "
                f"got an array of shape {features.shape}."
            )
            raise ValueError(msg)
        check_finite(features, rows)
        self._largest = max(self._largest, float(np.abs(features).max(initial=0.0)))
        for row, values in zip(rows, features, strict=True):
            self._file.seek(self._offset + 4 * self.shape[1] * row)
            self._file.write(values.data)

    def finish(self, storage):
        """Put the file in its place, as float16 where that is asked for and enough."""
        self._file.close()
        fits = self._largest == 0.0 or _SMALLEST <= self._largest <= _LARGEST
        dtype = np.dtype(np.float16 if storage == "float16" and fits else np.float32)
        if dtype == np.float16:
            self._convert()
        os.replace(self.part, self.path)
        return dtype.name

    def discard(self):
        """Remove what has been written."""
        self._file.close()
        self.part.unlink(missing_ok=True)

    def _convert(self):
        """Rewrite the part as float16, block by block."""
        narrow = self.part.with_name(self.part.name + "16")
        offset = _create(narrow, self.shape, np.float16)
        with self.part.open("rb") as wide_file, narrow.open("r+b") as narrow_file:
            wide_file.seek(self._offset)
            narrow_file.seek(offset)
            while block := wide_file.read(_BLOCK_BYTES):
                narrow_file.write(np.frombuffer(block, np.float32).astype(np.float16).data)
        os.replace(narrow, self.part)


def check_finite(features, rows):
    """Raise for features that are no numbers, and name the first row of them."""
    bad = ~np.isfinite(features).all(axis=1)
    if bad.any():
        first = rows[int(bad.argmax())]
        msg = (
            f"The model gives NaN or infinity for {int(bad.sum())} of {len(rows)} rows of a batch, "
            f'first row {first}; in half precision, try dtype="bfloat16" or "float32".'
        )
        raise ValueError(msg)


def _create(path, shape, dtype):
    """Create a .npy file of zeros and return where its values begin."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    return array.offset


def write_text(path, text):
    """Write a text file that is whole or not there."""
    part = Path(path).with_name(Path(path).name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
