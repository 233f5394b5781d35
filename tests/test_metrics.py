"""The six first metrics against the naive formula, and on cases checked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.utils import get_tags

from discovery import METRICS
from skperturb.metrics import GBC, HScore, KNNScore, NearestCentroidScore, RidgeProbe, _base
from strategies import labelled_features


def _scatters(X, codes):
    """Total and between-class covariance, one class at a time."""
    mean = X.mean(axis=0)
    total = np.mean([np.outer(x - mean, x - mean) for x in X], axis=0)
    between = np.zeros_like(total)
    for c in np.unique(codes):
        gap = X[codes == c].mean(axis=0) - mean
        between += np.mean(codes == c) * np.outer(gap, gap)
    return total, between


def test_the_hint_names_the_metrics_that_take_regression():
    names = [type(each).__name__ for each in METRICS if "regression" in get_tags(each).tasks]
    assert _base._REGRESSION_HINT.split(": ")[1].rstrip(".").split(", ") == sorted(names)


# ---------------------------------------------------------------- HScore


@given(data=labelled_features(max_features=50), shrinkage=st.floats(0.01, 1.0))
def test_h_score_equals_the_dense_inverse(data, shrinkage):
    X, codes = data
    total, between = _scatters(X, codes)
    target = np.trace(total) / len(total) * np.eye(len(total))
    shrunk = (1 - shrinkage) * total + shrinkage * target
    expected = (1 - shrinkage) * np.trace(np.linalg.inv(shrunk) @ between)
    score = HScore(shrinkage=shrinkage).fit(X, codes).score_
    np.testing.assert_allclose(score, expected, rtol=1e-6, atol=1e-9)


@given(data=labelled_features(max_features=50))
def test_h_score_shrinks_as_ledoit_and_wolf_say(data):
    X, codes = data
    metric = HScore().fit(X, codes)
    assert metric.shrinkage_ == pytest.approx(LedoitWolf().fit(X).shrinkage_, rel=1e-9, abs=1e-12)
    if metric.shrinkage_ > 0:
        fixed = HScore(shrinkage=metric.shrinkage_).fit(X, codes)
        assert metric.score_ == pytest.approx(fixed.score_, rel=1e-12)


@given(data=labelled_features(max_features=50))
def test_unshrunk_h_score_equals_the_pseudo_inverse(data):
    X, codes = data
    X = X / X.std()
    total, between = _scatters(X, codes)
    expected = np.trace(np.linalg.pinv(total, rcond=1e-13, hermitian=True) @ between)
    score = HScore(shrinkage=None).fit(X, codes).score_
    np.testing.assert_allclose(score, expected, rtol=1e-6, atol=1e-6)


def test_h_score_counts_directions_down_to_1e_7_of_the_largest():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.standard_normal((40, 3))
    X[:, 2] = (y - 0.5) + 0.1 * rng.standard_normal(40)
    bare = HScore(shrinkage=None).fit(X[:, :2], y).score_
    full = HScore(shrinkage=None).fit(X, y).score_
    for scale, expected in [(1e-5, full), (1e-6, full), (1e-9, bare), (1e-12, bare)]:
        score = HScore(shrinkage=None).fit(X * [1, 1, scale], y).score_
        assert score == pytest.approx(expected, rel=1e-5)


def test_h_score_of_perfect_classes_is_their_number_less_one():
    X = np.eye(3)[np.arange(12) % 3]
    assert HScore(shrinkage=None).fit(X, np.arange(12) % 3).score_ == pytest.approx(2.0)
    assert HScore(shrinkage=1.0).fit(X, np.arange(12) % 3).score_ == 0.0


# ---------------------------------------------------------------- GBC


@given(data=labelled_features(), covariance=st.sampled_from(["diagonal", "spherical"]))
def test_gbc_equals_the_loop_over_pairs(data, covariance):
    X, codes = data
    overlap = 0.0
    for i in np.unique(codes):
        for j in np.unique(codes):
            if i != j:
                first, second = X[codes == i], X[codes == j]
                variances = [first.var(axis=0), second.var(axis=0)]
                if covariance == "spherical":
                    variances = [np.full(X.shape[1], each.mean()) for each in variances]
                a, b = (np.diag(np.maximum(each, 1e-4)) for each in variances)
                pooled, gap = (a + b) / 2, first.mean(axis=0) - second.mean(axis=0)
                volume = np.linalg.slogdet(pooled)[1]
                volume -= (np.linalg.slogdet(a)[1] + np.linalg.slogdet(b)[1]) / 2
                overlap += np.exp(-gap @ np.linalg.solve(pooled, gap) / 8 - volume / 2)
    score = GBC(covariance=covariance).fit(X, codes).score_
    np.testing.assert_allclose(score, -overlap, rtol=1e-6, atol=1e-300)


@pytest.mark.parametrize("covariance", ["diagonal", "spherical"])
def test_gbc_of_two_gaussians_by_hand(covariance):
    X = np.array([[-1.0, -1.0], [1.0, 1.0], [2.0, 2.0], [6.0, 6.0]])  # variances 1 and 4
    overlap = np.exp(-((16 + 16) / 2.5 / 8) - 0.5 * 2 * np.log(2.5 / 2))
    score = GBC(covariance=covariance).fit(X, ["a", "a", "b", "b"]).score_
    assert score == pytest.approx(-2 * overlap, rel=1e-12)


def test_gbc_of_coincident_classes_is_its_lower_bound():
    X = np.tile([[-1.0], [1.0]], (4, 1))
    assert GBC().fit(X, np.repeat([0, 1, 2, 3], 2)).score_ == pytest.approx(-12.0)


# ---------------------------------------------------------------- NearestCentroidScore


@given(data=labelled_features(max_features=50), normalize=st.booleans())
def test_nearest_centroid_equals_gaussian_posteriors(data, normalize):
    X, codes = data
    means = np.stack([X[codes == c].mean(axis=0) for c in np.unique(codes)])
    codes = np.unique(codes, return_inverse=True)[1]
    if normalize:
        X, means = (each / np.sqrt(np.mean((X - means[codes]) ** 2)) for each in (X, means))
    density = np.exp(-((X[:, None] - means) ** 2).sum(axis=2) / 2) * np.bincount(codes) / len(X)
    far = density.sum(axis=1) == 0  # a density that underflows has no posterior to compare
    if not far.any():
        expected = np.mean(density[np.arange(len(X)), codes] / density.sum(axis=1))
        score = NearestCentroidScore(normalize=normalize).fit(X, codes).score_
        np.testing.assert_allclose(score, expected, rtol=1e-6)


def test_nearest_centroid_of_equal_rows_knows_only_the_priors():
    score = NearestCentroidScore(normalize=True).fit(np.full((4, 2), 0.1), [0, 0, 0, 1]).score_
    assert score == pytest.approx(0.75**2 + 0.25**2)


# ---------------------------------------------------------------- KNNScore


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


# ---------------------------------------------------------------- RidgeProbe


@pytest.mark.parametrize("shape", [(25, 4), (20, 30)])
@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_ridge_probe_predicts_as_ridge_refitted_without_each_row(shape, alpha):
    rng = np.random.default_rng(0)
    codes = np.arange(shape[0]) % 3
    X = rng.standard_normal(shape) + 5.0 + rng.standard_normal((3, shape[1]))[codes]
    T = 2.0 * (codes[:, None] == np.arange(3)) - 1.0
    refitted = cross_val_predict(Ridge(alpha), X, T, cv=LeaveOneOut())
    score = RidgeProbe(alphas=[alpha]).fit(X, codes).score_
    assert score == np.mean(refitted.argmax(axis=1) == codes)
    many = RidgeProbe(alphas=[alpha]).fit(X, (T > 0).astype(int))
    assert many.score_ == pytest.approx(np.mean((refitted > 0) == (T > 0)))
    target = X[:, 0] + rng.standard_normal(shape[0])
    refitted = cross_val_predict(Ridge(alpha), X, target, cv=LeaveOneOut())
    expected = 1 - np.sum((target - refitted) ** 2) / np.sum((target - target.mean()) ** 2)
    assert RidgeProbe(alphas=[alpha]).fit(X, target).score_ == pytest.approx(expected, rel=1e-8)


def test_ridge_probe_takes_the_strength_with_the_least_error():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 10))
    t = X[:, 0] + 2 * rng.standard_normal(30)
    single = {alpha: RidgeProbe(alphas=[alpha]).fit(X, t).score_ for alpha in (0.01, 10.0, 1e4)}
    best = RidgeProbe(alphas=list(single)).fit(X, t)
    assert best.score_ == max(single.values())
    assert single[best.alpha_] == best.score_
    automatic = RidgeProbe().fit(X, t)
    centred = X - X.mean(axis=0)
    mean_square = np.mean(np.linalg.svd(centred, compute_uv=False) ** 2)
    steps = np.log10(automatic.alpha_ / mean_square) * 2
    assert steps == pytest.approx(round(steps), abs=1e-9)
    assert abs(steps) <= 8


def test_ridge_probe_of_constant_features_predicts_the_other_classes():
    X = np.ones((6, 2))
    assert RidgeProbe().fit(X, [0, 1] * 3).score_ == 0.0  # leaving one out tips the balance
    assert RidgeProbe().fit(X, [0, 0, 0, 0, 0, 1]).score_ == pytest.approx(5 / 6)
