"""Tensor leave one out: what RidgeProbe needs of features on a device, pass by pass.

The counterpart of `_leave_one_out` for tensors, without its products in float32: one of its
bounds decides which strengths are computed, and nothing as long as all rows leaves the
device.
"""

from functools import cached_property

import numpy as np

from skperturb._array_api import beside, on_host
from skperturb._tensor_rows import TensorRows
from skperturb.metrics._leave_one_out import kept_shares
from skperturb.metrics._tensor_spectrum import eigenvectors, svd_vectors

_EPS = float(np.finfo(np.float64).eps)
_ROOM = 1e-9  # share of a bound that rounding may take


class TensorFactors:
    """What ridge of every strength has in common, from centred features X = U S V'.

    U is `rows` times `turn`, or `rows` itself where that is None; on the host `squares`
    S^2 `(rank,)`, and on the device `pulled` U' T `(rank, n_columns)`.
    """

    def __init__(self, centred, columns, least_alpha):
        vectors, squares = None, np.full(1, np.inf)
        if centred.is_double:
            squares, vectors = eigenvectors(centred)
        rounding = max(centred.shape) * centred.eps
        if vectors is None or least_alpha < 1e8 * centred.eps * squares.max(initial=0.0):
            vectors, squares = svd_vectors(centred, tolerance=rounding)
            self.rows, self.turn = TensorRows(vectors), None
        else:
            kept = int(np.sum(squares <= rounding * squares.max(initial=0.0)))
            squares, vectors = squares[kept:], vectors[:, kept:]
            self.rows, self.turn = TensorRows(vectors), None
            if not centred.is_wide:
                self.rows, self.turn = centred, vectors / beside(np.sqrt(squares), vectors)
        self.squares, self.columns = squares, columns
        pulled = columns.pull(self.rows).T
        self.pulled = pulled if self.turn is None else self.turn.T @ pulled

    @property
    def is_saturated(self):
        """Whether the features and the intercept fit any target."""
        return len(self.squares) == len(self.rows) - 1

    def left(self, block):
        """Some rows of U."""
        return self.rows[block] if self.turn is None else self.rows[block] @ self.turn

    def weights(self, share):
        """What `rows` are multiplied by to predict, with a share of each direction in U' T."""
        weights = beside(share, self.pulled)[:, None] * self.pulled
        return weights if self.turn is None else self.turn @ weights


class TensorLeaveOneOut:
    """Residuals of centred columns of targets under each strength, without the row itself.

    `kept` is what `kept_shares` returns, on the host.
    """

    def __init__(self, factors, alphas):
        self.factors = factors
        self.kept = kept_shares(factors, alphas)
        self.xp = factors.rows.xp

    @cached_property
    def freedom(self):
        """One less the leverage of each row, `(n_samples, n_alphas)`, on the device."""
        kept = beside(np.hstack([self.kept, np.ones((len(self.kept), 1))]), self.factors.pulled)
        slices, xp = self.factors.rows.slices(), self.xp
        shares = xp.concat([self.factors.left(block) ** 2 @ kept for block in slices])
        n_samples = len(self.factors.rows)
        free = 0.0 if self.factors.is_saturated else 1.0 - 1.0 / n_samples - shares[:, -1:]
        freedom = free + shares[:, :-1]
        # A sample without any freedom decides its own fit alone.
        return xp.where(freedom > _EPS**2, freedom, xp.full_like(freedom, _EPS**2))

    def residuals(self, ks):
        """Blocks of the residuals under some strengths, with their slices, in one pass."""
        saturated, n_columns = self.factors.is_saturated, self.factors.pulled.shape[1]
        shares = self.kept if saturated else 1.0 - self.kept
        weights = self.xp.concat([self.factors.weights(shares[:, k]) for k in ks], axis=1)
        for block in self.factors.rows.slices(weights.shape[1]):
            predicted = self.factors.rows[block] @ weights
            goal = None if saturated else self.factors.columns.dense(block)
            for i, k in enumerate(ks):
                own = predicted[:, i * n_columns : (i + 1) * n_columns]
                missed = own if saturated else goal - own
                yield k, block, missed / self.freedom[block, k][:, None]

    def errors(self, ks):
        """Sums of the squares of the residuals under some strengths, in one pass."""
        sums = dict.fromkeys(ks, 0.0)
        for k, _, missed in self.residuals(ks):
            sums[k] += float(self.xp.sum(missed * missed))
        return list(sums.values())

    def plain_errors(self):
        """Lower bounds of the sums of squared residuals of the fits to all rows."""
        squares = on_host(self.xp.sum(self.factors.pulled * self.factors.pulled, axis=1))
        outside = self.factors.columns.squares().sum() * (1.0 - _ROOM) - squares.sum()
        saturated = self.factors.is_saturated
        return squares @ self.kept**2 + (0.0 if saturated else max(outside, 0.0))

    def best(self):
        """Number of the strength with the least squared error, found much as `best_fit` does."""
        plain = self.plain_errors()
        guess = int(np.argmin(plain / on_host(self.xp.mean(self.freedom, axis=0)) ** 2))
        errors = np.full(len(plain), np.inf)
        errors[guess] = self.errors([guess])[0]
        least = (1.0 - _ROOM) * plain / on_host(self.xp.max(self.freedom, axis=0)) ** 2
        rivals = [k for k in np.flatnonzero(least <= errors[guess]).tolist() if k != guess]
        step = max(1, len(self.kept) // self.factors.pulled.shape[1])
        for some in (rivals[start : start + step] for start in range(0, len(rivals), step)):
            errors[some] = self.errors(some)
        return int(np.argmin(errors))


def right_classes(left_out, k):
    """Share of the rows whose own class is predicted above all others."""
    xp, right = left_out.xp, 0
    for _, block, missed in left_out.residuals([k]):
        own = left_out.factors.columns.ones(block) > 0.5
        predicted = xp.where(own, 1.0 - missed, -1.0 - missed)
        lowest = xp.full_like(predicted, -np.inf)
        best = xp.max(xp.where(own, predicted, lowest), axis=1)
        right += int(
            xp.sum(xp.astype(best > xp.max(xp.where(own, lowest, predicted), axis=1), xp.int64))
        )
    return right / len(left_out.factors.rows)


def right_labels(left_out, k, signs):
    """Share of the labels, given as `signs` on the host, that are predicted."""
    xp, right = left_out.xp, 0
    for _, block, missed in left_out.residuals([k]):
        own = beside(signs[block], missed)
        right += int(xp.sum(xp.astype((own - missed > 0) == (own > 0), xp.int64)))
    return right / signs.size


def residual_squares(left_out, k):
    """Sum of squared residuals of each column, on the host."""
    return sum(on_host(left_out.xp.sum(m * m, axis=0)) for _, _, m in left_out.residuals([k]))
