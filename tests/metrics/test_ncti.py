"""NCTI: its three components against dense matrices, hand-made cases, published values."""

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st

from skperturb.metrics import NCTI
from strategies import labelled_features

_GOLDEN = ("NCTI components (seli, ncc, vc)", "ncti/prafful")
# Cases on which the published code works on real components and does not randomise.
_EXACT = ["imbalanced", "scale_large", "scale_small", "scale_unit"]


def _posteriors(P, inverse, means, priors):
    columns = [
        (P - mean / 2) @ inverse @ mean + np.log(prior)
        for mean, prior in zip(means, priors, strict=True)
    ]
    logits = np.transpose(columns)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _trace_norm(A):
    return np.sqrt(np.maximum(np.linalg.eigvalsh(A @ A.T if len(A) < len(A.T) else A.T @ A), 0))


def _whitening(S):
    values, vectors = np.linalg.eigh(S)
    kept = values > 1e-8
    return vectors[:, kept] / np.sqrt(values[kept])


def naive_components(X, y, n_components=64):
    """(seli, ncc, vc) class by class, with an inverse of the within-class covariance."""
    classes, n = np.unique(y), len(y)
    X = X - X.mean(axis=0)
    _, values, axes = np.linalg.svd(X, full_matrices=False)
    kept = (values > 1e-7 * values[0]) & (np.arange(len(values)) < n_components)
    P, variances = X @ axes[kept].T, values[kept] ** 2 / (n - 1)
    d = P.shape[1]
    a = np.exp(-variances[:32].sum())
    means = np.array([P[y == c].mean(axis=0) for c in classes])
    priors = np.array([np.mean(y == c) for c in classes])
    S_w, S_b = np.zeros((d, d)), np.zeros((d, d))
    for c, mean, prior in zip(classes, means, priors, strict=True):
        S_w += (P[y == c] - mean).T @ (P[y == c] - mean) / n
        S_b += prior * np.outer(mean, mean)
    if a > 1e-10:
        S_w = (1 - a) * S_w + a * np.trace(S_w) / d * np.eye(d)
        S_b = (1 - a) * S_b + a * np.trace(S_b) / d * np.eye(d)
        widths = np.sqrt(np.trace(S_w) / d) * np.ones(d)
    else:
        widths = np.sqrt(np.diag(S_w))
    W = _whitening(S_w / np.outer(widths, widths)) / widths[:, None]
    best = np.linalg.eigh(W.T @ S_b @ W)[1][:, ::-1][:, : len(classes) - 1]
    posteriors = _posteriors(P, W @ W.T, means, priors)
    vc = np.log(sum(_trace_norm(posteriors[y == c]).sum() for c in classes))
    ncc = np.mean([row[classes == label][0] for row, label in zip(posteriors, y, strict=True)])
    return np.array([_trace_norm(P @ W @ best).sum(), ncc, vc])


@given(data=labelled_features(min_count=1), n_components=st.sampled_from([2, 4, 64]))
def test_components_equal_those_of_dense_matrices(data, n_components):
    X, codes = data
    y = np.array(["wasp", "ant", "", "Bee", "cat"])[codes]
    found = NCTI(n_components=n_components).fit(X, y).components_
    np.testing.assert_allclose(found, naive_components(X, y, n_components), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 0.05, 1.0, 1e4])
@pytest.mark.parametrize("shape", [(40, 90), (80, 60), (300, 70)], ids=str)
def test_components_hold_for_wide_features_and_small_classes(shape, scale):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2, 3], [shape[0] - 11, 8, 2, 1])
    X = scale * (rng.standard_normal(shape) + rng.standard_normal((4, shape[1]))[y] + 3.0)
    np.testing.assert_allclose(NCTI().fit(X, y).components_, naive_components(X, y), rtol=1e-6)


@pytest.mark.parametrize(("scale", "within"), [(1.0, 1.0), (0.01, 1e-4)], ids=["plain", "shrunk"])
def test_two_classes_on_a_line_by_hand(scale, within):
    X = scale * np.array([[-11.0], [-9.0], [9.0], [11.0]])
    seli, ncc, vc = NCTI().fit(X, [0, 0, 1, 1]).components_
    assert seli == pytest.approx(np.linalg.norm(X) / np.sqrt(within))
    assert ncc == pytest.approx(1.0)
    assert vc == pytest.approx(np.log(2 * np.sqrt(2)))


def test_the_score_is_the_sum_and_the_names_tell_the_parts():
    X, y = case("small").X, case("small").y
    metric = NCTI().fit(X, y)
    seli, ncc, vc = metric.components_
    assert metric.component_names_ == ["seli", "ncc", "vc"]
    assert metric.score_ == pytest.approx(seli + ncc - vc)
    assert metric.n_components_ == 8
    assert 0.0 < metric.shrinkage_ < 1.0


def test_one_dimension_less_than_asked_for_is_one_less():
    X = np.random.default_rng(0).standard_normal((50, 5))
    X[:, 3] = X[:, 1] - X[:, 2]
    assert NCTI().fit(X, np.arange(50) % 2).n_components_ == 4
    assert NCTI(n_components=2).fit(X, np.arange(50) % 2).n_components_ == 2


def test_copies_of_features_and_dead_ones_change_nothing():
    X, y = 10 * case("small").X, case("small").y
    doubled = np.hstack([X, X, np.full((len(X), 3), 7.0)])
    expected = NCTI().fit(X, y).components_
    np.testing.assert_allclose(NCTI().fit(doubled, y).components_, expected, rtol=1e-9)


def test_constant_features_say_no_more_than_the_class_counts():
    seli, ncc, vc = NCTI().fit(np.full((4, 3), 2.5), [0, 0, 0, 1]).components_
    assert seli == 0.0
    assert ncc == pytest.approx((3 * 0.75 + 0.25) / 4)
    row = np.hypot(0.75, 0.25)
    assert vc == pytest.approx(np.log(np.sqrt(3) * row + row))


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_collapsed_classes_are_as_sure_and_as_far_apart_as_can_be(scale):
    y = np.arange(24) % 4
    seli, ncc, vc = NCTI().fit(scale * np.eye(4, 6)[y], y).components_
    noisy = NCTI().fit(scale * (np.eye(4, 6)[y] + 1e-6 * np.eye(24, 6)), y).components_
    assert seli > noisy[0]
    assert ncc == pytest.approx(1.0)
    assert vc == pytest.approx(np.log(4 * np.sqrt(6)))


# ---------------------------------------------------------------- published values


@pytest.mark.parametrize("name", _EXACT)
def test_components_equal_the_published_ones(name):
    found = NCTI().fit(case(name).X, case(name).y).components_
    np.testing.assert_allclose(found, published(name, *_GOLDEN), rtol=1e-9)


def test_every_other_published_case_is_held_as_a_difference():
    others = {"many_classes", "rank_deficient", "rank_deficient_exact"}
    assert set(cases_with(*_GOLDEN)) == set(_EXACT) | others


def test_published_code_randomises_wide_features_and_ours_does_not():
    X, y = case("many_classes").X, case("many_classes").y
    found = NCTI().fit(X, y).components_
    np.testing.assert_allclose(found, naive_components(X, y), rtol=1e-8)
    difference = found / published("many_classes", *_GOLDEN) - 1
    assert 1.5e-3 < difference[0] < 2e-3
    assert np.abs(difference[1:]).max() < 1e-6


@pytest.mark.parametrize("name", ["rank_deficient", "rank_deficient_exact"])
def test_published_code_counts_rounding_as_features_and_ours_does_not(name):
    X, y = case(name).X, case(name).y
    found = NCTI().fit(X, y).components_
    np.testing.assert_allclose(found, naive_components(X, y), rtol=1e-7)
    assert published(name, *_GOLDEN)[1] > found[1] + 0.005
    if name == "rank_deficient_exact":  # the last 48 columns are copies and zeros
        np.testing.assert_allclose(NCTI().fit(X[:, :32], y).components_, found, rtol=1e-9)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(("value", "error"), [(0, ValueError), (2.0, TypeError)])
def test_n_components_must_be_a_positive_integer(value, error):
    with pytest.raises(error, match="`n_components` of NCTI must be an integer of at least 1"):
        NCTI(n_components=value).fit(np.eye(4), [0, 0, 1, 1])


def test_as_many_classes_as_samples_is_an_error():
    with pytest.raises(ValueError, match="more samples than classes, got 3 of 3 classes"):
        NCTI().fit(np.eye(3), [0, 1, 2])
