"""Extraction on a Dask cluster: one model per worker, the files of a run in one process."""

import joblib
import numpy as np
import pytest

from skperturb.extraction import extract_features

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of distributed, about ports and sockets


def test_models_run_on_the_workers_of_a_cluster(tmp_path):
    def lengths(texts):
        return np.array([[len(text), 1] for text in texts])

    def broken(texts):
        msg = "no weights"
        raise OSError(msg)

    models, texts = {"a": lengths, "b": broken, "c": lengths}, ["x", "yy", "zzz"]
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        found = extract_features(models, texts, out=tmp_path, verbose=0)
    assert list(found.paths) == ["a", "c"]
    assert found.failures == {"b": "OSError: no weights"}
    np.testing.assert_array_equal(found.feature_sets["c"], lengths(texts))
