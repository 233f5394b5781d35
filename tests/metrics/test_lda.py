"""LDAScore against scikit-learn's classifier, and where it goes further."""

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from skperturb.metrics import LDAScore, NearestCentroidScore
from strategies import labelled_features

# scikit-learn estimates the covariance of a single sample too, as 0, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:Only one sample available:UserWarning")

_PUBLIC = ("NearestCentroidScore", "lda/prafful")


def _sklearn(X, y, shrinkage="ledoit_wolf"):
    """Mean posterior of the true class under scikit-learn's classifier."""
    X = X - X.mean(axis=0)
    shrinkage = {"ledoit_wolf": "auto"}.get(shrinkage, shrinkage)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(X, y)
    codes = np.searchsorted(lda.classes_, y)
    return np.mean([row[code] for row, code in zip(lda.predict_proba(X), codes, strict=True)])


def _score(X, y, **params):
    return LDAScore(**params).fit(X, y).score_


def test_a_case_small_enough_to_check_by_hand():
    # Means -1 and 1, variance 1: the posterior is 1/2 at 0, sigmoid(2 * 2) at -2 and 2.
    X, y = [[-2.0], [0.0], [0.0], [2.0]], ["ant", "ant", "bee", "bee"]
    expected = (0.5 + 1.0 / (1.0 + np.exp(-4.0))) / 2
    for shrinkage in ("ledoit_wolf", 0.0, 0.5, 1):
        assert _score(X, y, shrinkage=shrinkage) == pytest.approx(expected, rel=1e-12)


@given(
    data=labelled_features(min_count=3), shrinkage=st.sampled_from(["ledoit_wolf", 0.01, 0.5, 1.0])
)
def test_score_is_that_of_scikit_learn(data, shrinkage):
    X, y = data
    expected = _sklearn(X, y, shrinkage)
    assert _score(X, y.astype(str), shrinkage=shrinkage) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=["n > d", "n < d"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", 0.1])
def test_tiny_classes_and_dead_features_are_taken_as_by_scikit_learn(shape, scale, shrinkage):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2, 3], [shape[0] - 12, 9, 2, 1]))
    X = 5.0 + rng.standard_normal(shape) + 0.5 * (y == 1)[:, None]
    X[:, 1], X[:, 2] = X[:, 0], 7.0
    X[y == 1, 3] = 0.0  # constant within one class
    expected = _sklearn(scale * X, y, shrinkage)
    assert _score(scale * X, y, shrinkage=shrinkage) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("shape", [(60, 5), (60, 58)], ids=str)
def test_without_shrinkage_full_rank_is_inverted(shape):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal(shape), np.arange(60) % 2
    assert _score(X, y, shrinkage=0.0) == pytest.approx(_sklearn(X, y, None), rel=1e-7)


def _least_norm(X, y):
    """Score by the pseudo-inverse of the unshrunk covariance, at a tolerance of 1e-10."""
    X = X - X.mean(axis=0)
    means = np.stack([X[y == label].mean(axis=0) for label in np.unique(y)])
    within = X - means[y]
    inverse = np.linalg.pinv(within.T @ within / len(X), rcond=1e-10)
    logits = [
        [(x - m / 2) @ inverse @ m + np.log(np.mean(y == c)) for c, m in enumerate(means)]
        for x in X
    ]
    powers = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return np.mean((powers / powers.sum(axis=1, keepdims=True))[np.arange(len(X)), y])


@pytest.mark.parametrize("shape", [(10, 4), (10, 8), (10, 40)], ids=str)
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_pairs_of_samples_have_no_share_and_take_the_pseudo_inverse(shape, scale):
    rng = np.random.default_rng(0)
    X, y = scale * rng.standard_normal(shape), np.arange(10) % 5
    expected = _least_norm(X, y)
    assert _score(X, y) == pytest.approx(expected, rel=1e-7)
    assert _score(X, y, shrinkage=0.0) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", 0.0, 0.5])
def test_constant_features_score_the_squared_class_shares(value, shrinkage):
    y = np.repeat(["ant", "bee"], [750, 250])
    score = _score(np.full((1000, 3), value), y, shrinkage=shrinkage)
    assert score == pytest.approx(0.75**2 + 0.25**2)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("shrinkage", ["ledoit_wolf", 0.0, 0.5])
def test_equal_rows_within_classes_are_told_apart_where_the_means_differ(scale, shrinkage):
    X = scale * np.array([[0.0, 3.0], [0.0, 3.0], [1.0, 3.0]])
    y = np.array(["ant", "ant", "bee"])
    assert _score(X, y, shrinkage=shrinkage) == pytest.approx(1.0)
    assert _score(X, ["ant", "bee", "cat"], shrinkage=shrinkage) == pytest.approx(2 / 3)
    # scikit-learn sees no direction at all and returns the class shares.
    assert _sklearn(X, y) == pytest.approx((2 / 3) ** 2 + (1 / 3) ** 2)


def test_only_units_dead_within_one_class_make_it_depend_on_the_scale():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 5)), np.arange(40) % 2
    X[:, 1] = 3.0
    assert _score(1e-3 * X, y) == pytest.approx(_score(X, y), rel=1e-9)
    X[y == 0, 0] = 0.0
    assert _score(1e-3 * X, y) != pytest.approx(_score(X, y), rel=1e-3)
    assert _score(1e-3 * X, y, shrinkage=0.1) == pytest.approx(_score(X, y, shrinkage=0.1))


@pytest.mark.parametrize("name", ["imbalanced", "labels_contiguous", "rank_deficient", "small"])
def test_what_is_published_as_lda_is_the_nearest_centroid(name):
    assert name in cases_with(*_PUBLIC)
    data, expected = case(name), published(name, *_PUBLIC)
    assert NearestCentroidScore().fit(data.X, data.y).score_ == pytest.approx(expected, rel=1e-6)
    assert _score(data.X, data.y) != pytest.approx(expected, rel=1e-2)
    assert _score(data.X, data.y) == pytest.approx(_sklearn(data.X, data.y), rel=1e-9)


@pytest.mark.parametrize(
    ("shrinkage", "error", "match"),
    [
        (
            "oas",
            ValueError,
            "`shrinkage` of LDAScore must be 'ledoit_wolf' or in .0, 1., got 'oas'",
        ),
        (1.5, ValueError, r"`shrinkage` of LDAScore must be a finite number in \[0, 1\], got 1.5"),
        (np.inf, ValueError, r"`shrinkage` of LDAScore must be a finite number in \[0, 1\]"),
        (None, TypeError, r"`shrinkage` of LDAScore must be a finite number in \[0, 1\]"),
    ],
)
def test_a_bad_shrinkage_is_an_error(shrinkage, error, match):
    with pytest.raises(error, match=match):
        _score(np.eye(4), [0, 1, 0, 1], shrinkage=shrinkage)
