"""Memory is a law: what streams takes one Gram matrix and 64 MB at most, however many rows."""

import numpy as np
import pytest

from benchmarks.data import Shape, mapped_features
from benchmarks.memory import NEED_ALL_FEATURES, memory_limit, streaming_workloads
from benchmarks.timing import peak_of
from discovery import METRICS

# In float64 the features would take 123 MB.
_SHAPE = Shape(60_000, 256, 5)


@pytest.fixture(scope="module", params=["float16", "float32", "int8"])
def mapped(request, tmp_path_factory):
    """Features in a memory map, and labels."""
    path = tmp_path_factory.mktemp("features") / "features.npy"
    return mapped_features(path, _SHAPE, request.param)


@pytest.mark.parametrize("name", streaming_workloads())
def test_a_call_takes_one_gram_matrix_and_64_mb_at_most(name, mapped):
    X, y = mapped
    call = streaming_workloads()[name].call
    assert peak_of(lambda: call(X, y)) <= memory_limit(_SHAPE)


def test_what_needs_all_features_is_ours():
    known = {type(metric).__name__ for metric in METRICS} | {"Spread", "Attract", "Repel"}
    assert set(NEED_ALL_FEATURES) <= known


def test_the_limit_is_of_the_smaller_gram_matrix():
    assert memory_limit(Shape(60_000, 1_024, 20)) == 8 * 1_024**2 + 64e6
    assert memory_limit(Shape(500, 4_096, 20)) == 8 * 500**2 + 64e6


def test_a_memory_map_holds_features_like_those_in_memory(tmp_path):
    shape = Shape(6_000, 3, 2)
    X, y = mapped_features(tmp_path / "features.npy", shape, "float64")
    assert X.shape == (6_000, 3)
    gaps = X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)
    assert np.all(np.abs(gaps) > 1e-3)
