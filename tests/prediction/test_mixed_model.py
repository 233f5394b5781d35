"""The mixed model against dense computations, and on histories whose truth is known."""

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import null_space
from scipy.optimize import approx_fprime
from simulated import simulate_tables
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import DotProduct

from skperturb.prediction._mixed_model import (
    Variances,
    fit_variances,
    log_marginal_likelihood,
    prior_variances,
    weight_posterior,
)

_VARIANCES = Variances(0.3, np.array([0.2, 0.05, 0.4]), 0.25)


def with_kernel(tables, seed=1):
    """Return the tables with models that are related."""
    rng = np.random.default_rng(seed)
    n_models = tables.responses.shape[1]
    factor = rng.standard_normal((n_models, n_models))
    return tables._replace(root=np.linalg.cholesky(factor @ factor.T / n_models + np.eye(n_models)))


@pytest.fixture(params=["unrelated", "related"])
def tables(request):
    """A few tasks with gaps, one of them without any measured model."""
    found, _, _ = simulate_tables(6, 5, 3, missing=0.3)
    found.measured[4] = False
    return with_kernel(found) if request.param == "related" else found


def dense(tables, variances):
    """Return rows of weights, responses, noise and tasks of what was measured, one by one."""
    n_tasks, n_models = tables.responses.shape
    root = np.eye(n_models) if tables.root is None else tables.root
    rows, responses, noise, tasks = [], [], [], []
    for t in range(n_tasks):
        for m in range(n_models):
            if tables.measured[t, m]:
                rows.append(np.concatenate([root[m], tables.columns[:, t, m]]))
                responses.append(tables.responses[t, m])
                noise.append(variances.noise + tables.noise[t, m])
                tasks.append(t)
    return np.array(rows), np.array(responses), np.array(noise), np.array(tasks)


def prior(tables, variances):
    n_models = tables.responses.shape[1]
    return np.concatenate([np.full(n_models, variances.models), variances.metrics])


def test_likelihood_is_that_of_all_contrasts_within_tasks(tables):
    rows, responses, noise, tasks = dense(tables, _VARIANCES)
    covariance = rows * prior(tables, _VARIANCES) @ rows.T + np.diag(noise)
    membership = (tasks[:, None] == np.unique(tasks)).astype(float)
    contrasts = null_space(membership.T)
    found = stats.multivariate_normal(cov=contrasts.T @ covariance @ contrasts)
    expected = found.logpdf(contrasts.T @ responses) - 0.5 * np.log(membership.sum(axis=0)).sum()
    assert log_marginal_likelihood(tables, _VARIANCES)[0] == pytest.approx(expected, rel=1e-10)


def test_gradient_is_the_slope_of_the_likelihood(tables):
    def value(logs):
        values = np.exp(logs)
        return log_marginal_likelihood(tables, Variances(values[0], values[1:-1], values[-1]))[0]

    logs = np.log([0.3, 0.2, 0.05, 0.4, 0.25])
    gradient = log_marginal_likelihood(tables, _VARIANCES)[1]
    np.testing.assert_allclose(gradient, approx_fprime(logs, value, 1e-6), rtol=1e-4, atol=1e-5)


def test_weights_are_those_of_a_gaussian_process(tables):
    rows, responses, noise, tasks = dense(tables, _VARIANCES)
    deviations = np.sqrt(prior(tables, _VARIANCES))
    intercepts = 1e4 * (tasks[:, None] == np.arange(len(tables.responses)))
    process = GaussianProcessRegressor(
        DotProduct(sigma_0=0.0, sigma_0_bounds="fixed"), alpha=noise, optimizer=None
    )
    process.fit(np.hstack([rows * deviations, intercepts]), responses)
    weights = weight_posterior(tables, _VARIANCES)
    new = np.random.default_rng(3).standard_normal((7, rows.shape[1]))
    padded = np.hstack([new * deviations, np.zeros((7, len(tables.responses)))])
    mean, covariance = process.predict(padded, return_cov=True)
    np.testing.assert_allclose(new @ weights.mean, mean, atol=1e-5)
    np.testing.assert_allclose(new @ weights.covariance @ new.T, covariance, atol=1e-5)


def test_intercepts_are_what_is_left_of_each_task(tables):
    weights = weight_posterior(tables, _VARIANCES)
    rows, responses, noise, tasks = dense(tables, _VARIANCES)
    left = responses - rows @ weights.mean
    for task in np.unique(tasks):
        own = tasks == task
        expected = np.average(left[own], weights=1 / noise[own])
        assert weights.intercepts[task] == pytest.approx(expected)
    assert weights.intercepts[4] == 0.0  # nothing measured


@pytest.mark.parametrize("truth", [(0.6, 0.4, 0.5), (0.15, 0.5, 0.3), (0.8, 0.2, 0.8)])
def test_a_thousand_tasks_tell_the_variances(truth):
    models, metrics, noise = truth
    tables, effects, weights = simulate_tables(
        1000, 40, 12, models=models, metrics=metrics, noise=noise
    )
    found = fit_variances(tables)
    # What can be recovered is the spread of the very effects that were drawn.
    assert np.sqrt(found.models) == pytest.approx(np.std(effects), rel=0.05)
    assert np.sqrt(found.metrics[0]) == pytest.approx(np.sqrt(np.mean(weights**2)), rel=0.05)
    assert np.sqrt(found.noise) == pytest.approx(noise, rel=0.02)
    posterior = weight_posterior(tables, found)
    np.testing.assert_allclose(posterior.mean[40:], weights, atol=0.02)
    centred = posterior.mean[:40] - posterior.mean[:40].mean()
    np.testing.assert_allclose(centred, effects - effects.mean(), atol=0.1)


def test_variances_are_at_the_top_of_the_penalised_likelihood():
    tables, _, _ = simulate_tables(8, 10, 2)
    found = fit_variances(tables)
    _, gradient = log_marginal_likelihood(tables, found)
    logs = np.log([found.models, found.metrics[0], found.noise])
    middles = prior_variances(np.full(1, np.nan))
    pull = (logs - np.log([middles.models, middles.metrics[0], middles.noise])) / 4.0
    slopes = np.array([gradient[0], gradient[1:-1].sum(), gradient[-1]])
    np.testing.assert_allclose(slopes, pull, atol=1e-3)


def test_models_that_are_left_out_weigh_nothing():
    tables, _, _ = simulate_tables(20, 6, 3)
    found = fit_variances(tables, models=False)
    assert found.models < 1e-12
    assert np.abs(weight_posterior(tables, found).mean[:6]).max() < 1e-9


def test_variances_that_are_fixed_stay():
    tables, _, _ = simulate_tables(20, 6, 3)
    found = fit_variances(tables._replace(fixed=np.array([0.09, np.nan, np.nan])))
    assert found.metrics[0] == 0.09
    assert found.metrics[1] == found.metrics[2] != 0.09
    without = fit_variances(tables._replace(columns=tables.columns[:0]))
    assert len(without.metrics) == 0


def test_worthless_metrics_are_found_out():
    tables, _, _ = simulate_tables(50, 12, 3, metrics=0.0)
    found = fit_variances(tables)
    assert found.metrics[0] < 0.05 * found.models
    assert np.abs(weight_posterior(tables, found).mean[12:]).max() < 0.1


def test_one_task_alone_keeps_near_the_prior():
    tables, _, _ = simulate_tables(1, 8, 2, missing=0.0)
    found, before = fit_variances(tables), prior_variances(np.full(2, np.nan))
    for value, middle in zip(
        (found.models, found.noise), (before.models, before.noise), strict=True
    ):
        assert middle / 20 < value < middle * 20
