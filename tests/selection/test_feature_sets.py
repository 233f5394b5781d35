"""FeatureSets: a pool with rows, as scikit-learn splits them, that reads nothing too early."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline

from feature_files import WRITERS, dense, written
from skperturb import FeatureSets, HalvingModelSelector, ModelSelector
from skperturb.metrics import KNNScore, LogME
from skperturb.selection import NothingScoredError
from skperturb.selection.features.loader import load_features

_N = 60
_Y = np.tile(["ant", "bee", "cat"], _N // 3)
_RNG = np.random.default_rng(0)
_NOISE = _RNG.standard_normal((_N, 4))
_SIGNAL = np.column_stack([_NOISE[:, :2], 2 * (_Y == "ant"), 2 * (_Y == "bee")])
_SIGNAL[:, 2:] += _RNG.standard_normal((_N, 2)) / 2


def _returns_signal():
    return _SIGNAL


def _members(folder):
    """Return a feature set of every kind; all hold `_SIGNAL`."""
    mapped = np.lib.format.open_memmap(folder / "map.npy", "w+", "f8", _SIGNAL.shape)
    mapped[:] = _SIGNAL
    files = {kind: written(kind, folder, _SIGNAL, name=kind) for kind in WRITERS}
    return files | {
        "array": _SIGNAL,
        "list": _SIGNAL.tolist(),
        "memory map": np.load(folder / "map.npy", mmap_mode="r"),
        "pandas": pd.DataFrame(_SIGNAL, columns=list("abcd"), index=np.arange(_N)[::-1]),
        "polars": pl.DataFrame(_SIGNAL, schema=list("abcd")),
        "sparse": sparse.coo_array(_SIGNAL),
        "function": _returns_signal,
        "function of a path": lambda: files["parquet_columns"],
    }


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    return FeatureSets(_members(tmp_path_factory.mktemp("members")))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three models in files of their own."""
    folder = tmp_path_factory.mktemp("files")
    np.save(folder / "noise.npy", _NOISE)
    return {
        "noise": folder / "noise.npy",
        "signal": written("parquet_columns", folder, _SIGNAL),
        "half": written("safetensors", folder, _SIGNAL[:, :3]),
    }


def _row_keys():
    whole = st.integers(-_N, _N - 1)
    return st.one_of(
        st.slices(_N),
        st.lists(whole, max_size=2 * _N),
        st.lists(whole, max_size=2 * _N).map(lambda rows: np.array(rows, dtype=int)),
        st.lists(st.booleans(), min_size=_N, max_size=_N).map(np.array),
        st.just(range(3, 9)),
        st.just(pd.Series(_Y == "ant")),
    )


def _expected(key):
    return _SIGNAL[key if isinstance(key, slice) else np.asarray(key, dtype=_index_type(key))]


def _index_type(key):
    return bool if np.asarray(key).dtype.kind == "b" else int


@given(key=_row_keys())
def test_indexing_the_pool_by_rows_is_indexing_its_members(pool, key):
    part = pool[key]
    assert part.names == pool.names
    assert part.shape == (len(_expected(key)), len(pool.names))
    for name in pool:
        np.testing.assert_array_equal(dense(part[name]), _expected(key), err_msg=name)


@given(first=st.lists(st.integers(0, _N - 1), min_size=1, max_size=_N), data=st.data())
def test_rows_of_rows_are_rows(pool, first, data):
    second = data.draw(st.lists(st.integers(0, len(first) - 1), max_size=_N))
    expected = np.array(first)[np.array(second, dtype=int)]
    for name in ("npy", "parquet_lists", "sparse", "pandas"):
        np.testing.assert_array_equal(dense(pool[first][second][name]), _SIGNAL[expected])


def test_a_member_keeps_its_kind(pool):
    assert pool["array"] is _SIGNAL
    assert isinstance(pool["npy"], np.memmap)
    for part in (pool, pool[[5, 1]]):
        assert list(part["pandas"].columns) == list(part["polars"].columns) == list("abcd")
        assert sparse.issparse(part["sparse"])


def test_a_pool_iterates_over_its_names_like_a_frame(pool):
    assert list(pool) == list(pool.keys()) == pool.names == [name for name, _ in pool.items()]
    assert "npy" in pool
    assert "nothing" not in pool
    assert len(pool) == _N
    assert all(each.shape == (2, 4) for each in pool[:2].values())
    for features in dict(pool).values():
        np.testing.assert_array_equal(dense(features), _SIGNAL)


def test_models_of_a_sequence_are_numbered():
    assert FeatureSets([_SIGNAL, _NOISE]).names == ["0", "1"]
    assert FeatureSets(FeatureSets([("a", _SIGNAL)])[:3])["a"].shape == (3, 4)


# Laziness


class _Recording(np.memmap):
    asked: list = []  # noqa: RUF012  one list for the map and its views is the purpose

    def __getitem__(self, index):
        self.asked.append(index)
        return super().__getitem__(index)


def test_only_the_rows_of_a_member_are_read(tmp_path):
    _SIGNAL.tofile(tmp_path / "map.dat")
    mapped = _Recording(tmp_path / "map.dat", _SIGNAL.dtype, mode="r", shape=_SIGNAL.shape)
    _Recording.asked.clear()
    part = FeatureSets({"a": mapped})[10:30][[3, 1]]
    assert len(part) == 2
    assert not _Recording.asked
    np.testing.assert_array_equal(part["a"], _SIGNAL[[13, 11]])
    assert [list(asked) for asked in _Recording.asked] == [[13, 11]]


def test_functions_are_called_only_for_their_features(files):
    calls = []

    def features():
        calls.append(1)
        return _SIGNAL

    pool = FeatureSets({"slow": features} | files)
    assert (len(pool), len(pool[3:])) == (_N, _N - 3)
    assert not calls
    np.testing.assert_array_equal(pool[3:]["slow"], _SIGNAL[3:])
    assert len(calls) == 1


def test_a_pool_of_functions_counts_the_rows_of_one():
    calls = []
    pool = FeatureSets({name: lambda name=name: calls.append(name) or _SIGNAL for name in "ab"})
    assert "rows" not in repr(pool)
    assert len(pool) == len(pool) == _N
    assert calls == ["a"]


def test_files_are_found_from_another_folder(files, monkeypatch, tmp_path):
    folder = files["noise"].parent
    monkeypatch.chdir(folder)
    pool = FeatureSets({"noise": "noise.npy"})[:2]
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(pool["noise"], _NOISE[:2])


def test_pickles_and_copies_hold_no_features_of_files(files):
    pool = FeatureSets(files)[[7, 3]]
    pickled = pickle.dumps(pool)
    assert len(pickled) < 1500
    for again in (pickle.loads(pickled), copy.copy(pool), copy.deepcopy(pool)):
        assert (again.names, again.shape) == (pool.names, pool.shape)
        np.testing.assert_array_equal(again["signal"], _SIGNAL[[7, 3]])


# What scikit-learn does with a pool


def _model(**params):
    return make_pipeline(ModelSelector(LogME(), **params), LogisticRegression())


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_cross_validation_of_a_pool_is_that_of_its_best_features(files, n_jobs):
    scores = cross_val_score(_model(), FeatureSets(files), _Y, n_jobs=n_jobs, error_score="raise")
    alone = cross_val_score(LogisticRegression(), _SIGNAL, _Y)
    np.testing.assert_array_equal(scores, alone)
    assert scores.mean() > 0.8


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_grid_search_over_metrics_and_models_takes_a_pool(files, n_jobs):
    grid = {
        "modelselector__metric": [LogME(), KNNScore()],
        "logisticregression__C": [0.1, 1.0],
    }
    search = GridSearchCV(_model(), grid, cv=3, n_jobs=n_jobs, error_score="raise")
    search.fit(FeatureSets(files), _Y)
    assert search.best_estimator_[0].best_name_ == "signal"
    assert search.best_score_ > 0.8
    assert search.score(FeatureSets(files)[:30], _Y[:30]) > 0.8


def test_splits_and_predictions_take_a_pool(files):
    pool = FeatureSets(files)
    train, test, y_train, y_test = train_test_split(pool, _Y, random_state=0, stratify=_Y)
    assert _model().fit(train, y_train).score(test, y_test) > 0.8
    predicted = cross_val_predict(make_pipeline(ModelSelector(), RidgeClassifier()), pool, _Y)
    assert np.mean(predicted == _Y) > 0.8


def test_groups_reach_the_splitter(files):
    scores = cross_val_score(
        *(_model(), FeatureSets(files), _Y),
        groups=np.arange(_N) // 6,
        cv=GroupKFold(2),
        error_score="raise",
    )
    assert len(scores) == 2


@pytest.mark.parametrize("selector", [ModelSelector(LogME()), HalvingModelSelector(LogME())])
def test_selectors_rank_a_pool_as_they_rank_its_features(pool, files, selector):
    rows = np.r_[0:50, 10:30]
    as_mapping = selector.fit({name: load_features(files[name])[rows] for name in files}, _Y[rows])
    expected, transformed = as_mapping.scores_, as_mapping.transform(FeatureSets(files)[rows])
    selector.fit(FeatureSets(files)[rows], _Y[rows])
    np.testing.assert_array_equal(selector.scores_, expected)
    np.testing.assert_array_equal(transformed, _SIGNAL[rows])


def test_rows_that_were_scored_are_not_scored_again(files, tmp_path):
    calls = []

    class Counted(LogME):
        def fit(self, X, y):
            calls.append(len(X))
            return super().fit(X, y)

    globals()["Counted"] = Counted
    Counted.__qualname__ = "Counted"  # found by pickle, whose bytes identify a metric
    pool = FeatureSets(files)
    for rows in (slice(0, 40), np.arange(40), slice(3, 43)):
        ModelSelector(Counted(), memory=tmp_path, diagnostics=None).fit(pool[rows], _Y[rows])
    assert calls == [40] * 6


# What is refused


def _with_short_file(files, folder):
    np.save(folder / "short.npy", _NOISE[:-1])
    return files | {"short": folder / "short.npy"}


def test_files_of_different_lengths_raise_and_are_named(files, tmp_path):
    pool = FeatureSets(_with_short_file(files, tmp_path))
    message = r"got 60 of 'noise' and 59 of 'short' \(file '.*short\.npy'\); compute its features"
    for use in (len, lambda pool: pool[:3], lambda pool: cross_val_score(_model(), pool, _Y)):
        with pytest.raises(ValueError, match=message) as caught:
            use(pool)
        assert str(tmp_path / "short.npy") in str(caught.value)


def test_arrays_of_different_lengths_raise():
    with pytest.raises(ValueError, match="got 60 of 'a' and 59 of 'b'; compute its features"):
        len(FeatureSets({"a": _SIGNAL, "b": _NOISE[:-1]}))


def test_a_function_of_another_length_raises_when_it_is_called(files):
    pool = FeatureSets({"short": lambda: _NOISE[:-1]} | files)
    with pytest.raises(ValueError, match="as the others of its pool, 60, got 59"):
        pool[:3]["short"]
    with pytest.warns(Warning, match="'short'.*as the others of its pool, 60, got 59"):
        selector = ModelSelector().fit(pool[::2], _Y[::2])
    assert list(selector.failures_) == ["short"]


def test_a_file_that_cannot_be_opened_is_left_for_the_selector(files):
    pool = FeatureSets({"lost": "lost.npy"} | files)
    assert len(pool) == _N
    with pytest.warns(Warning, match=r"'lost'.*does not exist"):
        assert list(ModelSelector().fit(pool[:30], _Y[:30]).failures_) == ["lost"]
    with pytest.raises(ValueError, match=r"opened, got 'lost': Feature file .*not exist"):
        len(FeatureSets({"lost": "lost.npy"}))
    with pytest.raises(NothingScoredError, match="does not exist"):
        ModelSelector().fit(FeatureSets({"lost": "lost.npy"}), _Y)


@pytest.mark.parametrize("key", [3, 2.5, [1.5], ["array"], np.zeros((2, 2), int), None])
def test_what_is_neither_a_name_nor_rows_raises(pool, key):
    with pytest.raises(TypeError, match="takes the name of a model, or rows as a slice, an array"):
        pool[key]


@pytest.mark.parametrize("key", [[_N], [-_N - 1], np.ones(_N - 1, bool)])
def test_rows_that_are_not_there_raise(pool, key):
    with pytest.raises(IndexError, match=r"out of bounds|did not match"):
        pool[key]


def test_an_unknown_name_raises(pool):
    with pytest.raises(KeyError, match=r"'vit' must be one of the models, 'npy', .*, \.\.\."):
        pool["vit"]


@pytest.mark.parametrize("given", [{}, [], None, 3])
def test_what_is_no_pool_raises(given):
    with pytest.raises((TypeError, ValueError), match="`feature_sets` must"):
        FeatureSets(given)


def test_a_pool_says_what_it_holds(files):
    pool = FeatureSets(files)
    assert repr(pool) == "FeatureSets(3 models: 'noise', 'signal', 'half')"
    assert repr(pool[:7]) == "FeatureSets(7 rows, 3 models: 'noise', 'signal', 'half')"
    assert repr(FeatureSets([_NOISE] * 5)) == "FeatureSets(5 models: '0', '1', '2', ...)"
