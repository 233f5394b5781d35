"""Leave one out: residuals of ridge without the row itself, for many strengths at once."""

from typing import Any, NamedTuple

import numpy as np

from skperturb._blocks import product, row_blocks, row_squares
from skperturb.metrics._spectrum import eigenvectors, svd_vectors

_EPS = np.finfo(np.float64).eps
_ROOM = 1e-9  # share of a bound that rounding may take
# Rounding of d products in float32, as a share of the norms: four times what independent
# errors add up to (Higham and Mary, 2019). Sums of many such entries stay far below.
_ROUGH = 4 * np.finfo(np.float32).eps / 2


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
        if self.turn is None:
            return product(self.rows, W)
        return self.rows.times(product(self.turn, W))

    def squares_times(self, W, rows=None):
        """The squares of U, entry by entry, times W, for all rows or for those numbered."""
        n_rows = len(self.rows) if rows is None else len(rows)
        found = np.empty((n_rows, W.shape[1]))
        for block in row_blocks(n_rows, self.rows.shape[1], multiplied=True):
            part = self.rows[block if rows is None else rows[block]]
            part = part if self.turn is None else product(part, self.turn)
            product(part**2, W, out=found[block])
        return found

    def rough_leverages(self, shares):
        """The squares of U times `shares` from float32 products, and bounds of their errors.

        A row x of unit norm has errors of one size in all x'v, so that the error of a root
        of sum_k w_k (x'v_k)^2 is that size times the root of sum_k w_k.
        """
        size = np.sqrt(self.squares.sum() / len(self.rows)) or 1.0
        vectors = (self.turn * np.sqrt(self.squares)).astype(np.float32)
        weights = shares * (size**2 / self.squares[:, None])
        rough_weights = weights.astype(np.float32)
        found, norms = np.empty((len(self.rows), shares.shape[1])), np.empty(len(self.rows))
        for block in row_blocks(*self.rows.shape, multiplied=True):
            part = self.rows[block]
            # The quotients are of float64 numbers: float32 could not hold these.
            single = np.empty(part.shape, dtype=np.float32)
            part = np.divide(part, size, out=single, casting="same_kind")
            norms[block] = np.einsum("ij,ij->i", part, part)
            part = product(part, vectors)
            found[block] = product(np.square(part, out=part), rough_weights)
        rounding = _ROUGH * np.sqrt(self.rows.shape[1])
        errors = rounding * np.sqrt(norms[:, None] * weights.sum(axis=0))
        return found, (2.0 * np.sqrt(found) + errors) * errors + rounding * found


def factorise(centred, T, crossed, least_alpha, gram):
    """Factors of centred features and targets, from the Gram matrix of the shorter side.

    `crossed` returns the features' products with T. The Gram matrix may be overwritten. Where
    its rounding, some 1e-16 of the largest square, could be felt beside the least strength,
    the factors come from the features themselves.
    """
    squares, vectors = eigenvectors(gram)
    largest = squares.max(initial=0.0)
    if least_alpha < 1e8 * _EPS * largest:
        vectors, squares = svd_vectors(centred[:], tolerance=max(centred.shape) * _EPS)
        return Factors(vectors, None, squares, product(vectors.T, T))
    kept = squares > _EPS * max(centred.shape) * largest
    if not kept.all():
        squares, vectors = squares[kept], vectors[:, kept]
    if centred.is_wide:
        return Factors(vectors, None, squares, product(vectors.T, T))
    turn = vectors / np.sqrt(squares)
    return Factors(centred, turn, squares, product(turn.T, crossed()))


class LeaveOneOut(NamedTuple):
    """Residuals of the centred targets T under each strength, and how to correct them.

    `kept` is the share of each direction that a strength leaves in the residuals, `(rank,
    n_alphas)`, and `freedom` 1 less the leverage of each sample, `(n_samples, n_alphas)`,
    known to within `doubt`, of the same shape or 0. Both as `kept_shares` scales them.
    """

    factors: Factors
    T: np.ndarray
    kept: np.ndarray
    freedom: np.ndarray
    doubt: Any = 0.0

    @property
    def is_exact(self):
        """Whether nothing is in doubt."""
        return np.ndim(self.doubt) == 0

    def residuals(self, k):
        """Residuals of all rows under the k-th strength, fitted to all rows."""
        saturated = self.factors.is_saturated
        share = self.kept[:, k] if saturated else 1.0 - self.kept[:, k]
        predicted = self.factors.times(share[:, None] * self.factors.pulled)
        return predicted if saturated else self.T - predicted

    def squares(self, ks):
        """Squared norms of the rows of those residuals under some strengths, in one pass."""
        rows, turn = self.factors.rows, self.factors.turn
        saturated = self.factors.is_saturated
        shares = self.kept[:, ks] if saturated else 1.0 - self.kept[:, ks]
        W = np.hstack([share[:, None] * self.factors.pulled for share in shares.T])
        W = W if turn is None else product(turn, W)
        found = np.empty((len(rows), len(ks)))
        for block in row_blocks(*rows.shape, multiplied=True):
            part = product(rows[block], W).reshape(-1, len(ks), self.T.shape[1])
            part = part if saturated else self.T[block, None] - part
            np.einsum("ijk,ijk->ij", part, part, out=found[block])
        return found

    def plain_errors(self):
        """Lower bounds of the sums of squared residuals of the fits to all rows."""
        squares = np.sum(self.factors.pulled**2, axis=1)
        outside = np.sum(self.T**2) * (1.0 - _ROOM) - squares.sum()
        return squares @ self.kept**2 + (0.0 if self.factors.is_saturated else max(outside, 0.0))

    def least_errors(self, guess, own):
        """Lower bounds of the sums of squares of the leave-one-out residuals.

        One takes the largest freedom f for all rows. The other starts from the residuals R
        under the strength `guess`, of which `own` are the squared norms of the rows: with c
        the mean of 1 / f^2 weighted by them, another strength's R + D has at least

            c ||R + D||^2 - (c - min 1 / f^2) ||D||^2 - 2 ||D|| S,
            S^2 = sum_i (1 / f_i^2 - c)^2 own_i.
        """
        weights = (self.freedom + self.doubt) ** -2.0
        plain, least = self.plain_errors(), weights.min(axis=0)
        moved = (self.kept - self.kept[:, [guess]]) ** 2
        moved = np.sum(self.factors.pulled**2, axis=1) @ moved
        mean = own @ weights / (own.sum() or 1.0)
        spread = np.sqrt(own @ (weights - mean) ** 2)
        near = mean * plain - (mean - least) * moved - 2.0 * np.sqrt(moved) * spread
        return np.maximum(least * plain, near - _ROOM * mean * plain) * (1.0 - _ROOM)


def kept_shares(factors, alphas):
    """Share of each direction that a strength leaves in the residuals, `(rank, n_alphas)`.

    Of saturated features residuals and freedom are sums of these shares alone, and their
    ratio does not depend on a common factor: the largest share is then 1, because those of
    a strength far below the features would be taken for rounding, or be 0.
    """
    least = factors.squares.min() if factors.is_saturated else 0.0
    return (least + alphas) / (factors.squares[:, None] + alphas)


def leave_one_out(factors, T, alphas):
    """Prepare to leave out each row of the centred targets T, for ridge with an intercept."""
    kept = kept_shares(factors, alphas)
    return LeaveOneOut(factors, T, kept, exact_freedom(factors, kept))


def exact_freedom(factors, kept, rows=None):
    """1 less the leverages of all rows, or of those numbered, `(n_rows, n_alphas)`."""
    shares = factors.squares_times(np.hstack([kept, np.ones((len(kept), 1))]), rows)
    free = 0.0 if factors.is_saturated else 1.0 - 1.0 / len(factors.rows) - shares[:, -1:]
    # A sample without any freedom decides its own fit alone.
    return np.maximum(free + shares[:, :-1], _EPS**2)


def rough_leave_one_out(factors, T, alphas):
    """Prepare the same with leverages from float32 products; None where that is too rough."""
    if factors.turn is None or factors.is_saturated:
        return None
    kept = kept_shares(factors, alphas)
    leverages, doubt = factors.rough_leverages(1.0 - kept)
    freedom = 1.0 - 1.0 / len(factors.rows) - leverages
    if not np.all(doubt <= freedom / 4):
        return None
    return LeaveOneOut(factors, T, kept, freedom, doubt)


def chosen_fit(factors, T, alphas, *, rough):
    """What is left out, the number of the best strength, and the residuals of its fit.

    With `rough` from leverages in float32, unless they leave two strengths in doubt.
    """
    left_out = rough_leave_one_out(factors, T, alphas) if rough else None
    best, residuals = (None, None) if left_out is None else best_fit(left_out)
    if best is None:
        left_out = leave_one_out(factors, T, alphas)
        best, residuals = best_fit(left_out)
    return left_out, best, residuals


def best_fit(left_out):
    """Number of the strength with the least squared error, and the residuals of its fit.

    The one that is best by generalised cross-validation, which takes the mean freedom for
    that of each row, is tried first; others only if a lower bound does not rule them out.
    Where what is in doubt could decide between two strengths, the number is None.
    """
    guess = np.argmin(left_out.plain_errors() / left_out.freedom.mean(axis=0) ** 2)
    residuals = left_out.residuals(guess)
    own = row_squares(residuals)
    lowest = left_out.least_errors(guess, own)
    highest = np.full(len(lowest), np.inf)
    _bracket(left_out, [guess], own[:, None], lowest, highest)
    rivals = np.flatnonzero((lowest <= highest[guess]) & (np.arange(len(lowest)) != guess))
    step = max(1, len(left_out.kept) // left_out.T.shape[1])
    for some in (rivals[start : start + step] for start in range(0, len(rivals), step)):
        _bracket(left_out, some, left_out.squares(some), lowest, highest)
    best = np.argmin(highest)
    if not left_out.is_exact and np.sum(lowest <= highest[best]) > 1:
        return None, residuals
    return best, residuals if best == guess else left_out.residuals(best)


def _bracket(left_out, ks, squares, lowest, highest):
    """Fill in what the errors of some strengths lie between."""
    doubt = left_out.doubt if left_out.is_exact else left_out.doubt[:, ks]
    freedom = left_out.freedom[:, ks]
    lowest[ks] = np.sum(squares / (freedom + doubt) ** 2, axis=0)
    highest[ks] = np.sum(squares / (freedom - doubt) ** 2, axis=0)
