"""LogME against the evidence itself: a density, a numerical maximiser, a closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning

from skperturb._backend import NUMPY
from skperturb.metrics import LogME
from skperturb.metrics._linalg.target_columns import NumberColumns
from skperturb.metrics._logme import maximal_evidence
from strategies import labelled_features


def log_evidence(X, t, alpha, beta):
    """The density of t under its prior predictive distribution, from SciPy."""
    covariance = np.eye(len(t)) / beta + X @ X.T / alpha
    return multivariate_normal(np.zeros(len(t)), covariance).logpdf(t)


def brute_force_maximum(X, t):
    """The largest log evidence per sample that Nelder and Mead find from many starts."""
    squares, vectors = np.linalg.eigh(X @ X.T)
    squares, energies = np.maximum(squares, 0.0), (vectors.T @ t) ** 2

    def cost(logs):
        variances = np.exp(-logs[1]) + squares * np.exp(-logs[0])
        return 0.5 * np.sum(np.log(2 * np.pi * variances) + energies / variances)

    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000, "maxfev": 4000}
    center = np.log(len(t) / np.sum(t**2))
    starts = [(a + center, center + b) for a in (-6.0, 0.0, 6.0, 25.0) for b in (0.0, 3.0)]
    found = [minimize(cost, each, method="Nelder-Mead", options=options).fun for each in starts]
    return -min(found) / len(t)


@given(
    n_samples=st.integers(5, 30),
    n_features=st.integers(1, 45),
    rank=st.integers(1, 30),
    signal=st.sampled_from([0.0, 0.3, 3.0]),
    scale=st.sampled_from([1e-2, 1.0, 1e3]),
    seed=st.integers(0, 10**6),
)
def test_the_score_is_the_maximum_of_the_evidence(n_samples, n_features, rank, signal, scale, seed):
    rng = np.random.default_rng(seed)
    left, right = rng.standard_normal((n_samples, rank)), rng.standard_normal((rank, n_features))
    X = (
        left @ right
        if rank < min(n_samples, n_features)
        else rng.standard_normal((n_samples, n_features))
    )
    t = X @ rng.standard_normal(n_features) * signal / np.sqrt(n_features)
    t = t + rng.standard_normal(n_samples)
    score = LogME(task="regression").fit(scale * X, t).score_
    np.testing.assert_allclose(score, brute_force_maximum(X, t), rtol=1e-7, atol=1e-7)


@given(data=labelled_features(max_samples=20, max_features=30))
def test_the_score_of_classes_is_the_mean_over_one_hot_columns(data):
    X, codes = data
    X = X / np.abs(X).max()  # for the brute force; the score does not depend on it
    expected = [brute_force_maximum(X, (codes == c) * 1.0) for c in np.unique(codes)]
    np.testing.assert_allclose(
        LogME().fit(X, codes).score_, np.mean(expected), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("shape", [(40, 8), (40, 80), (30, 30)])
def test_alpha_and_beta_give_the_evidence_that_is_claimed(shape):
    rng = np.random.default_rng(1)
    X = rng.standard_normal(shape)
    t = X[:, 0] + X[:, 1] + 0.5 * rng.standard_normal(shape[0])
    metric = LogME().fit(X, t)
    direct = log_evidence(X, t, metric.alpha_[0], metric.beta_[0]) / shape[0]
    assert metric.score_ == pytest.approx(direct, rel=1e-10)
    for factor in (0.9, 1.1):
        assert direct >= log_evidence(X, t, factor * metric.alpha_[0], metric.beta_[0]) / shape[0]
        assert direct >= log_evidence(X, t, metric.alpha_[0], factor * metric.beta_[0]) / shape[0]


def test_a_target_that_is_orthogonal_to_the_features_has_the_null_model():
    X = np.zeros((6, 2))
    X[0, 0] = X[1, 1] = 1.0
    t = np.array([0.0, 0.0, 0.5, -1.0, 1.5, 2.0])
    metric = LogME().fit(X, t)
    assert metric.score_ == pytest.approx(-0.5 * (np.log(2 * np.pi * np.sum(t**2) / 6) + 1))
    assert metric.alpha_[0] == np.inf
    assert metric.beta_[0] == pytest.approx(6 / np.sum(t**2))
    assert metric.converged_.all()


def test_columns_beside_null_models_have_the_maximum_of_their_own():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.standard_normal((30, 3)), np.zeros((10, 3))])
    null = np.append(np.zeros(30), rng.standard_normal(10))
    signal = X[:, 0] + 0.5 * rng.standard_normal(40)
    metric = LogME().fit(X, np.column_stack([null, signal, null]))
    alone = LogME().fit(X, signal)
    assert metric.score_ == pytest.approx((alone.score_ + 2 * LogME().fit(X, null).score_) / 3)
    np.testing.assert_allclose(metric.alpha_, [np.inf, alone.alpha_[0], np.inf], rtol=1e-12)
    np.testing.assert_allclose(metric.beta_[1], alone.beta_, rtol=1e-12)
    assert metric.converged_.all()


def test_noise_does_not_score_higher_the_wider_it_is():
    """The README quotes these three."""
    y = np.arange(200) % 4
    noise = (np.random.default_rng(1).standard_normal((200, d)) for d in (64, 512, 4096))
    scores = [LogME().fit(X, y).score_ for X in noise]
    assert scores == pytest.approx([-0.725, -0.723, -0.723], abs=6e-4)


def test_a_column_of_features_that_is_doubled_adds_no_evidence_but_scale():
    rng = np.random.default_rng(0)
    X, t = rng.standard_normal((30, 4)), rng.standard_normal(30)
    doubled = LogME().fit(np.hstack([X, X]), t)
    single = LogME().fit(X, t)
    assert doubled.score_ == pytest.approx(single.score_, rel=1e-10)
    np.testing.assert_allclose(doubled.alpha_, 2 * single.alpha_, rtol=1e-5)


def test_a_perfect_fit_is_finite_and_above_a_good_one():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 5))
    exact = X @ rng.standard_normal(5)
    perfect = LogME().fit(X, exact).score_
    good = LogME().fit(X, exact + 0.1 * rng.standard_normal(50)).score_
    assert np.isfinite(perfect)
    assert perfect > good


def test_signal_in_a_direction_that_squaring_loses_is_found():
    """Weak features far below the square root of rounding: only an SVD sees them."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((60, 6)))[0]
    scales = np.array([1e7, 1e7, 1e-2, 1e-2, 1e-2, 1e-2])
    t = basis[:, 2:] @ np.ones(4) + 1e-6 * rng.standard_normal(60)
    evidence = maximal_evidence(basis * scales, NumberColumns(NUMPY, t[:, None])).per_sample[0]
    logs = np.linspace(-40, 40, 4001)
    energies, residual = (basis.T @ t) ** 2, t @ t - np.sum((basis.T @ t) ** 2)
    ratios = np.exp(logs)[:, None]
    misfit = np.sum(energies * ratios / (ratios + scales**2), axis=1) + residual
    cost = np.log(2 * np.pi * misfit / 60) + 1 + np.log1p(scales**2 / ratios).sum(axis=1) / 60
    assert evidence == pytest.approx(-cost.min() / 2, abs=1e-4)


def exact_nearly_perfect_evidence(X, t):
    """A fine grid over log(alpha / beta), the residual orthogonalised twice."""
    basis, values, _ = np.linalg.svd(X, full_matrices=False)
    projections = basis.T @ t
    rest = t - basis @ projections
    rest -= basis @ (basis.T @ rest)
    ratios = np.exp(np.linspace(-60, 10, 20001))[:, None]
    misfit = np.sum(projections**2 * ratios / (ratios + values**2), axis=1) + rest @ rest
    cost = np.log(2 * np.pi * misfit / len(t)) + 1
    return -np.min(cost + np.log1p(values**2 / ratios).sum(axis=1) / len(t)) / 2


@pytest.mark.parametrize("noise", [1e-2, 1e-4, 1e-6, 3e-8])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 3.0])
def test_a_nearly_perfect_fit_is_exact(noise, scale):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 20))
    t = X @ rng.standard_normal(20)
    t = t + noise * t.std() * rng.standard_normal(200)
    score = LogME(task="regression").fit(scale * X, t).score_
    assert score == pytest.approx(exact_nearly_perfect_evidence(X, t), abs=2e-6)


def test_labels_that_never_occur_are_left_out():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((30, 4)), rng.integers(2, size=(30, 3))
    padded = LogME().fit(X, np.column_stack([Y, np.zeros(30, dtype=int)]))
    assert padded.score_ == pytest.approx(LogME().fit(X, Y).score_, rel=1e-12)
    assert np.isnan(padded.alpha_[-1])
    with pytest.raises(ValueError, match="not zero throughout"):
        LogME().fit(X, np.zeros((30, 2), dtype=int))


def test_the_task_decides_what_whole_numbers_mean():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    counts = rng.integers(3, size=40)
    as_classes, as_numbers = LogME().fit(X, counts), LogME(task="regression").fit(X, counts)
    assert len(as_classes.alpha_) == 3
    assert len(as_numbers.alpha_) == 1
    assert as_numbers.score_ == LogME(task="regression").fit(X, counts * 1.0).score_
    assert not hasattr(as_numbers, "classes_")


def test_several_outputs_score_their_mean():
    rng = np.random.default_rng(0)
    X, T = rng.standard_normal((40, 3)), rng.standard_normal((40, 2))
    expected = np.mean([LogME().fit(X, t).score_ for t in T.T])
    assert LogME().fit(X, T).score_ == pytest.approx(expected, rel=1e-12)


def test_too_few_steps_warn():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    with pytest.warns(ConvergenceWarning, match="raise `max_iter` or `tol`"):
        metric = LogME(max_iter=1).fit(X, X[:, 0] + rng.standard_normal(40))
    assert not metric.converged_.all()


def test_small_directions_do_not_blur_the_residual():
    """A target along directions at 1e-4 of the largest, and a residual share of 1e-7."""
    rng = np.random.default_rng(0)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        basis = np.linalg.qr(rng.standard_normal((25, 4)))[0]
        X = (basis * [1.0, 0.5, 2.4e-4, 4.8e-4]) @ np.linalg.qr(rng.standard_normal((4, 4)))[0]
        t = basis @ np.array([0.1, 0.1, 1.0, 1.0]) + 1e-4 * rng.standard_normal(25)
        score = LogME().fit(X, t).score_
        assert score == pytest.approx(exact_nearly_perfect_evidence(X, t), abs=2e-6)


def test_classes_of_an_earlier_fit_are_forgotten():
    X = np.random.default_rng(0).standard_normal((20, 3))
    metric = LogME().fit(X, np.arange(20) % 2)
    assert hasattr(metric, "classes_")
    assert not hasattr(metric.fit(X, X[:, 0]), "classes_")
