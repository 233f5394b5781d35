"""KNNScore against the vote by hand, and its ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from skperturb.metrics import KNNScore
from strategies import labelled_features


@given(
    data=labelled_features(),
    n_neighbors=st.integers(1, 7),
    metric=st.sampled_from(["cosine", "euclidean"]),
)
def test_knn_equals_the_vote_by_hand(data, n_neighbors, metric):
    X, codes = data
    if X.shape[1] == 1:
        return  # on a line all cosine distances are tied; the next tests are about ties
    distances = cdist(X, X, metric)
    np.fill_diagonal(distances, np.inf)
    right = 0
    for i, row in enumerate(distances):
        near = np.argsort(row)[:n_neighbors]
        ballots = {c: (np.sum(codes[near] == c), -row[near][codes[near] == c].sum()) for c in codes}
        right += max(ballots, key=ballots.get) == codes[i]
    score = KNNScore(n_neighbors=n_neighbors, metric=metric).fit(X, codes).score_
    assert score == pytest.approx(right / len(X), abs=1e-12)


def test_knn_gives_tied_votes_to_the_nearer_class():
    X = np.array([[0.0], [1.0], [-2.0], [50.0], [51.0], [99.0]])
    y = ["a", "a", "b", "b", "b", "b"]
    # 0 sees a, b and a is nearer; 1 sees a, b; -2 sees a, a; the others are all right.
    assert KNNScore(n_neighbors=2, metric="euclidean").fit(X, y).score_ == pytest.approx(5 / 6)


def test_knn_shares_the_place_of_equally_distant_neighbours():
    X = np.array([[0.0], [1.0], [-1.0], [10.0]])
    y = ["a", "a", "b", "b"]
    # 0 is as near to an a as to a b: half right. 1 sees a; -1 sees a; 10 sees a.
    assert KNNScore(n_neighbors=1, metric="euclidean").fit(X, y).score_ == pytest.approx(1.5 / 4)


def test_knn_of_equal_rows_is_chance_among_the_others():
    y = np.repeat([0, 1], 4)  # among the other 7 rows the other class has the majority
    assert KNNScore(n_neighbors=3).fit(np.ones((8, 2)), y).score_ == 0.0


@pytest.mark.parametrize("zeros", [0, 1, 3])
def test_knn_by_cosine_takes_rows_of_zeros_for_orthogonal(zeros):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((50, 4)), np.arange(50) % 3
    X[:, 0] += y
    X[:zeros] = 0.0

    def cosine(a, b):
        lengths = np.linalg.norm(a) * np.linalg.norm(b)
        return 1.0 - (a @ b / lengths if lengths else 0.0)

    assert KNNScore().fit(X, y).score_ == KNNScore(metric=cosine).fit(X, y).score_


def test_knn_regression_correlates_with_the_mean_of_the_neighbours():
    rng = np.random.default_rng(0)
    X, T = rng.standard_normal((40, 3)), rng.standard_normal((40, 2))
    distances = cdist(X, X, "cosine")
    np.fill_diagonal(distances, np.inf)
    predicted = T[np.argsort(distances, axis=1)[:, :5]].mean(axis=1)
    expected = [np.corrcoef(predicted[:, i], T[:, i])[0, 1] for i in range(2)]
    assert KNNScore().fit(X, T).score_ == pytest.approx(np.mean(expected), rel=1e-10)
    assert KNNScore().fit(X, T[:, 0]).score_ == pytest.approx(expected[0], rel=1e-10)


def test_knn_of_a_constant_target_is_zero():
    assert KNNScore().fit(np.random.default_rng(0).random((9, 2)), np.full(9, 0.5)).score_ == 0.0


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_knn_does_not_lose_small_features(metric):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 4)) + 2 * np.eye(3, 4)[y]
    scores = [KNNScore(metric=metric).fit(scale * X, y).score_ for scale in (1e-50, 1e-17, 1.0)]
    assert scores[0] == scores[1] == scores[2] > 0.5


def test_knn_correlation_stays_within_its_bounds():
    target = np.random.default_rng(0).standard_normal(30)
    assert -1.0 <= KNNScore().fit(np.full((30, 5), 0.1), target).score_ <= 1.0


@pytest.mark.parametrize("metric", ["euclidean", "l2", "sqeuclidean", "manhattan"])
def test_knn_distances_do_not_drown_in_an_offset(metric):
    rng = np.random.default_rng(0)
    y = np.arange(120) % 4
    X = rng.standard_normal((120, 64)) + 2 * np.eye(4, 64)[y]
    X = np.round(X * 2**20) / 2**20  # so that the offset itself costs no digits
    moved, still = (KNNScore(metric=metric).fit(each, y).score_ for each in (X + 2.0**28, X))
    assert moved == still


def test_knn_by_angle_does_not_care_for_the_length_of_a_row():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 4)) + 2 * np.eye(3, 4)[y]
    lengths = np.where(np.arange(60) % 2, 1e-40, 1.0)[:, None]
    assert KNNScore().fit(X * lengths, y).score_ == KNNScore().fit(X, y).score_
