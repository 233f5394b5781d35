"""RowSubset: what rows share with all others changes no score of theirs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils import get_tags

from discovery import METRICS, takes_features, with_variants
from skperturb._backend import NUMPY
from skperturb._chunked import ChunkedMatrix, center
from skperturb._class_stats import center_with_class_means
from skperturb._memoize import use_memo
from skperturb._row_subset import RowSubset, SharedRows
from skperturb.metrics import HScore, KNNScore

_METRICS = [each for each in with_variants(METRICS) if takes_features(each)]
_SHARING = [each for each in _METRICS if get_tags(each).row_subsets]
_RTOL = {"PACTranGaussian": 1e-6}  # an iterative minimum

pytestmark = pytest.mark.filterwarnings("ignore:SFDA scored:UserWarning")


@st.composite
def features_and_rows(draw):
    """Draw `(X, y, rows)`: features of many kinds, and rows that hold every class twice."""
    n_classes = draw(st.integers(2, 4))
    n_samples = draw(st.integers(8 * n_classes, 60))
    n_features = draw(st.sampled_from([1, 3, 12, 45, 90]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.permutation(np.arange(n_samples) % n_classes)
    X = draw(st.sampled_from([0.0, 1.0])) * rng.standard_normal((n_classes, n_features))[y]
    X = X + rng.standard_normal((n_samples, n_features))
    kept = draw(st.sampled_from([0.5, 0.75, 1.0]))
    rows = np.sort(
        np.concatenate(
            [
                rng.permutation(np.flatnonzero(y == code))[
                    : max(6, round(kept * np.sum(y == code)))
                ]
                for code in range(n_classes)
            ]
        )
    )
    left_out = np.setdiff1d(np.arange(n_samples), rows)
    kind = draw(st.sampled_from(["plain", "offset", "doubled", "dead", "dead here", "outlier"]))
    if kind == "offset":
        X += 1e3
    elif kind == "doubled":
        X[: n_samples // 2] = X[n_samples // 2 : 2 * (n_samples // 2)]
        X[:, -1] = X[:, 0]
    elif kind == "dead":
        X[:, 0] = 0.0
    elif kind == "dead here":
        X[rows, 0] = 5.0
    elif kind == "outlier":
        X[left_out[:1]] *= 1e6
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    return np.ascontiguousarray(X, dtype=dtype), y, rows


@pytest.mark.parametrize("metric", _METRICS, ids=str)
@given(data=features_and_rows())
def test_a_subset_scores_as_its_rows_alone(metric, data):
    X, y, rows = data
    alone = clone(metric).fit(X[rows], y[rows]).score_
    shared = clone(metric).fit(SharedRows(X).take(rows), y[rows]).score_
    rtol = _RTOL.get(type(metric).__name__, 1e-9)
    np.testing.assert_allclose(shared, alone, rtol=rtol, atol=1e-9)


@st.composite
def features_in_cells(draw):
    """Draw `(X, y, cells)` with few enough features that sums over cells are kept."""
    n_samples, n_features = draw(st.integers(60, 90)), draw(st.sampled_from([1, 2, 8]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.permutation(np.arange(n_samples) % 3)
    X = rng.standard_normal((3, n_features))[y] + rng.standard_normal((n_samples, n_features))
    X += draw(st.sampled_from([0.0, 1e3]))
    if draw(st.booleans()):
        X[:, 0] = 5.0
    return X.astype(draw(st.sampled_from([np.float64, np.float32]))), y, rng.integers(-1, 4, len(y))


@pytest.mark.parametrize("metric", [each for each in _SHARING if not isinstance(each, KNNScore)])
@given(data=features_in_cells())
def test_sums_over_cells_score_as_the_rows_alone(metric, data):
    X, y, cells = data
    shared = SharedRows(X)
    for left_out in (0, 1, 0, -1):  # a cell, another, the first again, and the rows in none
        # A row of a cell that is left out comes back, and a cell loses one row only.
        is_kept = cells != left_out
        is_kept[np.flatnonzero(~is_kept)[:1]] = True
        is_kept[np.flatnonzero(cells == 2)[:1]] = left_out == -1
        rows, alone = np.flatnonzero(is_kept | (y == 0) & (np.cumsum(y == 0) < 4)), clone(metric)
        score = clone(metric).fit(shared.take(rows, cells), y[rows]).score_
        expected = alone.fit(X[rows], y[rows]).score_
        np.testing.assert_allclose(score, expected, rtol=1e-9, atol=1e-9)


def test_cells_are_summed_once_and_only_where_they_are_left_out_whole(monkeypatch):
    rng = np.random.default_rng(0)
    X, y, cells = rng.standard_normal((120, 4)), np.arange(120) % 3, np.arange(120) // 3 % 8
    shared, n_rows, own = SharedRows(X), [], NUMPY.syrk

    def counted(blocks, n_columns):
        blocks = list(blocks)
        n_rows.append(sum(map(len, blocks)))
        return own(blocks, n_columns)

    monkeypatch.setattr(NUMPY, "syrk", counted)
    for left_out in ([0, 1], [1, 2], [0, 2]):
        rows = np.flatnonzero(~np.isin(cells, left_out))
        HScore().fit(shared.take(rows, cells), y[rows])
    assert n_rows == [120, 15, 15, 15]  # all rows, and each of three cells once


@pytest.mark.parametrize("metric", _SHARING, ids=str)
@given(data=features_and_rows())
def test_other_labels_score_as_in_a_fit_of_their_own(metric, data):
    X, y, _ = data
    every_row, memo = SharedRows(X).take(None), {}
    for seed in range(3):
        labels = np.random.default_rng(seed).permutation(y)
        with use_memo(memo):
            shared = clone(metric).fit(every_row, labels).score_
        np.testing.assert_allclose(
            shared, clone(metric).fit(X, labels).score_, rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("metric", _SHARING, ids=str)
def test_all_rows_are_read_about_as_often_as_an_array(metric, monkeypatch):
    """Once more at most, because their mean does not wait for the classes."""
    rng = np.random.default_rng(0)
    X, y, sizes, own = rng.standard_normal((90, 8)), np.arange(90) % 3, [], ChunkedMatrix._prepare

    def counted(self, block, columns):
        sizes.append(block.size)
        return own(self, block, columns)

    monkeypatch.setattr(ChunkedMatrix, "_prepare", counted)
    clone(metric).fit(X, y)
    n_read = sum(sizes)
    clone(metric).fit(SharedRows(X).take(None), y)
    assert sum(sizes) - n_read <= n_read + X.size


@pytest.mark.parametrize("metric", _SHARING, ids=str)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16])
def test_shared_rows_of_other_types_score_in_float64(metric, dtype):
    rng = np.random.default_rng(0)
    X, y = (20 + 3 * rng.standard_normal((200, 20))).astype(dtype), np.arange(200) % 3
    X[:, 0] += y.astype(dtype)
    shared, wide = SharedRows(X), X.astype(np.float64)
    for rows in (None, np.sort(rng.permutation(200)[:150])):
        taken = slice(None) if rows is None else rows
        expected = clone(metric).fit(wide[taken], y[taken]).score_
        found = clone(metric).fit(shared.take(rows), y[taken]).score_
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(30, 70), (30, 25), (70, 30)], ids=["wide", "between", "tall"])
@pytest.mark.parametrize("is_centered", [True, False])
def test_the_gram_matrix_is_that_of_the_rows(shape, is_centered):
    rng = np.random.default_rng(0)
    X = rng.standard_normal(shape) + 3.0
    rows = np.sort(rng.permutation(shape[0])[: 3 * shape[0] // 4])
    own = X[rows] - X[rows].mean(axis=0) if is_centered else X[rows]
    gram = SharedRows(X).take(rows).gram(is_centered)
    expected = own @ own.T if len(rows) <= shape[1] else own.T @ own
    np.testing.assert_allclose(gram, expected, atol=1e-12 * np.abs(expected).max())


def test_means_of_a_subset_are_those_of_its_rows():
    rng = np.random.default_rng(0)
    X, codes, rows = rng.standard_normal((40, 7)), np.arange(40) % 3, np.arange(5, 35)
    subset = SharedRows(X).take(rows)
    np.testing.assert_allclose(center(subset).rows(), center(X[rows]).rows(), atol=1e-14)
    centered, means = center_with_class_means(subset, codes[rows], 3)
    _, expected = center_with_class_means(X[rows], codes[rows], 3)
    np.testing.assert_allclose(means, expected, atol=1e-14)
    np.testing.assert_allclose(centered.offset, X[rows].mean(axis=0), atol=1e-14)


def test_rows_without_what_varies_in_the_others_are_copied():
    """What is left after such a subtraction would be rounding."""
    X = np.random.default_rng(0).standard_normal((40, 5))
    X[30:] *= 1e9
    assert isinstance(SharedRows(X).take(np.arange(30)), np.ndarray)
    assert isinstance(SharedRows(X).take(np.arange(10, 40)), RowSubset)


def test_neighbours_that_were_all_left_out_are_searched_again():
    """One tight cluster per class, of which a subset keeps rows of the others' middle."""
    rng = np.random.default_rng(0)
    X = np.vstack([0.01 * rng.standard_normal((60, 4)), rng.standard_normal((20, 4))])
    y = np.arange(80) % 2
    rows = np.r_[np.arange(3), np.arange(60, 80)]
    metric = KNNScore(n_neighbors=2, metric="euclidean")
    shared = metric.fit(SharedRows(X).take(rows), y[rows]).score_
    assert shared == KNNScore(n_neighbors=2, metric="euclidean").fit(X[rows], y[rows]).score_


def test_blocks_of_a_subset_are_blocks_of_its_rows():
    X, rows = np.arange(60.0).reshape(12, 5), np.array([1, 2, 5, 9, 11])
    subset = SharedRows(X).subset(rows)
    np.testing.assert_array_equal(np.asarray(subset), X[rows])
    np.testing.assert_array_equal(subset[1:3, ...], X[rows][1:3])
    np.testing.assert_array_equal(subset[:, 1:3], X[rows][:, 1:3])
    np.testing.assert_array_equal(subset[:2, 1:3], X[rows][:2, 1:3])
    np.testing.assert_array_equal(np.take(subset, [0, 3], axis=0), X[rows][[0, 3]])
    np.testing.assert_array_equal(np.take(subset, [0, 3], axis=1), X[rows][:, [0, 3]])
    np.testing.assert_array_equal(subset.place(np.array([[1, 0], [11, 5]])), [[0, -1], [4, 2]])
