"""Stream: the features of all rows, one batch at a time, none kept after its turn."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from skperturb.extraction._batching import iter_ahead, split_rows
from skperturb.extraction._check_rows import count_threads
from skperturb.extraction._writing import check_finite


def iter_features(adapter, rows, batch_size):
    """
    Yield `(places, features by layer)` of one batch after another.

    Items of the next batch are loaded and prepared by threads while the model works, so
    that two batches are in memory.

    Parameters
    ----------
    adapter : Adapter
        The model.
    rows : Rows
        The data.
    batch_size : int
        Items per batch.

    Yields
    ------
    places : ndarray of shape (n_batch_rows,)
        Where the features belong in the matrix of all rows.
    features : dict
        Key of layer to array of shape (n_batch_rows, n_features).
    """
    offsets = rows.offsets()
    with ThreadPoolExecutor(count_threads()) as pool:

        def prepare(batch):
            loaded = pool.map(lambda index: adapter.prepare_item(rows.load(index)), batch)
            return adapter.collate(list(loaded))

        batches = split_rows(rows.lengths(), batch_size)
        for batch, prepared in iter_ahead(batches, prepare):
            places = [np.arange(offsets[index], offsets[index + 1]) for index in batch]
            yield np.concatenate(places), adapter.features(prepared)


def collect_features(adapter, rows, batch_size):
    """Return the features of all rows by layer, in memory."""
    layers: dict = {}
    for places, features in iter_features(adapter, rows, batch_size):
        for key, block in features.items():
            check_finite(block, places)
            if key not in layers:
                layers[key] = np.empty((rows.n_rows(), block.shape[1]), dtype=np.float32)
            layers[key][places] = block
    return layers
