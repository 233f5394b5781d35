"""Parallel: the ranking survives a dead worker, and does not depend on who computes it."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning
from threadpoolctl import threadpool_info, threadpool_limits

from skperturb import ModelSelector
from skperturb.metrics import NCTI, LogME, NearestCentroidScore
from skperturb.selection.execution.plan import make_jobs, resample_blocks

_METRICS = {"logme": LogME(), "ncti": NCTI(), "ncc": NearestCentroidScore()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six models on disk, and their labels."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 5))[np.arange(60) % 3]
    folder = tmp_path_factory.mktemp("pool")
    for i in range(6):
        np.save(folder / f"m{i}.npy", i * means + rng.standard_normal((60, 5)))
    return {path.stem: path for path in sorted(folder.glob("*.npy"))}, y


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _out_of_memory():
    raise MemoryError


def _same(a, b):
    assert a.ranking_ == b.ranking_
    np.testing.assert_allclose(a.scores_, b.scores_, rtol=1e-10)
    for column in ("rank_low", "rank_high", "p_best"):
        np.testing.assert_allclose(a.results_[column], b.results_[column], rtol=1e-10)


@pytest.fixture(scope="module")
def alone(folder):
    """The ranking of one job."""
    return ModelSelector(_METRICS, n_resamples=30).fit(*folder)


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_who_computes_changes_nothing(folder, alone, backend):
    sets, y = folder
    shuffled = dict(sorted(sets.items(), key=lambda item: hash(item[0]) % 7))
    with joblib.parallel_config(backend):
        together = ModelSelector(_METRICS, n_resamples=30, n_jobs=2).fit(sets, y)
    _same(together, alone)
    assert ModelSelector(_METRICS, n_resamples=30).fit(shuffled, y).ranking_ == alone.ranking_


def test_a_killed_worker_costs_one_model(folder):
    sets, y = folder
    deadly = {"m0": sets["m0"], "deadly": _die, **sets}
    expected = ModelSelector(LogME()).fit(*folder)
    with pytest.warns(FitFailedWarning, match="'deadly': .*the worker ended without a result"):
        selector = ModelSelector(LogME(), n_jobs=2).fit(deadly, y)
    assert selector.ranking_ == [*expected.ranking_, "deadly"]
    assert list(selector.failures_) == ["deadly"]


def test_a_killed_worker_is_raised_where_errors_are(folder):
    sets, y = folder
    with pytest.raises(Exception, match="terminated"):
        ModelSelector(LogME(), n_jobs=2, error_score="raise").fit({"deadly": _die, **sets}, y)


def test_no_memory_costs_one_model(folder):
    sets, y = folder
    with pytest.warns(FitFailedWarning, match="'big': MemoryError"):
        selector = ModelSelector(LogME()).fit({**sets, "big": _out_of_memory}, y)
    assert selector.ranking_[-1] == "big"


def test_what_cannot_be_sent_to_a_worker_costs_one_model(folder):
    sets, y = folder
    stuck = open(__file__)  # noqa: SIM115 an open file cannot be pickled
    with pytest.warns(FitFailedWarning, match="'stuck'.*pickle"):
        selector = ModelSelector(LogME(), n_jobs=2).fit({**sets, "stuck": stuck.read}, y)
    stuck.close()
    assert list(selector.failures_) == ["stuck"]


def test_sets_are_opened_one_at_a_time(folder):
    sets, y = folder
    alive, most = set(), 0

    class Held(np.ndarray):
        def __array_finalize__(self, obj):
            self.key = getattr(obj, "key", None)

        def __del__(self):
            alive.discard(self.key)

    def opened(path):
        def source():
            nonlocal most
            features = np.load(path).view(Held)
            features.key = path
            alive.add(path)
            most = max(most, len(alive))
            return features

        return source

    ModelSelector(LogME()).fit({name: opened(path) for name, path in sets.items()}, y)
    assert most == 1


@pytest.mark.parametrize("n_models", [1, 3, 8])
@pytest.mark.parametrize("n_workers", [1, 2, 7])
@pytest.mark.parametrize(("n_resamples", "n_shuffles"), [(0, 0), (2, 20), (25, 0), (60, 20)])
def test_every_draw_of_every_model_is_in_one_job(n_models, n_workers, n_resamples, n_shuffles):
    pool = {f"m{i}": i for i in range(n_models)}
    jobs = make_jobs(pool, resample_blocks(n_resamples, n_shuffles), n_workers)
    draws = sorted((job.name, draw) for job in jobs for block in job.blocks for draw in block)
    numbers = range(-n_shuffles, n_resamples + 1)
    assert draws == sorted((name, draw) for name in pool for draw in numbers)
    if n_models >= n_workers:
        assert len(jobs) == n_models


def test_blocks_do_not_depend_on_how_many_follow():
    assert resample_blocks(0) == [(0,)]
    assert resample_blocks(60)[:3] == resample_blocks(80)[:3]


class Witness:
    """A feature set that notes the process and its threads for computing when it is opened."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self):
        threads = [each["num_threads"] for each in threadpool_info()]
        (self.folder / f"{os.getpid()}-{time.time_ns()}").write_text(str(max(threads, default=1)))
        return np.random.default_rng(0).standard_normal((40, 3))


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_workers_share_the_cores(tmp_path, monkeypatch, backend):
    for name in list(os.environ):
        if name.endswith("_NUM_THREADS"):
            monkeypatch.delenv(name)
    before = threadpool_info()
    with joblib.parallel_config(backend):
        pool = {str(i): Witness(tmp_path) for i in range(4)}
        ModelSelector(LogME(), n_jobs=2, diagnostics=None).fit(pool, np.arange(40) % 2)
    noted = {int(path.read_text()) for path in tmp_path.iterdir()}
    assert len(list(tmp_path.iterdir())) == 4
    assert max(noted) <= max(1, joblib.cpu_count() // 2)
    assert threadpool_info() == before


# ---------------------------------------------------------------- fits at once


def _blas_threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def test_an_error_in_a_fit_gives_the_threads_back(folder):
    sets, y = folder
    with threadpool_limits(2, user_api="blas"):
        before = _blas_threads()
        with joblib.parallel_config("threading"), pytest.raises(MemoryError):
            ModelSelector(LogME(), n_jobs=2, error_score="raise").fit(
                {**sets, "big": _out_of_memory}, y
            )
        deadline = time.monotonic() + 60
        while _blas_threads() != before and time.monotonic() < deadline:
            time.sleep(0.01)  # a thread that was scoring another model ends that first
        assert _blas_threads() == before


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_fits_in_several_threads_are_the_fits_of_one(folder, backend):
    sets, y = folder
    metrics = [LogME(), {"ncc": NearestCentroidScore(), "logme": LogME()}, NCTI(), "knn"]

    def fit(metric):
        with joblib.parallel_config(backend):
            return ModelSelector(metric, n_resamples=5, n_jobs=2).fit(sets, y)

    alone = [fit(metric) for metric in metrics]
    with threadpool_limits(2, user_api="blas"):
        before = _blas_threads()
        with ThreadPoolExecutor(4) as threads:
            together = list(threads.map(fit, metrics * 3))
        assert _blas_threads() == before
    for i, fitted in enumerate(together):
        _same(fitted, alone[i % 4])
