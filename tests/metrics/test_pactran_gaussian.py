"""PACTranGaussian against Newton's method with dense Hessians, and published values."""

import math

import numpy as np
import pytest
from golden_values import case, cases_with, published
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from skperturb.metrics import PACTranGaussian, _pactran_gaussian
from skperturb.metrics._pactran_gaussian import fit_classifier, flatness_term, hessian_trace
from strategies import labelled_features

_GOLDEN = "PACTran-Gaussian (lower is better there)"


def _naive_risk(weights, rows, codes, penalty):
    posteriors = softmax(rows @ weights, axis=1)
    losses = [-math.log(posteriors[i, c]) for i, c in enumerate(codes)]
    return sum(losses) / len(codes) + penalty / 2 * np.sum(weights[:-1] ** 2)


def _naive_hessian(weights, rows):
    """Of mean cross entropy, sample by sample, `(size, size)`."""
    hessian = 0.0
    for row, p in zip(rows, softmax(rows @ weights, axis=1), strict=True):
        hessian = hessian + np.kron(np.outer(row, row), np.diag(p) - np.outer(p, p))
    return hessian / len(rows)


def _naive_minimum(X, codes, strength):
    """Risk and trace of the Hessian of its loss, by Newton's method with halved steps."""
    n_samples, n_classes = len(X), codes.max() + 1
    rows = np.column_stack([X, np.ones(n_samples)])
    weights = np.zeros((rows.shape[1], n_classes))
    penalty = 1 / (strength * n_samples)
    penalties = np.repeat([penalty] * X.shape[1] + [0.0], n_classes)
    for _ in range(100):
        pulls = softmax(rows @ weights, axis=1) - np.eye(n_classes)[codes]
        gradient = (rows.T @ pulls / n_samples).ravel() + penalties * weights.ravel()
        hessian = _naive_hessian(weights, rows) + np.diag(penalties)
        # Equal intercepts change nothing: the Hessian is singular, the step the shortest.
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-14)[0].reshape(weights.shape)
        risk = _naive_risk(weights, rows, codes, penalty)
        length = 1.0
        while length > 1e-6 and _naive_risk(weights - length * step, rows, codes, penalty) > risk:
            length /= 2
        weights = weights - length * step
        if np.abs(length * step).max() < 1e-11:
            break
    return _naive_risk(weights, rows, codes, penalty), np.trace(_naive_hessian(weights, rows))


def _naive_bound(risk, trace, shape, n_classes, strength, prior_std):
    """Loss to second order + KL / lambda, brute force over the posterior's variance."""
    (n_samples, n_features), prior = shape, prior_std**2 / shape[1]
    size, precision = n_classes * n_features, strength * n_samples / prior

    def excess(log_ratio):
        variance = prior * math.exp(log_ratio)
        divergence = size / 2 * (math.exp(log_ratio) - 1 - log_ratio)
        return variance / 2 * trace + divergence / precision

    return risk + minimize_scalar(excess, bounds=(-60, 1), method="bounded").fun


def _scaled(X):
    X = X - X.mean(axis=0)
    return X * math.sqrt(X.shape[1] / np.mean(np.sum(X**2, axis=1)))


@given(
    data=labelled_features(max_samples=20, max_features=7, max_classes=4),
    strength=st.sampled_from([0.1, 1.0, 10.0]),
    prior_std=st.sampled_from([1.0, 10.0]),
)
def test_the_bound_is_that_of_newtons_method(data, strength, prior_std):
    X, codes = data
    y = np.array(["wasp", "ant", "", "Bee"])[codes]
    fitted = PACTranGaussian(strength=strength, prior_std=prior_std).fit(X, y)
    risk, trace = _naive_minimum(_scaled(X), codes, strength)
    assert fitted.risk_ == pytest.approx(risk, rel=1e-7)
    assert fitted.hessian_trace_ == pytest.approx(trace, rel=1e-6)
    bound = _naive_bound(risk, trace, X.shape, codes.max() + 1, strength, prior_std)
    assert -fitted.score_ == pytest.approx(bound, rel=1e-6)
    assert fitted.score_ == -(fitted.risk_ + fitted.flatness_)


@pytest.mark.parametrize("shape", [(30, 80), (200, 12)], ids=["n < d", "n > d"])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_risk_is_that_of_logistic_regression(shape, scale):
    rng = np.random.default_rng(0)
    y = np.concatenate([[0, 0, 1, 2], rng.integers(3, 6, size=shape[0] - 4)])
    X = scale * (rng.standard_normal(shape) + rng.standard_normal((6, shape[1]))[y] + 5.0)
    X[:, 0] = X[:, 1]
    fitted = PACTranGaussian(strength=2.0).fit(X, y)
    Z = _scaled(X)
    model = LogisticRegression(C=2.0, solver="newton-cg", tol=1e-12, max_iter=1000).fit(Z, y)
    loss = -np.mean(model.predict_log_proba(Z)[np.arange(len(y)), y])
    risk = loss + np.sum(model.coef_**2) / (2 * 2.0 * len(y))
    assert fitted.risk_ == pytest.approx(risk, rel=1e-8)


def test_two_samples_by_hand():
    # Scaled to -1 and 1; the weights are -w and w on the feature, the intercepts 0.
    strength = 2.0
    penalty = 1 / (strength * 2)
    risks = minimize_scalar(lambda w: math.log1p(math.exp(-2 * w)) + penalty * w**2)
    p = 1 / (1 + math.exp(-2 * risks.x))
    trace = 2 * p * (1 - p) * 2
    flatness = 2 * 3.0**2 / (2 * strength * 2) * math.log(1 + strength * 2 * trace / 2)
    fitted = PACTranGaussian(strength=strength, prior_std=3.0).fit([[10.0], [30.0]], ["a", "b"])
    assert fitted.risk_ == pytest.approx(risks.fun, rel=1e-9)
    assert fitted.score_ == pytest.approx(-risks.fun - flatness, rel=1e-7)


def test_constant_features_leave_the_entropy_of_the_labels():
    fitted = PACTranGaussian().fit(np.full((10, 3), 3.7), [0] * 4 + [1] * 6)
    entropy = -(0.4 * math.log(0.4) + 0.6 * math.log(0.6))
    assert fitted.risk_ == pytest.approx(entropy)
    assert fitted.hessian_trace_ == pytest.approx(2 * 0.4 * 0.6)


@pytest.mark.parametrize(("strength", "of_sigma_10"), [(10.0, 2), (1.0, 0)])
def test_public_code_has_the_same_risk_and_n_times_the_hessian(strength, of_sigma_10):
    implementation = f"pac_gauss_{strength}/pactran"
    # Large features are fitted perfectly in their first steps, where they stop.
    skipped = {"scale_large", "many_classes", "separable"}
    # Labels with gaps, from 1 or below 0 give columns without samples there, or wrong ones.
    skipped |= {"labels_gap", "labels_onebased", "labels_negative"}
    names = set(cases_with(_GOLDEN, implementation)) - skipped
    assert len(names) >= 8
    for name in names:
        value, X, y = published(name, _GOLDEN, implementation), case(name).X, case(name).y
        X, columns = X - X.mean(axis=0), np.eye(y.max() + 1)[y]
        classifier = fit_classifier(X, columns, strength)
        assert value[1] == pytest.approx(classifier.risk, rel=1e-3, abs=2e-5)
        trace = hessian_trace(X, classifier.posteriors)
        theirs, ours = (
            flatness_term(times * trace, (*X.shape, columns.shape[1]), strength, 10.0)
            for times in (len(X), 1)
        )
        # They stop early; the Hessian moves in first order with that, the risk in second.
        assert value[of_sigma_10] - value[1] == pytest.approx(theirs, rel=3e-3)
        assert ours < 0.8 * theirs


def test_stopping_early_warns(monkeypatch):
    monkeypatch.setattr(_pactran_gaussian, "_MAX_ITER", 2)
    rng = np.random.default_rng(0)
    with pytest.warns(ConvergenceWarning, match="PACTranGaussian stopped after 2 steps"):
        PACTranGaussian().fit(rng.standard_normal((30, 5)), np.arange(30) % 3)


@pytest.mark.parametrize("name", ["strength", "prior_std"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(0.0, ValueError), (-1.0, ValueError), (math.nan, ValueError), ("10", TypeError)],
)
def test_bad_parameters_are_refused(name, value, error):
    message = rf"`{name}` of PACTranGaussian must be a finite number above 0, got {value!r}\."
    with pytest.raises(error, match=message):
        PACTranGaussian(**{name: value}).fit(np.eye(4), [0, 1, 0, 1])
