"""TransRate against log determinants of dense matrices, and published values."""

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import TransRate
from strategies import labelled_features

_BALANCED = [
    "labels_contiguous",
    "many_classes",
    "noise",
    "scale_large",
    "scale_small",
    "scale_unit",
    "separable",
    "small",
]


def _rate(Z, eps):
    """Coding rate from the singular values, every direction on its own."""
    values = np.linalg.svd(Z, compute_uv=False)
    return sum(0.5 * np.log1p(value**2 / (len(Z) * eps)) for value in values)


def _reduction(X, y, *, eps=1e-4, normalize=True, shares=None):
    """TransRate class by class; `shares` are their weights, n_c / n if None."""
    Z = X - X.mean(axis=0)
    if normalize:
        Z = Z / np.sqrt(np.mean(np.sum(Z**2, axis=1)))
    within = [_rate(Z[y == label], eps) for label in np.unique(y)]
    weights = [np.mean(y == label) for label in np.unique(y)] if shares is None else shares
    return _rate(Z, eps) - np.dot(weights, within)


def _score(X, y, **params):
    return TransRate(**params).fit(X, y).score_


def test_a_case_small_enough_to_check_by_hand():
    # Classes at -1 and 1: the mean square is 1 in each and over all, so knowing the class
    # saves nothing. On an axis each, it saves the other axis.
    assert _score([[-1.0], [1.0]], ["ant", "bee"]) == pytest.approx(0.0, abs=1e-12)
    X = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    y = ["ant", "ant", "bee", "bee"]
    # R = 1/2 log(1 + 1/2e)^2 and R_c = 1/2 log(1 + 1/e), with e = 1/2.
    expected = np.log(2.0) - np.log(3.0) / 2
    assert _score(X, y, eps=0.5) == pytest.approx(expected, rel=1e-12)


@given(
    data=labelled_features(min_count=1),
    normalize=st.booleans(),
    eps=st.sampled_from([1e-12, 1e-4, 1.0]),
)
def test_score_is_the_difference_of_the_rates(data, normalize, eps):
    X, y = data
    expected = _reduction(X, y, eps=eps, normalize=normalize)
    assert _score(X, y.astype(str), eps=eps, normalize=normalize) == pytest.approx(
        expected, rel=1e-8, abs=1e-9
    )


@pytest.mark.parametrize("shape", [(60, 12), (20, 50)], ids=["n > d", "n < d"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("normalize", [True, False])
def test_dead_and_doubled_features_cost_no_digits(shape, scale, normalize):
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2], [shape[0] - 5, 4, 1]))
    X = scale * rng.standard_normal(shape)
    X[:, 1], X[:, 2] = X[:, 0], 7.0
    expected = _reduction(X, y, normalize=normalize)
    assert _score(X, y, normalize=normalize) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
@pytest.mark.parametrize("normalize", [True, False])
def test_constant_features_score_zero(value, normalize):
    X = np.full((1001, 3), value)
    assert _score(X, np.arange(1001) % 2, normalize=normalize) == 0.0


def test_with_fewer_rows_than_features_a_larger_eps_tells_signal_from_noise():
    # Documented: at the default eps the score counts directions, and noise has no fewer.
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    noise = rng.standard_normal((60, 90))
    signal = noise + 0.7 * rng.standard_normal((3, 90))[y]
    assert _score(signal, y) < _score(noise, y)
    assert _score(signal, y, eps=1.0) > _score(noise, y, eps=1.0)


def test_the_published_cases_all_have_numbers():
    names = cases_with("TransRate(normalize=False)", "transrate/tllib")
    assert set(_BALANCED) < set(names)


@pytest.mark.parametrize("name", _BALANCED)
def test_published_values_of_balanced_classes(name):
    data = case(name)
    expected = published(name, "TransRate(normalize=False)", "transrate/tllib")
    assert _score(data.X, data.y, normalize=False) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["imbalanced", "tiny_sa", "rank_deficient"])
def test_published_values_weight_every_class_alike(name):
    data = case(name)
    expected = published(name, "TransRate(normalize=False)", "transrate/tllib")
    shares = np.full(len(np.unique(data.y)), 1.0 / len(np.unique(data.y)))
    alike = _reduction(data.X, data.y, normalize=False, shares=shares)
    assert alike == pytest.approx(expected, rel=1e-6)
    assert _score(data.X, data.y, normalize=False) != pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"eps": 0.0}, ValueError, "`eps` of TransRate must be a finite number above 0, got 0.0"),
        ({"eps": np.nan}, ValueError, "`eps` of TransRate must be a finite number above 0"),
        ({"eps": "small"}, TypeError, "`eps` of TransRate must be a finite number above 0"),
        ({"normalize": 1}, TypeError, "`normalize` of TransRate must be True or False, got 1"),
    ],
)
def test_a_bad_parameter_is_an_error(params, error, match):
    with pytest.raises(error, match=match):
        _score(np.eye(4), [0, 1, 0, 1], **params)
