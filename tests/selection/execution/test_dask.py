"""Dask: a cluster opens the files where its workers are, and ranks as one process does."""

import os
import signal
import threading
import time
from functools import partial

import joblib
import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skperturb import ModelSelector
from skperturb.metrics import KNNScore, LogME
from skperturb.selection import NothingScoredError
from skperturb.selection.execution import dask

distributed = pytest.importorskip("distributed", reason="the extra `dask`")
pytestmark = [
    # Of Dask and Tornado, on starting and stopping a cluster; none is about the ranking.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            # Else a job kills four workers before it is given up, and each takes seconds to start.
            scheduler_kwargs={"allowed_failures": 0},
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five models on disk, one of them cut short, and their labels."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 5))[np.arange(60) % 3]
    folder = tmp_path_factory.mktemp("pool")
    for i in range(5):
        np.save(folder / f"m{i}.npy", i * means + rng.standard_normal((60, 5)))
    broken = folder / "m2.npy"
    broken.write_bytes(broken.read_bytes()[:-100])
    return {path.stem: path for path in sorted(folder.glob("*.npy"))}, y


def test_a_cluster_ranks_as_one_process(cluster, folder, tmp_path):
    sets, y = folder
    metrics = {"logme": LogME(), "knn": KNNScore()}
    with pytest.warns(FitFailedWarning, match="'m2'"):
        alone = ModelSelector(metrics, n_resamples=30, max_samples=50).fit(sets, y)
    selector = ModelSelector(metrics, n_resamples=30, max_samples=50, memory=tmp_path)
    with joblib.parallel_config(backend="dask"), pytest.warns(FitFailedWarning, match="'m2'"):
        together = selector.fit(sets, y)
    assert together.ranking_ == alone.ranking_
    for column in ("score_logme", "score_knn", "rank_low", "rank_high", "p_best"):
        np.testing.assert_allclose(
            together.results_[column], alone.results_[column], rtol=1e-10, err_msg=column
        )


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_costs_one_model(cluster, folder):
    sets, y = folder
    sound = {name: path for name, path in sets.items() if name != "m2"}
    expected = ModelSelector(LogME()).fit(sound, y)
    deadly = {"deadly": _die, **sound}
    with (
        joblib.parallel_config(backend="dask"),
        pytest.warns(FitFailedWarning, match="KilledWorker: the worker ended without a result"),
    ):
        selector = ModelSelector(LogME()).fit(deadly, y)
    assert selector.ranking_ == [*expected.ranking_, "deadly"]
    cluster.wait_for_workers(2)  # joblib gives a new one 10 seconds, and a busy machine needs more


def test_the_first_error_is_raised(cluster, folder):
    with joblib.parallel_config(backend="dask"), pytest.raises(ValueError, match="m2"):
        ModelSelector(LogME(), error_score="raise").fit(*folder)


def test_arrays_are_sent_to_the_workers(cluster, folder):
    sets, y = folder
    held = {name: np.load(path) for name, path in sets.items() if name != "m2"}
    with joblib.parallel_config(backend="dask"):
        together = ModelSelector(LogME()).fit(held, y)
    np.testing.assert_allclose(together.scores_, ModelSelector(LogME()).fit(held, y).scores_)


def _leave_for_good(started):
    started.touch()
    time.sleep(600)


def _stop_workers(cluster, started):
    while not started.exists():
        time.sleep(0.1)
    cluster.scale(0)


def test_a_cluster_that_loses_its_last_worker_does_not_hang(folder, monkeypatch, tmp_path):
    _, y = folder
    monkeypatch.setattr(dask, "_PATIENCE", 1.0)
    monkeypatch.setattr(dask, "_LOOK_EVERY", 0.1)
    started = tmp_path / "started"
    pool = dict.fromkeys(["leaves", "waits"], partial(_leave_for_good, started))
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        stopper = threading.Thread(target=_stop_workers, args=(cluster, started))
        stopper.start()
        with pytest.raises(NothingScoredError, match="no worker of the Dask cluster is left"):
            ModelSelector(LogME()).fit(pool, y)
        stopper.join()
