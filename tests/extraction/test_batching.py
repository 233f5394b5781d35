"""Batches: every row once, the longest first, prepared ahead; and less memory where it is short."""

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skperturb.extraction import extract_features
from skperturb.extraction._batching import is_out_of_memory, iter_ahead, run_halving, split_rows


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
def test_every_row_is_in_one_batch_and_the_longest_come_first(lengths, batch_size):
    batches = split_rows(lengths, batch_size)
    order = [row for batch in batches for row in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[row] for row in order] == sorted(lengths, reverse=True)
    assert all(len(batch) == batch_size for batch in batches[:-1])
    equal = [row for row in order if lengths[row] == max(lengths)]
    assert equal == sorted(equal)


def test_one_batch_is_prepared_while_another_is_used():
    prepared, allowed = [], threading.Event()

    def prepare(batch):
        prepared.append(batch)
        if len(prepared) == 2:
            allowed.set()
        return -batch

    for batch, found in iter_ahead(range(5), prepare):
        assert allowed.wait(10)
        assert found == -batch
        assert len(prepared) <= batch + 2
    assert prepared == list(range(5))
    assert list(iter_ahead([], prepare)) == []


def test_an_error_in_preparing_is_raised_where_the_batch_is_used():
    def prepare(batch):
        return 1 // batch

    seen = []
    with pytest.raises(ZeroDivisionError):
        seen += (batch for batch, _ in iter_ahead([1, 0, 2], prepare))
    assert seen == [1]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_NOT_SUPPORTED."), True),
        (RuntimeError("Failed to allocate memory for requested buffer of size 4"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("no"), False),
    ],
)
def test_the_words_of_the_frameworks_for_too_little_memory(error, expected):
    assert is_out_of_memory(error) is expected


def test_halving_ends_at_one():
    sizes = []

    def run(size):
        sizes.append(size)
        raise MemoryError

    with pytest.raises(MemoryError):
        run_halving(run, 12)
    assert sizes == [12, 6, 3, 1]
    with pytest.raises(ValueError, match="other"):
        run_halving(lambda size: (_ for _ in ()).throw(ValueError("other")), 4)


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def wide(texts):
        return np.ones((len(texts), 2000), dtype=np.float32)

    texts = [str(i) for i in range(8000)]
    tracemalloc.start()
    extract_features({"m": wide}, texts, out=tmp_path, batch_size=64, verbose=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All rows are 64 MB; two batches of 64 are 1 MB, a block on its way to float16 6 MB.
    assert peak < 12e6
    assert np.load(tmp_path / "m.npy", mmap_mode="r").shape == (8000, 2000)
