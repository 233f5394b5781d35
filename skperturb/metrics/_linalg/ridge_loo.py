"""Ridge, leave one out: residuals of a row by the model without it, for many strengths at once.

With centred features X = U S V' and a strength alpha, the filter factor s^2 / (s^2 + alpha) is
the share of a direction that the fit takes over; its complement stays in the residuals. A
residual of the fit to all rows, divided by 1 - leverage of its row, is that of the model
without the row.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skperturb._backend import to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._memoize import memoize
from skperturb.metrics._linalg.spectrum import gram_eigenvectors, svd_vectors

_EPS = float(np.finfo(np.float64).eps)
_SLACK = 1e-9  # share of a bound that rounding may take


@dataclass(frozen=True, eq=False)
class Decomposition:
    """
    Centred features X = U S V', of which ridge of every strength needs U and S.

    U is `matrix` times `rotation`: the features times V / S, which is never stored, or U
    itself and None. `singular_values_sq` `(rank,)` is on the host.
    """

    matrix: ChunkedMatrix
    rotation: Any
    singular_values_sq: np.ndarray

    @property
    def is_saturated(self):
        """Whether the features and an intercept fit any target."""
        return len(self.singular_values_sq) == len(self.matrix) - 1

    def iter_left_vectors(self):
        """Yield the rows of U block by block."""
        for block in self.matrix.iter_rows(for_products=True):
            yield (
                block if self.rotation is None else self.matrix.backend.matmul(block, self.rotation)
            )


@memoize
def decompose(centered, least_alpha, gram):
    """Decompose centred features by the Gram matrix of the shorter side, which may be overwritten.

    Where its rounding, some 1e-16 of the largest square, could be felt beside the least
    strength, the features themselves are decomposed.
    """
    backend, tolerance = centered.backend, max(centered.shape) * centered.backend.eps
    eigenvalues, vectors = gram_eigenvectors(gram)
    largest = eigenvalues.max(initial=0.0)
    if not backend.is_double or least_alpha < 1e8 * backend.eps * largest:
        vectors, eigenvalues = svd_vectors(centered, tolerance)
        return Decomposition(ChunkedMatrix(vectors), None, eigenvalues)
    n_null = int(np.sum(eigenvalues <= tolerance * largest))
    eigenvalues, vectors = eigenvalues[n_null:], vectors[:, n_null:]
    if centered.is_wide:
        return Decomposition(ChunkedMatrix(vectors), None, eigenvalues)
    return Decomposition(centered, vectors / backend.asarray(np.sqrt(eigenvalues)), eigenvalues)


@memoize
def complement_filters(decomposition, alphas):
    """1 less the filter factors of each of some strengths, `(rank, n_alphas)`, on the host.

    Of saturated features residuals and 1 - leverage are sums of these alone, and their ratio
    does not depend on a common factor: the largest is then 1, because those of a strength far
    below the features would be taken for rounding, or be 0.
    """
    singular_values_sq, alphas = decomposition.singular_values_sq, np.asarray(alphas)
    least = singular_values_sq.min() if decomposition.is_saturated else 0.0
    return (least + alphas) / (singular_values_sq[:, None] + alphas)


@memoize
def complement_leverages(decomposition, alphas):
    """1 less the leverage of each row under some strengths, `(n_samples, n_alphas)`, on the device.

    Of saturated features they are known up to the factor of `complement_filters`.
    """
    backend = decomposition.matrix.backend
    filters = complement_filters(decomposition, alphas)
    every_share = backend.asarray(np.hstack([filters, np.ones((len(filters), 1))]))
    products = (backend.matmul(U**2, every_share) for U in decomposition.iter_left_vectors())
    shape = (len(decomposition.matrix), every_share.shape[1])
    shares = backend.stack_rows(products, shape, backend.dtype)
    unfitted = 0.0 if decomposition.is_saturated else 1.0 - 1.0 / shape[0] - shares[:, -1:]
    found = unfitted + shares[:, :-1]
    # A sample without any freedom decides its own fit alone.
    return backend.xp.maximum(found, backend.xp.full_like(found, _EPS**2))


class RidgeLeaveOneOut:
    """
    Leave-one-out residuals of centred targets under each of some strengths.

    `Ut_T` `(rank, n_columns)` are the coordinates of the targets on the left singular vectors.
    """

    def __init__(self, decomposition, columns, alphas):
        self.decomposition, self.columns, self.matrix = decomposition, columns, decomposition.matrix
        alphas = tuple(alphas.tolist())
        self.residual_factors = complement_filters(decomposition, alphas)
        self.one_minus_leverage = complement_leverages(decomposition, alphas)
        products, rotation = columns.rmatmul(self.matrix).T, decomposition.rotation
        self.Ut_T = products if rotation is None else self.backend.matmul(rotation.T, products)

    @property
    def backend(self):
        """Backend of the features."""
        return self.matrix.backend

    def weights(self, factors):
        """What `matrix` is multiplied by to predict, with these factors on the rows of U'T."""
        weights = self.backend.asarray(factors)[:, None] * self.Ut_T
        rotation = self.decomposition.rotation
        return weights if rotation is None else self.backend.matmul(rotation, weights)

    def iter_training_residuals(self, alpha_idx):
        """Yield residuals of the fits to all rows as (index, slice, block), in one pass.

        Of saturated features they are known up to the factor of `residual_factors`.
        """
        is_saturated, n_columns = self.decomposition.is_saturated, self.Ut_T.shape[1]
        shares = self.residual_factors if is_saturated else 1.0 - self.residual_factors
        weights = [self.weights(shares[:, k]) for k in alpha_idx]
        weights = self.backend.xp.concat(weights, axis=1)
        for block, fitted in self.matrix.iter_products(weights):
            goal = None if is_saturated else self.columns.rows(block)
            for i, k in enumerate(alpha_idx):
                residuals = fitted[:, i * n_columns : (i + 1) * n_columns]
                yield k, block, residuals if is_saturated else goal - residuals

    def iter_residuals(self, k):
        """Yield the leave-one-out residuals under one strength as (slice, block)."""
        for _, block, residuals in self.iter_training_residuals([k]):
            yield block, residuals / self.one_minus_leverage[block, k][:, None]

    def residual_norms_sq(self, alpha_idx):
        """Squared norms of the rows of the training residuals, `(n_samples, n_chosen)`."""
        backend = self.backend
        norms: dict = {k: [] for k in alpha_idx}
        for k, _, residuals in self.iter_training_residuals(alpha_idx):
            norms[k].append(backend.sum_squares(residuals, axis=1))
        return backend.xp.stack([backend.xp.concat(each) for each in norms.values()], axis=1)

    def errors(self, alpha_idx, norms_sq=None):
        """Sums of the squared leave-one-out residuals under some strengths, on the host."""
        norms_sq = self.residual_norms_sq(alpha_idx) if norms_sq is None else norms_sq
        xp, indices = self.backend.xp, alpha_idx
        weights = self.backend.take(self._weights, np.asarray(indices), axis=1)
        return to_numpy(xp.sum(weights * norms_sq, axis=0))

    @cached_property
    def _weights(self):
        """What squared training residuals are multiplied by, `(n_samples, n_alphas)`."""
        return self.one_minus_leverage**-2.0

    def training_errors(self):
        """Lower bounds of the sums of squared residuals of the fits to all rows."""
        outside = self.columns.norms_sq().sum() * (1.0 - _SLACK) - self._energies.sum()
        unfitted = 0.0 if self.decomposition.is_saturated else max(outside, 0.0)
        return self._energies.dot(self.residual_factors**2) + unfitted

    @cached_property
    def _energies(self):
        """Square norms of the targets along each left singular vector, on the host."""
        return to_numpy(self.backend.sum_squares(self.Ut_T, axis=1))

    def lowest_errors(self, guess, norms_sq):
        """Lower bounds of the errors, from the training residuals under the strength `guess`.

        One bound takes the least weight 1 / (1 - h)^2 for all rows. The other starts from the
        residuals R under `guess`, of which `norms_sq` `(n_samples, 1)` are the squared norms
        of the rows: with c the mean of the weights w weighted by them, the residuals R + D
        under another strength have an error of at least

            c ||R + D||^2 - (c - min w) ||D||^2 - 2 ||D|| S,    S^2 = sum_i (w_i - c)^2 norms_sq_i.
        """
        xp, weights, training = (
            self.backend.xp,
            self._weights,
            self.training_errors(),
        )
        change = self.residual_factors - self.residual_factors[:, [guess]]
        moved = self._energies.dot(change**2)
        total = xp.sum(norms_sq) + (1.0 if float(xp.sum(norms_sq)) == 0.0 else 0.0)
        mean = xp.sum(norms_sq * weights, axis=0) / total
        spread = to_numpy(xp.sqrt(xp.sum(norms_sq * (weights - mean) ** 2, axis=0)))
        mean, least = to_numpy(mean), to_numpy(xp.min(weights, axis=0))
        near = mean * training - (mean - least) * moved - 2.0 * np.sqrt(moved) * spread
        return (1.0 - _SLACK) * np.maximum(least * training, near - _SLACK * mean * training)

    def best_alpha_idx(self):
        """Index of the strength with the least squared error.

        The one that is best by generalised cross-validation, which takes the mean leverage
        for that of each row, is tried first; others only if a lower bound does not rule
        them out: each of them costs a product with as many columns as there are targets.
        """
        mean = to_numpy(self.backend.xp.mean(self.one_minus_leverage, axis=0))
        guess = int(np.argmin(self.training_errors() / mean**2))
        norms_sq = self.residual_norms_sq([guess])
        errors = np.full(len(mean), np.inf)
        errors[guess] = self.errors([guess], norms_sq)[0]
        is_rival = self.lowest_errors(guess, norms_sq) <= errors[guess]
        rivals = [k for k in np.flatnonzero(is_rival).tolist() if k != guess]
        # As many strengths at once as keep the products about as large as the features.
        step = max(1, len(self.residual_factors) // self.Ut_T.shape[1])
        for some in (rivals[start : start + step] for start in range(0, len(rivals), step)):
            errors[some] = self.errors(some)
        return int(np.argmin(errors))
