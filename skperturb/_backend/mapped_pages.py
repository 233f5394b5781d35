"""Mapped pages: the memory that a file takes while it is read, let go before all of it is."""

import mmap

import numpy as np

_DONTNEED = getattr(mmap, "MADV_DONTNEED", None)  # there is none on Windows


def release_pages(rows):
    """Let go of what holds rows of a read-only memory map; looked at again, they are read again."""
    owner = rows
    while isinstance(owner, np.ndarray) and not isinstance(owner.base, mmap.mmap):
        owner = owner.base
    # Of a map that is written to, the pages may be all that there is of what was written.
    if _DONTNEED is None or getattr(owner, "mode", None) != "r" or not rows.flags.c_contiguous:
        return
    mapped = np.frombuffer(owner.base, np.uint8)
    start = -(-(_address(rows) - _address(mapped)) // mmap.PAGESIZE) * mmap.PAGESIZE
    stop = _address(rows) + rows.nbytes - _address(mapped)
    if stop - start >= mmap.PAGESIZE:
        owner.base.madvise(_DONTNEED, start, (stop - start) // mmap.PAGESIZE * mmap.PAGESIZE)


def _address(array):
    return array.__array_interface__["data"][0]
