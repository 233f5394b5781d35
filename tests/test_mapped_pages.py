"""Pages of a memory map are let go behind the reading, and only where the file has them."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from skperturb._backend import release_pages
from skperturb._chunked import ChunkedMatrix

_MEGABYTE = 2**20
_SHAPE = (8192, 1024)  # of float32: 32 MB


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "features.npy", np.arange(_SHAPE[0] * _SHAPE[1], dtype="f4").reshape(_SHAPE))
    return tmp_path / "features.npy"


def _resident_bytes(path):
    """Bytes of a file that are mapped into this process, and in memory."""
    maps = Path("/proc/self/smaps").read_text(encoding="utf-8")
    resident = re.findall(rf"{re.escape(str(path))}\n(?:\w+:.*\n)*?Rss: +(\d+) kB", maps)
    return sum(map(int, resident)) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is in memory")
@pytest.mark.parametrize("view", [np.asarray, lambda X: X[100:], lambda X: X.view(np.ndarray)])
def test_a_file_that_is_read_is_not_held(path, view):
    X = view(np.load(path, mmap_mode="r"))
    total, most = 0.0, 0
    for block in ChunkedMatrix(X).iter_rows():
        total += block.sum()
        most = max(most, _resident_bytes(path))
    assert total == np.load(path)[-len(X) :].sum(dtype=np.float64)
    assert 0 < most <= 10 * _MEGABYTE
    assert _resident_bytes(path) <= _MEGABYTE


def test_a_block_that_was_let_go_is_read_again(path):
    X = np.load(path, mmap_mode="r")
    blocks = list(ChunkedMatrix(X.astype(np.float64)).iter_rows())
    kept = [X[block] for block in ChunkedMatrix(X).row_slices()]
    np.testing.assert_array_equal(np.concatenate(kept), np.concatenate(blocks))


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_what_was_written_to_a_map_stays(path, mode):
    X = np.load(path, mmap_mode=mode)
    X[:] = -1.0
    X.flags.writeable = False
    release_pages(X)
    assert (X == -1.0).all()


@pytest.mark.parametrize("X", [np.ones((4, 3)), np.ones((4, 3)).T, np.ones((4, 3))[::2]])
def test_other_arrays_are_left_alone(X):
    release_pages(X)
    assert (X == 1.0).all()


def test_parts_of_a_page_stay(path):
    X = np.load(path, mmap_mode="r")
    for rows in (X[:0], X[3:4, :5], X[::2], X[:, 5:9], X[1:3]):
        before = rows.copy()
        release_pages(rows)
        np.testing.assert_array_equal(rows, before)
