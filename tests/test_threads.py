"""How many threads compute, and that the process gets its own back."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info, threadpool_limits

from skperturb import CappedPCA, ModelSelector, Spread
from skperturb._threads import BlasLimit, limit_threads, with_limited_threads
from skperturb.metrics import BaseMetric, LogME

_SMALL, _LARGE = (600, 400), (2100, 1000)


def _threads(user_api="blas"):
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == user_api]


@pytest.fixture
def found():
    """The BLAS threads of a process that has two, and that it has again afterwards."""
    with threadpool_limits(2):
        before = threadpool_info()
        yield _threads()
        assert threadpool_info() == before


class Witness(BaseMetric):
    """A metric that notes the threads that it is given."""

    noted: ClassVar[list] = []

    def _check_parameters(self):
        pass

    def _score(self, X, target):
        Witness.noted.append((_threads(), _threads("openmp")))
        return float(len(self.noted)), {}


def _noted(fit, shape):
    """The threads in which a metric computes when it is fitted to so many zeros."""
    Witness.noted = []
    fit(np.zeros(shape, np.float16), np.arange(shape[0]) % 2)
    return Witness.noted[0]


_FITS = {
    "metric": lambda X, y: Witness().fit(X, y),
    "pipeline": lambda X, y: make_pipeline(Spread(), Witness()).fit(X, y),
    "selector": lambda X, y: ModelSelector(Witness(), diagnostics=None).fit([X], y),
}


@pytest.mark.parametrize("fit", _FITS)
def test_small_features_are_computed_on_by_one_thread(found, fit):
    blas, openmp = _noted(_FITS[fit], _SMALL)
    assert blas == [1] * len(found)
    assert openmp == [1] * len(openmp)


@pytest.mark.parametrize("fit", _FITS)
def test_large_features_are_computed_on_by_all_threads(found, fit):
    blas, openmp = _noted(_FITS[fit], _LARGE)
    assert blas == found
    assert openmp == _threads("openmp")


def test_the_data_that_are_scored_decide_not_those_of_the_fit(found):
    Witness.noted = []
    X = np.zeros(_LARGE, np.float16)
    metric = Witness().fit(X[:4], np.arange(4) % 2)
    metric.score(X, np.arange(len(X)) % 2)
    assert [blas for blas, _ in Witness.noted] == [[1] * len(found), found]


def test_many_rows_are_worth_a_search_for_neighbours_in_threads(found):
    with limit_threads(np.zeros((20_000, 50), np.float16)):
        assert _threads() == [1] * len(found)
        assert _threads("openmp") == [2] * len(_threads("openmp"))


@pytest.mark.parametrize("step", [CappedPCA(4), Spread()], ids=["pca", "spread"])
@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform"])
def test_transformers_give_the_threads_back(found, step, method):
    X, y = np.random.default_rng(0).standard_normal((60, 5)), np.arange(60) % 3
    (step.fit(X, y).transform(X) if method == "transform" else getattr(step, method)(X, y))


def test_a_model_of_another_library_is_cross_validated_by_one_thread(found):
    noted = []

    class Model(LogisticRegression):
        def fit(self, X, y):
            noted.append(_threads())
            return super().fit(X, y)

    X, y = np.random.default_rng(0).standard_normal((60, 5)), np.arange(60) % 3
    ModelSelector(Model()).fit([X], y)
    assert noted == [[1] * len(found)] * 5


def test_an_error_gives_the_threads_back(found):
    with pytest.raises(ValueError, match="needs at least 2 classes"):
        LogME().fit(np.ones((6, 2)), np.zeros(6, int))


@pytest.mark.parametrize(
    "X", [[[1.0], [2.0]], [[1.0], [2.0, 3.0]], None, 3.0, np.zeros(4), [["a"], ["b"]]], ids=repr
)
def test_whatever_is_given_the_threads_come_back(found, X):
    with limit_threads(X):
        pass


def test_sparse_features_count_what_they_store(found):
    X = sparse.eye_array(2000, 100_000, format="csr")
    with limit_threads(X):
        assert _threads() == [1] * len(found)


def test_overlapping_limits_leave_the_threads_of_the_process_as_they_were(found):
    """Two limits that are entered as A, B and left as A, B."""
    limit = BlasLimit()
    first, second = limit.hold(1), limit.hold(2)
    first.__enter__()
    second.__enter__()
    assert _threads() == [1] * len(found)
    first.__exit__(None, None, None)
    assert _threads() == found
    second.__exit__(None, None, None)


def test_no_limit_is_asked_for_by_none(found):
    with BlasLimit().hold(None):
        assert _threads() == found


def test_what_others_set_in_the_meantime_is_theirs():
    before = _threads()
    theirs, ours = threadpool_limits(2, user_api="blas"), BlasLimit().hold(1)
    ours.__enter__()
    theirs.restore_original_limits()
    with threadpool_limits(3, user_api="blas"):
        between = _threads()
        ours.__exit__(None, None, None)
        assert _threads() == between
    assert _threads() == before


def test_fits_at_once_give_the_threads_back(found):
    small, large = (np.zeros(shape, np.float16) for shape in (_SMALL, _LARGE))
    start = Barrier(4)

    def fit(X):
        start.wait()
        for _ in range(20 if X is small else 2):
            Witness().fit(X, np.arange(len(X)) % 3)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fit, [small, large, small, large]))


def test_any_thread_may_be_the_last_to_end(found):
    """Limits that begin in one thread, and end in another."""
    limit = BlasLimit()
    first, second = limit.hold(1), limit.hold(1)
    first.__enter__()
    with ThreadPoolExecutor(1) as other:
        other.submit(second.__enter__).result()
        first.__exit__(None, None, None)
        assert _threads() == [1] * len(found)
        other.submit(second.__exit__, None, None, None).result()
        assert _threads() == found
        with threadpool_limits(1, user_api="blas"):
            assert _threads() == [1] * len(found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of threads, and forks
def test_a_fork_can_limit_its_threads_while_others_do(found):
    limit = BlasLimit()
    with limit.hold(1):
        child = os.fork()
        if not child:
            with limit.hold(1):
                os._exit(0 if set(_threads()) == {1} else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_a_method_that_is_limited_keeps_its_name_and_its_signature():
    def fit(self, X, y=None):
        """Fit."""

    assert with_limited_threads(fit).__name__ == "fit"
    assert with_limited_threads(fit).__doc__ == "Fit."
