"""Batching: rows in batches, prepared ahead, and fewer at a time where memory runs out."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to allocate memory",
    "unable to allocate",
    "cudnn_status_not_supported",
    "cublas_status_alloc_failed",
)


def split_rows(lengths, batch_size):
    """
    Return the rows of each batch, the longest rows first.

    Rows of one length need no padding, and what does not fit into memory shows at once.
    The order of equal rows stays, so that the same rows make the same batches again.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def iter_ahead(batches, prepare):
    """Yield `(batch, prepare(batch))`, preparing the next one while the caller works."""
    with ThreadPoolExecutor(1) as background:
        pending = None
        for batch in batches:
            following = batch, background.submit(prepare, batch)
            if pending is not None:
                yield pending[0], pending[1].result()
            pending = following
        if pending is not None:
            yield pending[0], pending[1].result()


def run_halving(run, batch_size, tell=lambda batch_size: None):
    """
    Call `run(batch_size)`, from the start with half of it as often as memory runs out.

    Parameters
    ----------
    run : callable
        What to do with a batch size.
    batch_size : int
        The first one. When 1 does not fit either, its error is raised.
    tell : callable
        Called with each smaller size.
    """
    while True:
        try:
            return run(batch_size)
        except Exception as error:
            if not is_out_of_memory(error) or batch_size == 1:
                raise
        # Outside of `except`: the error holds the frames, and they the tensors.
        batch_size //= 2
        release_memory()
        tell(batch_size)


def is_out_of_memory(error):
    """Whether an error says that memory ran out, in the words of some framework."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def release_memory():
    """Give back what no longer is in use, also on a GPU."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
