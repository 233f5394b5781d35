"""Evidence: the log evidence of Bayesian linear regression, maximised exactly.

With the ratio t = alpha / beta fixed the best beta is n / E, which leaves the cost

    log E(t) + (1/n) sum_i log(1 + s_i^2 / t),   E(t) = sum_i z_i^2 t / (t + s_i^2) + r0

to be minimised over log t, one dimension per target column.
"""

from typing import NamedTuple

import numpy as np

from skperturb._backend import NUMPY

_EPS = np.finfo(np.float64).eps
_STEP = 0.5  # of the search grid in log t; the terms of the cost vary over more than 1


class TargetEnergies(NamedTuple):
    """Squared singular values `(rank,)` and, per column, how its square norm splits.

    `energies` z_i^2 `(rank, n_columns)`, `residuals` r0 and `totals` `(n_columns,)`.
    """

    singular_values_sq: np.ndarray
    energies: np.ndarray
    residuals: np.ndarray
    totals: np.ndarray
    n_samples: int


class Evidence(NamedTuple):
    """Log evidence per sample of each column at its maximum, all `(n_columns,)`."""

    per_sample: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray
    ratio: np.ndarray
    converged: np.ndarray


def split_energies(spectrum, n_samples):
    """Split the square norm of each column of a target over the spectrum and a residual."""
    # A perfect fit has evidence without bound; rounding is the least residual.
    residuals = np.maximum(spectrum.residuals, _EPS * spectrum.totals)
    energies = spectrum.projections**2
    return TargetEnergies(
        spectrum.singular_values_sq, energies, residuals, spectrum.totals, n_samples
    )


def maximise_evidence(fit, *, tol, max_iter):
    """Find the global maximum of each column's evidence over (alpha, beta)."""
    if not len(fit.singular_values_sq):
        return _null_model(fit)
    logs, step = _search_grid(fit)
    costs = costs_on_grid(fit, np.exp(logs))
    best = costs.argmin(axis=0)
    log_ratio, converged = _polish(fit, logs[best], step, tol=tol, max_iter=max_iter)
    misfit, cost, _, _ = cost_and_slopes(fit, log_ratio)
    ratio = np.exp(log_ratio)
    beta = fit.n_samples / misfit
    found = Evidence(_per_sample(cost, fit), ratio * beta, beta, ratio, converged)
    null = _null_model(fit)
    # Beyond the grid the cost is the null model's up to rounding: no weights at all.
    use_null = (best == len(logs) - 1) | (null.per_sample >= found.per_sample)
    return Evidence(*(np.where(use_null, n, f) for n, f in zip(null, found, strict=True)))


def costs_on_grid(fit, ratios):
    """Cost of all columns at shared ratios, `(n_ratios, n_columns)`: a matrix product."""
    left = ratios[:, None] / (ratios[:, None] + fit.singular_values_sq)
    penalties = np.log1p(fit.singular_values_sq / ratios[:, None]).sum(axis=1) / fit.n_samples
    return np.log(NUMPY.matmul(left, fit.energies) + fit.residuals) + penalties[:, None]


def cost_and_slopes(fit, log_ratio):
    """Misfit E, cost, and the cost's first two derivatives by log t, one t per column."""
    ratio, squares = np.exp(log_ratio), fit.singular_values_sq[:, None]
    left = ratio / (ratio + squares)
    used = squares / (ratio + squares)
    penalty = np.log1p(squares / ratio).sum(axis=0) / fit.n_samples
    misfit = (fit.energies * left).sum(axis=0) + fit.residuals
    both = left * used
    weighted = fit.energies * both
    slope_of_log = weighted.sum(axis=0) / misfit
    curve_of_log = (weighted * (used - left)).sum(axis=0) / misfit - slope_of_log**2
    slope = slope_of_log - used.sum(axis=0) / fit.n_samples
    curve = curve_of_log + both.sum(axis=0) / fit.n_samples
    return misfit, np.log(misfit) + penalty, slope, curve


def _search_grid(fit):
    """Equidistant values of log t that enclose every finite maximum, and their step."""
    low = np.log(_EPS * fit.singular_values_sq.min() / fit.n_samples)
    high = np.log(fit.singular_values_sq.max() / _EPS)
    return np.linspace(low, high, 2 + int((high - low) / _STEP), retstep=True)


def _polish(fit, log_ratio, step, *, tol, max_iter):
    """Newton's method for the slope's zero next to the best grid point, with bisection."""
    low, high = log_ratio - step, log_ratio + step
    converged = np.zeros(len(log_ratio), dtype=bool)
    for _ in range(max_iter):
        _, _, slope, curve = cost_and_slopes(fit, log_ratio)
        low, high = (
            np.where(slope < 0, log_ratio, low),
            np.where(slope > 0, log_ratio, high),
        )
        newton = log_ratio - np.divide(
            slope, curve, out=np.full_like(slope, np.inf), where=curve > 0
        )
        inside = (newton >= low) & (newton <= high)
        target = np.where(inside, newton, (low + high) / 2)
        converged = np.abs(target - log_ratio) <= tol
        log_ratio = target
        if converged.all():
            break
    return log_ratio, converged


def _null_model(fit):
    """Evidence of alpha to infinity: no weights, all variance is noise."""
    beta = fit.n_samples / fit.totals
    infinite = np.full_like(beta, np.inf)
    per_sample = _per_sample(np.log(fit.totals), fit)
    return Evidence(per_sample, infinite, beta, infinite, np.ones(len(beta), dtype=bool))


def _per_sample(cost, fit):
    return -0.5 * (np.log(2 * np.pi / fit.n_samples) + 1.0 + cost)
