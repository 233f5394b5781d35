"""Leave one out: residuals of ridge without the row itself, for many strengths at once."""

from typing import Any, NamedTuple

import numpy as np

from skperturb._blocks import cross_products, products, row_blocks
from skperturb.metrics._spectrum import eigenvectors, svd_vectors

_EPS = np.finfo(np.float64).eps
_ROOM = 1e-9  # share of a bound that rounding may take


class Factors(NamedTuple):
    """What ridge of every strength has in common, from centred features X = U S V'.

    U is `rows` times `turn`: the features times V / S, which is never stored, or U itself
    times None. `squares` S^2 `(rank,)`, `pulled` U' T `(rank, n_columns)`.
    """

    rows: Any
    turn: Any
    squares: np.ndarray
    pulled: np.ndarray

    @property
    def is_saturated(self):
        """Whether the features and the intercept fit any target."""
        return len(self.squares) == len(self.rows) - 1

    def times(self, W):
        """U times W, `(n_samples, n_columns)`."""
        return products(self.rows, W if self.turn is None else self.turn @ W)

    def squares_times(self, W):
        """The squares of U, entry by entry, times W."""
        found = np.empty((len(self.rows), W.shape[1]))
        for block in row_blocks(*self.rows.shape, multiplied=True):
            part = self.rows[block] if self.turn is None else self.rows[block] @ self.turn
            np.matmul(part**2, W, out=found[block])
        return found


def factorise(centred, T, least_alpha):
    """Factors of centred features and targets.

    From a Gram matrix of the shorter side, unless its rounding, some 1e-16 of the largest
    square, could be felt beside the least strength.
    """
    squares, vectors = eigenvectors(centred.gram())
    largest = squares.max(initial=0.0)
    if least_alpha < 1e8 * _EPS * largest:
        vectors, squares = svd_vectors(centred[:], tolerance=max(centred.shape) * _EPS)
        return Factors(vectors, None, squares, vectors.T @ T)
    kept = squares > _EPS * max(centred.shape) * largest
    if not kept.all():
        squares, vectors = squares[kept], vectors[:, kept]
    if centred.is_wide:
        return Factors(vectors, None, squares, vectors.T @ T)
    vectors /= np.sqrt(squares)
    return Factors(centred, vectors, squares, vectors.T @ cross_products(centred, T))


class LeaveOneOut(NamedTuple):
    """Residuals of the centred targets T under each strength, and how to correct them.

    `kept` is the share of each direction that a strength leaves in the residuals, `(rank,
    n_alphas)`, and `freedom` 1 less the leverage of each sample, `(n_samples, n_alphas)`.
    """

    factors: Factors
    T: np.ndarray
    kept: np.ndarray
    freedom: np.ndarray

    def fitted(self, k):
        """What U is multiplied by to predict under the k-th strength; if saturated, to miss."""
        share = self.kept[:, k] if self.factors.is_saturated else 1.0 - self.kept[:, k]
        return share[:, None] * self.factors.pulled

    def corrected(self, predicted, k, rows=slice(None)):
        """Residuals of rows that each was not fitted with, from U times `fitted`."""
        residuals = predicted if self.factors.is_saturated else self.T[rows] - predicted
        return residuals / self.freedom[rows, k, None]

    def residuals(self, k):
        """Residuals of all rows under the k-th strength, fitted without the row itself."""
        return self.corrected(self.factors.times(self.fitted(k)), k)

    def errors(self, ks):
        """Sums of the squares of those residuals under some strengths, in one pass."""
        rows, turn = self.factors.rows, self.factors.turn
        W = np.hstack([self.fitted(k) for k in ks])
        W = W if turn is None else turn @ W
        sums = np.zeros(len(ks))
        for block in row_blocks(*rows.shape, multiplied=True):
            predicted = np.split(rows[block] @ W, len(ks), axis=1)
            sums += [
                np.sum(self.corrected(part, k, block) ** 2)
                for part, k in zip(predicted, ks, strict=True)
            ]
        return sums

    def plain_errors(self):
        """Lower bounds of the sums of squared residuals of the fits to all rows."""
        squares = np.sum(self.factors.pulled**2, axis=1)
        outside = np.sum(self.T**2) * (1.0 - _ROOM) - squares.sum()
        return squares @ self.kept**2 + (0.0 if self.factors.is_saturated else max(outside, 0.0))


def leave_one_out(factors, T, alphas):
    """Prepare to leave out each row of the centred targets T, for ridge with an intercept."""
    kept = alphas / (factors.squares[:, None] + alphas)
    shares = factors.squares_times(np.hstack([kept, np.ones((len(kept), 1))]))
    free = 0.0 if factors.is_saturated else 1.0 - 1.0 / len(T) - shares[:, -1:]
    # A sample without any freedom decides its own fit alone.
    return LeaveOneOut(factors, T, kept, np.maximum(free + shares[:, :-1], _EPS**2))


def best_residuals(left_out):
    """Number of the strength with the least squared error, and its residuals.

    The one that is best by generalised cross-validation, which takes the mean freedom for
    that of each row, is tried first. A strength whose plain error, with the largest
    freedom for all rows, is above its error cannot be better.
    """
    plain, freedom = left_out.plain_errors(), left_out.freedom
    guess = np.argmin(plain / freedom.mean(axis=0) ** 2)
    residuals = left_out.residuals(guess)
    errors = np.full(len(plain), np.inf)
    errors[guess] = np.sum(residuals**2)
    least = (1.0 - _ROOM) * plain / freedom.max(axis=0) ** 2
    rivals = np.flatnonzero((least <= errors[guess]) & (np.arange(len(plain)) != guess))
    step = max(1, len(left_out.kept) // left_out.T.shape[1])
    for some in (rivals[start : start + step] for start in range(0, len(rivals), step)):
        errors[some] = left_out.errors(some)
    best = np.argmin(errors)
    return best, residuals if best == guess else left_out.residuals(best)
