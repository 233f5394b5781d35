"""NLEEP against its mixture read term by term, cases by hand, and published values."""

import math

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from skperturb.metrics import NLEEP
from skperturb.metrics._nleep import principal_rows, responsibilities
from strategies import labelled_features


def _naive_rows(X, explained_variance):
    """Eigenvectors of the covariance, one more until they hold the energy."""
    centred = X - X.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    values, vectors = values[::-1].clip(min=0), vectors[:, ::-1]
    n_kept = 1
    while values[:n_kept].sum() < explained_variance * values.sum() and n_kept < min(X.shape):
        n_kept += 1
    rows = centred @ vectors[:, :n_kept]
    return rows / math.sqrt(np.mean(rows**2))


def _naive_leep(mixture, rows, codes):
    """Bayes' rule with the densities of the components, then sums over the samples."""
    densities = [
        [
            multivariate_normal(mean, covariance).logpdf(row) + math.log(weight)
            for mean, covariance, weight in zip(
                mixture.means_, mixture.covariances_, mixture.weights_, strict=True
            )
        ]
        for row in rows
    ]
    P = np.exp(np.array(densities) - np.max(densities, axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    logs = []
    for i, code in enumerate(codes):
        terms = [P[i, z] * P[codes == code, z].sum() / P[:, z].sum() for z in range(P.shape[1])]
        logs.append(math.log(sum(terms)))
    return np.mean(logs)


@given(
    data=labelled_features(max_samples=30, max_features=8),
    explained_variance=st.sampled_from([0.5, 0.8]),
)
def test_the_score_is_that_of_the_mixture_term_by_term(data, explained_variance):
    X, codes = data
    rows = principal_rows(X, explained_variance)
    # Up to the signs of the components.
    np.testing.assert_allclose(np.abs(rows), np.abs(_naive_rows(X, explained_variance)), atol=1e-6)
    n_components = min(2 * (codes.max() + 1), len(X) // 2, len(np.unique(rows, axis=0)))
    sorted_rows = np.array(sorted(rows.tolist()))
    mixture = GaussianMixture(n_components, max_iter=500, random_state=7).fit(sorted_rows)
    names = np.array(["wasp", "ant", "", "Bee", "cat"])
    fitted = NLEEP(
        components_per_class=2, explained_variance=explained_variance, random_state=7
    ).fit(X, names[codes])
    assert fitted.n_components_ == n_components
    expected = _naive_leep(mixture, rows, codes)
    assert fitted.score_ == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_two_clusters_by_hand():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((16, 3)) + 1000.0 * np.repeat([[0], [1]], 8, axis=0)
    y = ["a"] * 6 + ["b"] * 2 + ["b"] * 8
    by_hand = (6 * math.log(6 / 8) + 2 * math.log(2 / 8)) / 16
    assert NLEEP(components_per_class=1).fit(X, y).score_ == pytest.approx(by_hand)


def test_three_samples_are_one_component():
    fitted = NLEEP().fit([[0.0, 1.0], [5.0, 2.0], [7.0, 3.0]], ["a", "a", "b"])
    assert fitted.n_components_ == 1
    assert fitted.score_ == pytest.approx((2 * math.log(2 / 3) + math.log(1 / 3)) / 3)


@pytest.mark.parametrize("fill", [0.0, 3.7, 1e-4, -1e4])
def test_constant_features_leave_the_entropy_of_the_labels(fill):
    fitted = NLEEP().fit(np.full((10, 3), fill), [0] * 4 + [1] * 6)
    assert fitted.n_components_ == 1
    assert fitted.score_ == pytest.approx(0.4 * math.log(0.4) + 0.6 * math.log(0.6))


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("explained_variance", [0.8, 1.0])
def test_no_more_components_than_distinct_samples(scale, explained_variance):
    X = scale * np.repeat(np.array([[0.0, 0.1, 7.0], [0.3, 1.0, 0.0], [2.0, 0.7, 0.0]]), 10, axis=0)
    y = np.concatenate([np.zeros(10), np.ones(10), [0] * 5 + [1] * 5])
    fitted = NLEEP(explained_variance=explained_variance).fit(X, y)
    assert fitted.n_components_ == 3
    assert fitted.score_ == pytest.approx(math.log(0.5) / 3)


@pytest.mark.parametrize("shape", [(30, 80), (61, 4)], ids=["n < d", "n > d"])
def test_rank_deficient_features_of_tiny_classes_score(shape):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((shape[0], 3)) @ rng.standard_normal((3, shape[1]))
    X[:, 0] = 3.7
    y = np.concatenate([[0, 1, 2], np.full(shape[0] - 3, 3)])
    for explained_variance in (0.8, 1.0):
        fitted = NLEEP(explained_variance=explained_variance).fit(X, y)
        assert fitted.n_components_ == min(20, shape[0] // 2)
        assert -1.0 < fitted.score_ < 0.0


def test_energy_decides_how_many_components_are_kept():
    X = np.zeros((8, 4))
    X[np.arange(8), np.arange(8) // 2] = np.tile([1.0, -1.0], 4) * np.repeat([6, 4, 2, 1], 2)
    # Variances 36, 16, 4, 1 of 57
    kept = {0.5: 1, 0.8: 2, 0.95: 3, 0.99: 4, 1.0: 4}
    assert {
        explained_variance: principal_rows(X, explained_variance).shape[1]
        for explained_variance in kept
    } == kept


def test_sorted_rows_make_the_responsibilities_those_of_the_samples():
    rng = np.random.default_rng(0)
    rows, order = rng.standard_normal((40, 2)), rng.permutation(40)
    posteriors = responsibilities(rows, 6, 0)
    np.testing.assert_allclose(responsibilities(rows[order], 6, 0), posteriors[order], rtol=1e-9)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1.0)


def _mean_probability(X, y):
    codes = np.unique(y, return_inverse=True)[1]
    n_classes = codes.max() + 1
    P = responsibilities(principal_rows(X, 0.8), min(5 * n_classes, len(X) // 2), 0)
    given_component = (np.eye(n_classes)[codes].T @ P) / P.sum(axis=0)
    return np.mean((P @ given_component.T)[np.arange(len(X)), codes])


def test_public_code_takes_the_mean_of_the_probability():
    # At 1e-4 their variance floor joins all samples; below 0 their labels go astray.
    skipped = {"many_classes", "scale_small", "labels_negative"}
    names = set(cases_with("NLEEP", "nleep/prafful")) - skipped
    assert len(names) >= 8
    for name in names:
        value, X, y = published(name, "NLEEP", "nleep/prafful"), case(name).X, case(name).y
        # Another start of the mixture, another optimum.
        assert value == pytest.approx(_mean_probability(X, y), abs=0.08)
        assert math.exp(NLEEP().fit(X, y).score_) <= _mean_probability(X, y)


def test_public_code_of_the_mean_log_comes_near():
    names = set(cases_with("NLEEP", "nleep/google_tf")) - {"scale_small"}
    assert len(names) >= 8
    for name in names:
        value = published(name, "NLEEP", "nleep/google_tf")
        assert value == pytest.approx(NLEEP().fit(case(name).X, case(name).y).score_, abs=0.2)


def test_public_code_sees_one_cluster_in_small_features_and_this_does_not():
    unit, small = case("scale_unit"), case("scale_small")
    value = published("scale_small", "NLEEP", "nleep/google_tf")
    assert value == pytest.approx(-math.log(5), abs=1e-4)
    score = NLEEP().fit(small.X, small.y).score_
    assert score == pytest.approx(NLEEP().fit(unit.X, unit.y).score_, rel=1e-6)
    assert score > -0.6


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"components_per_class": 0}, ValueError, "`components_per_class` of NLEEP .* got 0"),
        ({"components_per_class": 2.5}, TypeError, "`components_per_class` of NLEEP .* got 2.5"),
        (
            {"explained_variance": 0.0},
            ValueError,
            r"`explained_variance` of NLEEP .* in \(0, 1\], got 0.0",
        ),
        (
            {"explained_variance": 1.1},
            ValueError,
            r"`explained_variance` of NLEEP .* in \(0, 1\], got 1.1",
        ),
        ({"explained_variance": math.nan}, ValueError, "`explained_variance` of NLEEP .* got nan"),
        ({"explained_variance": "all"}, TypeError, "`explained_variance` of NLEEP .* got 'all'"),
        ({"random_state": "seed"}, ValueError, "`random_state` of NLEEP must be .* got 'seed'"),
    ],
)
def test_bad_parameters_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        NLEEP(**parameters).fit(np.eye(6), [0, 1, 0, 1, 0, 1])
