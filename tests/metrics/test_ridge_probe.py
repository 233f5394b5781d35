"""RidgeProbe against ridge, refitted without each row."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from skperturb._backend import NUMPY
from skperturb._chunked import center
from skperturb.metrics import RidgeProbe
from skperturb.metrics._linalg.ridge_loo import RidgeLeaveOneOut, decompose
from skperturb.metrics._linalg.target_columns import NumberColumns


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


@pytest.mark.parametrize("values", [(-1, 1), (1, 2), (0, 2), (-3, 5)])
def test_labels_may_be_any_two_numbers(values):
    """scikit-learn takes all of these for label indicators."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=(30, 3))
    X = rng.standard_normal((30, 4)) + 2 * y[:, :1]
    score = RidgeProbe().fit(X, y).score_
    assert RidgeProbe().fit(X, np.array(values)[y]).score_ == score < 1.0
    assert RidgeProbe().fit(X, np.zeros_like(y)).score_ == 1.0


def test_ridge_probe_of_constant_features_leaves_the_mean():
    target = np.random.default_rng(0).standard_normal(24)
    for value in (0.0, 0.1):
        score = RidgeProbe().fit(np.full((24, 5), value), target).score_
        assert score == pytest.approx(1 - (24 / 23) ** 2, rel=1e-12)


@pytest.mark.parametrize("shape", [(20, 40), (15, 15), (30, 5)])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_ridge_probe_takes_strengths_far_below_the_features(shape, scale):
    """Where rounding of a Gram matrix would drown the penalty; ridge from an SVD does not."""
    rng = np.random.default_rng(0)
    X, t = scale * rng.standard_normal(shape), rng.standard_normal(shape[0])
    for alpha in (1e-6, 1e-2):
        refitted = []
        for i in range(len(t)):
            rest = np.arange(len(t)) != i
            mean = X[rest].mean(axis=0)
            left, values, right = np.linalg.svd(X[rest] - mean, full_matrices=False)
            kept = values > 1e-12 * values[0]
            shares = np.where(kept, values / (values**2 + alpha), 0.0)
            coefficients = right.T @ (shares * (left.T @ (t[rest] - t[rest].mean())))
            refitted.append((X[i] - mean) @ coefficients + t[rest].mean())
        expected = 1 - np.sum((t - refitted) ** 2) / np.sum((t - t.mean()) ** 2)
        score = RidgeProbe(alphas=[alpha]).fit(X, t).score_
        assert score == pytest.approx(expected, rel=1e-6)


def test_ridge_probe_chooses_the_same_at_any_scale_as_relative_strengths():
    rng = np.random.default_rng(0)
    y = np.arange(100) % 3
    X = 1e6 * (rng.standard_normal((100, 300)) + 3 * rng.standard_normal((3, 300))[y])
    assert RidgeProbe(alphas=(0.1, 1.0, 10.0)).fit(X, y).score_ == 1.0


@pytest.mark.parametrize(("scale", "alpha"), [(1.0, 1e-60), (1.0, 5e-324), (1e20, 1.0)])
def test_ridge_probe_of_vanishing_strength_interpolates_by_the_least_norm(scale, alpha):
    """A share of 1e-40 is not the rounding of zero freedom, which would make any guess right."""
    rng = np.random.default_rng(0)
    X, codes, t = rng.standard_normal((15, 40)), np.arange(15) % 3, rng.standard_normal(15)
    T = np.column_stack([2.0 * (codes[:, None] == np.arange(3)) - 1.0, t])
    refitted = []
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        mean, level = X[rest].mean(axis=0), T[rest].mean(axis=0)
        refitted.append((X[i] - mean) @ np.linalg.pinv(X[rest] - mean) @ (T[rest] - level) + level)
    refitted = np.array(refitted)
    probe = RidgeProbe(alphas=[alpha])
    right = refitted[:, :3].argmax(axis=1) == codes
    assert probe.fit(scale * X, codes).score_ == right.mean() < 1.0
    expected = 1 - np.sum((t - refitted[:, 3]) ** 2) / np.sum((t - t.mean()) ** 2)
    assert probe.fit(scale * X, t).score_ == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("decay", [0.0, 1.0])
@pytest.mark.parametrize("shape", [(60, 5), (400, 120), (100, 90), (30, 50)])
def test_the_best_strength_is_the_one_that_trying_all_of_them_finds(shape, decay):
    rng = np.random.default_rng(0)
    codes = np.arange(shape[0]) % 3
    X = rng.standard_normal(shape) + rng.standard_normal((3, shape[1]))[codes] / 4
    centered = center(1e3 * X / (1.0 + np.arange(shape[1])) ** decay)
    T = 2.0 * (codes[:, None] == np.arange(3)) - 1.0
    columns = NumberColumns(NUMPY, T - T.mean(axis=0))
    alphas = np.logspace(-4, 4, 17) * centered.norm_sq() / min(shape)
    decomposition = decompose(centered, alphas[0], centered.gram())
    loo = RidgeLeaveOneOut(decomposition, columns, alphas)
    errors = loo.errors(range(17))
    assert loo.best_alpha_idx() == np.argmin(errors)
    assert np.all(loo.training_errors() <= np.array(errors) * (1 + 1e-9))


@pytest.mark.parametrize("many", [False, True])
def test_predictions_are_those_of_ridge_refitted_without_each_row(many):
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = rng.standard_normal((300, 60)) + rng.standard_normal((3, 60))[y] / 3
    T = 2.0 * (y[:, None] == np.arange(3)) - 1.0
    refitted = cross_val_predict(Ridge(5.0), X, T, cv=LeaveOneOut())
    right = (refitted > 0) == (T > 0) if many else refitted.argmax(axis=1) == y
    score = RidgeProbe(alphas=[5.0]).fit(X, (T > 0).astype(int) if many else y).score_
    assert score == pytest.approx(right.mean(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-59, 1e-50, 1e-45, 1e37, 1e50, 1e57])
def test_features_may_be_larger_or_smaller_than_float32_can_hold(scale):
    X, y = load_digits(return_X_y=True)
    plain, scaled = RidgeProbe().fit(X, y), RidgeProbe().fit(scale * X, y)
    assert scaled.score_ == plain.score_
    assert scaled.alpha_ == pytest.approx(scale**2 * plain.alpha_)
