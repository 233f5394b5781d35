"""The memory that a pool takes does not grow with the number of its models."""

import tracemalloc

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import LogME


@pytest.mark.parametrize("max_samples", [None, 100])
def test_a_pool_of_files_takes_the_memory_of_one(tmp_path, max_samples):
    rng = np.random.default_rng(0)
    y = np.arange(2000) % 5
    np.save(tmp_path / "0.npy", rng.standard_normal((2000, 100)) + y[:, None])
    paths = [tmp_path / "0.npy"] * 10

    def peak(n_models):
        tracemalloc.start()
        ModelSelector(LogME(), max_samples=max_samples).fit(paths[:n_models], y)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # imports and caches
    one_set = 2000 * 100 * 8
    # Scores of resamples and shuffles are kept, some 10 kB a model.
    of_ten = peak(10)
    assert of_ten < peak(1) + one_set / 2
    if max_samples:
        assert of_ten < one_set
