"""SFDA against its formula sample by sample, and published values."""

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import SFDA
from strategies import labelled_features

# Saturation is what many of these inputs provoke; one test is about the warning itself.
pytestmark = pytest.mark.filterwarnings("ignore:SFDA scored:UserWarning")

_PUBLIC = ("SFDA", "sfda/prafful")


def _sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def _softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


def _within(X, y):
    return X - np.stack([X[y == label].mean(axis=0) for label in y])


def _posteriors(X, y, share):
    """P(x) of every sample; S^-1 from the singular values of a root of S, all d of them."""
    n_samples, n_features = X.shape
    labels = np.unique(y)
    means = [X[y == label].mean(axis=0) for label in labels]
    within = _within(X, y)
    ridge = share * np.sum(within**2) / n_samples / n_features
    stacked = np.vstack(
        [np.sqrt((1 - share) / n_samples) * within, np.sqrt(ridge) * np.eye(n_features)]
    )
    _, values, axes = np.linalg.svd(stacked, full_matrices=False)

    def inner(a, b):
        return np.sum((axes @ a) * (axes @ b) / values**2)

    def logit(x, mean, label):
        return inner(x, mean) - inner(mean, mean) / 2 + np.log(np.mean(y == label))

    logits = [[logit(x, m, k) for m, k in zip(means, labels, strict=True)] for x in X]
    return np.array([_softmax(np.array(row)) for row in logits])


def _sfda(X, y, share="auto"):
    labels, codes = np.unique(y, return_inverse=True)
    X = X - X.mean(axis=0)
    if share == "auto":
        largest = np.linalg.svd(_within(X, y), compute_uv=False)[0] ** 2 / len(X)
        share = max(np.exp(-5 * largest), 1e-10)
    means = [X[y == label].mean(axis=0) for label in labels]
    mixed = []
    for x, code, posterior in zip(X, codes, _posteriors(X, y, share), strict=True):
        q = _softmax(posterior)[code]
        others = np.mean([mean for c, mean in enumerate(means) if c != code], axis=0)
        mixed.append(q * x + (1 - q) * others)
    final = _posteriors(np.array(mixed), y, share)
    return np.mean([posterior[code] for posterior, code in zip(final, codes, strict=True)])


def _score(X, y, **params):
    return SFDA(**params).fit(X, y).score_


def test_a_case_small_enough_to_check_by_hand():
    # Means -1 and 1, S = S_w = 1: P(true) is 1/2 at 0 and sigmoid(4) outside. Both
    # classes are mirror images; in the left one -2 and 0 move towards 1.
    q = _sigmoid(2 * _sigmoid(4.0) - 1)
    outer, inner = -2 * q + (1 - q), 0.5
    mean, variance = (outer + inner) / 2, ((inner - outer) / 2) ** 2
    expected = np.mean(_sigmoid(2 * np.array([outer, inner]) * mean / variance))
    X, y = [[-2.0], [0.0], [0.0], [2.0]], ["ant", "ant", "bee", "bee"]
    assert _score(X, y, shrinkage=1.0) == pytest.approx(expected, rel=1e-12)
    assert _score(X, y, shrinkage=0.3) == pytest.approx(expected, rel=1e-12)


@given(data=labelled_features(min_count=1), share=st.sampled_from(["auto", 1e-10, 0.1, 1.0]))
def test_score_is_the_formula_sample_by_sample(data, share):
    X, y = data
    if np.bincount(y).max() > 1:
        expected = _sfda(X, y, share)
        assert _score(X, y.astype(str), shrinkage=share) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(90, 12), (24, 60)], ids=["n > d", "n < d"])
@pytest.mark.parametrize("scale", [1e-4, 0.1, 1.0, 1e4])
def test_dead_doubled_and_nearly_dead_features_cost_no_digits(shape, scale):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2, 3], [shape[0] - 12, 9, 2, 1]))
    X = 5.0 + rng.standard_normal(shape) + 0.5 * (y == 1)[:, None]
    X[:, 1], X[:, 2], X[:, 3] = X[:, 0], 7.0, 5.0 + 1e-5 * X[:, 3]
    for share in ("auto", 0.0, 0.2):
        known = share if share == "auto" else max(share, 1e-10)
        expected = _sfda(scale * X, y, known)
        assert _score(scale * X, y, shrinkage=share) == pytest.approx(expected, rel=1e-6)


def test_wide_features_never_need_a_square_matrix_of_their_width():
    # 60,000 x 60,000 numbers are 29 GB.
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 60_000)), np.arange(20) % 2
    assert 0.5 < _score(X / 200, y, shrinkage=0.5) <= 1.0


def test_the_share_follows_the_largest_variance_within_the_classes():
    rng = np.random.default_rng(0)
    X, y = 0.5 * rng.standard_normal((50, 4)), np.arange(50) % 2
    largest = np.linalg.svd(_within(X, y), compute_uv=False)[0] ** 2 / 50
    assert SFDA().fit(X, y).shrinkage_ == pytest.approx(np.exp(-5 * largest), rel=1e-12)
    assert SFDA().fit(100 * X, y).shrinkage_ == 1e-10
    assert SFDA(shrinkage=0).fit(X, y).shrinkage_ == 1e-10


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_constant_features_score_the_squared_class_shares(value):
    y = np.repeat(["ant", "bee"], [750, 250])
    assert _score(np.full((1000, 3), value), y) == pytest.approx(0.75**2 + 0.25**2)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_equal_rows_within_classes_are_told_apart_where_the_means_differ(scale):
    X = scale * np.array([[0.0, 3.0], [0.0, 3.0], [1.0, 3.0]])
    assert _score(X, ["ant", "ant", "bee"]) == pytest.approx(1.0)
    assert _score(X, ["ant", "bee", "cat"]) == pytest.approx(2 / 3)


def test_a_saturated_score_warns():
    rng = np.random.default_rng(0)
    X, y = 3 * rng.standard_normal((20, 30)), np.arange(20) % 2
    with pytest.warns(UserWarning, match=r"SFDA scored 1\.0+: saturated, .*CappedPCA"):
        SFDA().fit(X, y)


@pytest.mark.parametrize("name", cases_with(*_PUBLIC))
def test_published_values(name):
    data = case(name)
    fitted = SFDA().fit(data.X, data.y)
    # Public code iterates three times for the largest eigenvalue; it matters little.
    tolerance = 1e-8 if fitted.shrinkage_ == 1e-10 else 1e-5
    assert fitted.score_ == pytest.approx(published(name, *_PUBLIC), rel=tolerance)


def test_the_largest_eigenvalue_is_exact_unlike_the_published_one():
    data = case("small")
    expected = _sfda(data.X, data.y)
    assert _score(data.X, data.y) == pytest.approx(expected, rel=1e-10)
    assert published("small", *_PUBLIC) != pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("shrinkage", "error", "match"),
    [
        (
            "ledoit_wolf",
            ValueError,
            "`shrinkage` of SFDA must be 'auto' or in .0, 1., got 'ledoit_wolf'",
        ),
        (1.5, ValueError, r"`shrinkage` of SFDA must be a finite number in \[0, 1\], got 1.5"),
        (-0.1, ValueError, r"`shrinkage` of SFDA must be a finite number in \[0, 1\]"),
        (np.nan, ValueError, r"`shrinkage` of SFDA must be a finite number in \[0, 1\]"),
        (None, TypeError, r"`shrinkage` of SFDA must be a finite number in \[0, 1\], got None"),
    ],
)
def test_a_bad_shrinkage_is_an_error(shrinkage, error, match):
    with pytest.raises(error, match=match):
        _score(np.eye(4), [0, 1, 0, 1], shrinkage=shrinkage)
