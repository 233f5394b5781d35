"""Evidence: the log evidence of Bayesian linear regression, maximised exactly.

With the ratio t = alpha / beta fixed the best beta is n / E, which leaves the cost

    log E(t) + (1/n) sum_i log(1 + s_i^2 / t),   E(t) = sum_i z_i^2 t / (t + s_i^2) + r0

to be minimised over log t, one dimension per target column.
"""

from typing import NamedTuple

import numpy as np

from skperturb._backend import NUMPY
from skperturb._memoize import memoize

_EPS = np.finfo(np.float64).eps
_ROUNDING = 64 * _EPS  # of a cost, about
_STEP = 0.5  # of the search grid in log t; the terms of the cost vary over more than 1


class TargetEnergies(NamedTuple):
    """Squared singular values `(rank,)` and, per column, how its square norm splits.

    `energies` z_i^2 `(n_columns, rank)`, `residuals` r0 and `totals` `(n_columns,)`.
    """

    singular_values_sq: np.ndarray
    energies: np.ndarray
    residuals: np.ndarray
    totals: np.ndarray
    n_samples: int


class Grid(NamedTuple):
    """Equidistant values of log t `(n_ratios,)`, their step, and the terms of the cost there.

    `shares` t / (t + s_i^2) `(n_ratios, rank)`, and `penalties` `(n_ratios,)`.
    """

    log_ratios: np.ndarray
    step: float
    shares: np.ndarray
    penalties: np.ndarray


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
    energies = np.ascontiguousarray(spectrum.projections.T) ** 2
    return TargetEnergies(
        spectrum.singular_values_sq, energies, residuals, spectrum.totals, n_samples
    )


def maximise_evidence(fit, *, tol, max_iter):
    """Find the global maximum of each column's evidence over (alpha, beta)."""
    if not len(fit.singular_values_sq):
        return _null_model(fit)
    grid = search_grid(fit.singular_values_sq, fit.n_samples)
    costs, null = costs_on_grid(fit, grid), _null_model(fit)
    best = costs.argmin(axis=0)
    # Beyond the grid the cost is the null model's up to rounding: no weights at all.
    is_null = best == len(costs) - 1
    is_null |= costs.min(axis=0) >= np.log(fit.totals) - _ROUNDING
    start = grid.log_ratios[best]
    log_ratio, converged = _polish(fit, start, grid.step, is_null, tol=tol, max_iter=max_iter)
    misfit, cost = misfit_and_cost(fit, log_ratio)
    ratio = np.exp(log_ratio)
    beta = fit.n_samples / misfit
    found = Evidence(_per_sample(cost, fit), ratio * beta, beta, ratio, converged)
    use_null = is_null | (null.per_sample >= found.per_sample)
    return Evidence(*(np.where(use_null, n, f) for n, f in zip(null, found, strict=True)))


@memoize
def search_grid(singular_values_sq, n_samples):
    """Grid that encloses every finite maximum, whatever the target."""
    low = np.log(_EPS * singular_values_sq.min() / n_samples)
    high = np.log(singular_values_sq.max() / _EPS)
    logs, step = np.linspace(low, high, 2 + int((high - low) / _STEP), retstep=True)
    ratios = np.exp(logs)[:, None]
    penalties = np.log1p(singular_values_sq / ratios).sum(axis=1) / n_samples
    return Grid(logs, float(step), ratios / (ratios + singular_values_sq), penalties)


def costs_on_grid(fit, grid):
    """Cost of all columns at the ratios of a grid, `(n_ratios, n_columns)`: a matrix product."""
    misfits = NUMPY.matmul(grid.shares, fit.energies.T) + fit.residuals
    return np.log(misfits) + grid.penalties[:, None]


def misfit_and_cost(fit, log_ratio):
    """Misfit E and cost, one t per column."""
    ratio, squares = np.exp(log_ratio)[:, None], fit.singular_values_sq
    misfit = np.einsum("ij,ij->i", fit.energies, ratio / (ratio + squares)) + fit.residuals
    return misfit, np.log(misfit) + np.log1p(squares / ratio).sum(axis=1) / fit.n_samples


def slope_and_curve(fit, log_ratio):
    """First two derivatives of the cost by log t, one t per column."""
    ratio, squares = np.exp(log_ratio)[:, None], fit.singular_values_sq
    left, used = ratio / (ratio + squares), squares / (ratio + squares)
    both = left * used
    weighted = fit.energies * both
    misfit = np.einsum("ij,ij->i", fit.energies, left) + fit.residuals
    slope_of_log = weighted.sum(axis=1) / misfit
    curve_of_log = np.einsum("ij,ij->i", weighted, used - left) / misfit - slope_of_log**2
    slope = slope_of_log - used.sum(axis=1) / fit.n_samples
    return slope, curve_of_log + both.sum(axis=1) / fit.n_samples


def _polish(fit, log_ratio, step, is_null, *, tol, max_iter):
    """Newton's method for the slope's zero next to the best grid point, with bisection.

    Columns of the null model have a slope of nothing but rounding, and wait for the others.
    """
    low, high = log_ratio - step, log_ratio + step
    converged = is_null
    for _ in range(max_iter):
        if converged.all():
            break
        slope, curve = slope_and_curve(fit, log_ratio)
        low, high = (
            np.where(slope < 0, log_ratio, low),
            np.where(slope > 0, log_ratio, high),
        )
        newton = log_ratio - np.divide(
            slope, curve, out=np.full_like(slope, np.inf), where=curve > 0
        )
        inside = (newton >= low) & (newton <= high)
        target = np.where(inside, newton, (low + high) / 2)
        converged = is_null | (np.abs(target - log_ratio) <= tol)
        log_ratio = target
    return log_ratio, converged


def _null_model(fit):
    """Evidence of alpha to infinity: no weights, all variance is noise."""
    beta = fit.n_samples / fit.totals
    infinite = np.full_like(beta, np.inf)
    per_sample = _per_sample(np.log(fit.totals), fit)
    return Evidence(per_sample, infinite, beta, infinite, np.ones(len(beta), dtype=bool))


def _per_sample(cost, fit):
    return -0.5 * (np.log(2 * np.pi / fit.n_samples) + 1.0 + cost)
