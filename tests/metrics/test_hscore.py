"""HScore against dense inverses, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf, ledoit_wolf_shrinkage

from skperturb.metrics import HScore
from skperturb.metrics._linalg.gaussian import ledoit_wolf_shrinkage as shrinkage_of_norms
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


@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", None, 0.1])
def test_h_score_of_a_model_that_is_dead_is_zero(shrinkage):
    row = np.random.default_rng(0).standard_normal((1, 6))
    for X in (np.full((200, 8), 0.1), np.repeat(row, 200, axis=0)):
        assert HScore(shrinkage=shrinkage).fit(X, np.arange(200) % 4).score_ == 0.0


def test_shrinkage_says_what_it_can_be():
    with pytest.raises(ValueError, match=r"must be 'ledoit_wolf' or in \[0, 1\], got 'auto'"):
        HScore(shrinkage="auto").fit(np.eye(4), [0, 1, 0, 1])


def test_shrunk_h_score_of_noise_grows_with_its_width_as_the_guide_says():
    y = np.arange(200) % 4
    noise = (np.random.default_rng(1).standard_normal((200, d)) for d in (64, 512, 4096))
    scores = [HScore().fit(X, y).score_ for X in noise]
    assert scores == pytest.approx([0.0, 0.1, 0.5], abs=0.06)


@pytest.mark.parametrize("shape", [(60, 8), (20, 40)])
def test_a_trace_of_shrinkage_leaves_the_unshrunk_score(shape):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal(shape), np.arange(shape[0]) % 3
    X[:, 0] = X[:, 1]
    for shrinkage in (1e-9, 1e-12):
        score = HScore(shrinkage=shrinkage).fit(X, y).score_
        assert score == pytest.approx(HScore(shrinkage=None).fit(X, y).score_, rel=1e-5)


@given(data=labelled_features(max_features=50))
def test_the_ledoit_wolf_share_needs_no_second_product(data):
    X = data[0] - data[0].mean(axis=0)
    gram = X @ X.T if len(X) < X.shape[1] else X.T @ X
    norms_sq = np.sum(X**2, axis=1)
    powers = norms_sq.sum(), np.sum(norms_sq**2)
    found = shrinkage_of_norms(np.sum(gram**2), powers, X.shape)
    assert found == pytest.approx(ledoit_wolf_shrinkage(X, assume_centered=True), rel=1e-8)


@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", 1e-16, None])
@pytest.mark.parametrize("scale", [1.0, 0.3, 1e-3])
def test_a_vanishing_share_does_not_leave_the_bounds(shrinkage, scale):
    """Two distinct rows, equally often: the Ledoit-Wolf share is exactly 0, but for rounding."""
    X = scale * np.array([[8, 7, 5, 5, 0], [5, 7, 5, 0, 2]] * 2)
    score = HScore(shrinkage=shrinkage).fit(X, [0, 0, 1, 0]).score_
    assert score == pytest.approx(1 / 3, rel=1e-9)
