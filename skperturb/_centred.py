"""Features about their mean: as a whole, or computed row by row when they are asked for."""

import numpy as np

from skperturb._blocks import Rows, cut, product, products, row_blocks
from skperturb._shared import shared

# Rounding errors of means and distances stay below this share of the numbers that they
# are computed from; a length below that bound is no length at all.
ROUNDING = 64 * np.finfo(np.float64).eps

# Largest mean, in distances of the first row from it, that may be subtracted from products
# instead of from every row: of all columns together, and of each. Rounding grows by about that.
_MODEST_MEAN = 2.0
_MODEST_COLUMN = 1e5


class OffsetRows(Rows):
    """The rows of `X` less an origin, in float64, without a copy of `X`."""

    def __init__(self, X, origin):
        super().__init__(X)
        self.origin = origin

    def __getitem__(self, rows):
        chosen = self.X[rows]
        own = not isinstance(rows, slice) and chosen.dtype == np.float64  # a copy already
        return np.subtract(chosen, self.origin, out=chosen if own else None)

    def columns(self, block):
        """Return some columns of all rows."""
        return self.X[:, block] - self.origin[block]


class CentredRows(OffsetRows):
    """The rows of `X` less their mean, in float64, without a copy of `X`.

    Differences are taken from one row first, so that equal rows give exact zeros and a
    large common offset costs no digits.
    """

    def __init__(self, X, origin, mean):
        super().__init__(X, origin)
        self.mean = mean  # of X - origin

    def __getitem__(self, rows):
        offsets = super().__getitem__(rows)
        offsets -= self.mean
        return offsets

    def columns(self, block):
        """Return some columns of all rows."""
        return super().columns(block) - self.mean[block]

    def times(self, V):
        """These rows times V, `(n_rows, n_columns)`; rows of modest mean are not centred first."""
        mean, distance = self.origin + self.mean, self.mean  # of the first row, the origin
        is_modest = np.linalg.norm(mean) <= _MODEST_MEAN * np.linalg.norm(distance)
        if not is_modest or np.any(np.abs(mean) > _MODEST_COLUMN * np.abs(distance)):
            return super().times(V)
        found = products(Rows(self.X), V)
        found -= product(mean[None], V)
        return found


def column_means(X):
    """Mean of every column; equal rows have exactly themselves as mean."""
    origin = X[0].astype(np.float64)
    return origin + sum((block - origin).sum(axis=0) for block in cut(X)) / len(X)


@shared
def centred_rows(X):
    """CentredRows of any features; columns that only rounding varies become zero."""
    origin = X[0].astype(np.float64)
    sums, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for block in row_blocks(*X.shape):
        offsets = X[block] - origin
        sums += offsets.sum(axis=0)
        squares += np.einsum("ij,ij->j", offsets, offsets)
    mean = sums / len(X)
    variation = squares - len(X) * mean**2
    return steadied(X, origin, mean, variation - 1e-8 * squares)


def steadied(X, origin, mean, variation):
    """CentredRows of X, but of a copy where columns that only rounding varies are constant.

    `variation` is a lower bound of the squared norm of each centred column: only columns
    that it leaves in doubt are looked at.
    """
    # 1. The squared norm of a column is that of its centred self and n times its squared mean.
    limits = ROUNDING**2 * len(X) * (origin + mean) ** 2
    doubtful = np.flatnonzero(variation <= limits)
    if len(doubtful):
        offsets = X[:, doubtful] - origin[doubtful] - mean[doubtful]
        exact = np.einsum("ij,ij->j", offsets, offsets)
        noise = doubtful[(exact > 0.0) & (exact <= limits[doubtful])]
        if len(noise):
            X, mean = X.copy(), mean.copy()
            X[:, noise], mean[noise] = X[0, noise], 0.0
    return CentredRows(X, origin, mean)


def centre(X):
    """Subtract the mean of every column; columns that only rounding varies become zero."""
    return centred_rows(X)[:]


def unit_sized(Z):
    """Divide `Z` by its largest absolute entry, so that fourth powers keep their digits."""
    return Z / (max(Z.max(), -Z.min()) or 1.0)


def mean_square(X):
    """Mean squared norm of the rows of `X`."""
    return np.einsum("ij,ij->", X, X) / len(X)
