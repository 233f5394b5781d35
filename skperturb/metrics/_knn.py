"""KNNScore: whether the neighbours of a sample know its target."""

from functools import singledispatch

import numpy as np
from scipy import sparse
from sklearn.metrics import pairwise_distances, pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from skperturb._backend import NUMPY
from skperturb._chunked import ROUNDING, center
from skperturb._row_subset import RowSubset
from skperturb._threads import hold_blas
from skperturb._validation import check_integer, check_option, to_float64
from skperturb.metrics._base import BaseMetric

_DISTANCES = (
    *("cosine", "euclidean", "l2", "sqeuclidean"),
    *("manhattan", "l1", "cityblock", "chebyshev", "minkowski"),
)
# Distances that are searched for, and told from ties, in squares: scikit-learn expands them, and
# a root turns their rounding, 1e-16 of equal rows, into 1e-8.
_SQUARED = ("euclidean", "l2", "minkowski", "sqeuclidean")
_INVARIANCES = {
    "cosine": frozenset({"rotation", "scale"}),
    "euclidean": frozenset({"rotation", "translation", "scale"}),
}
_SPARE = 8  # neighbours beyond twice those asked for, that resamples may have left out
_ROUNDING = 1e-14  # of a cosine distance
_RELATIVE_ROUNDING = 1e-10  # of other distances, against the largest


def unit_rows(X):
    """Divide every row by its largest entry: scikit-learn takes rows below 1e-15 for zero."""
    sizes = np.abs(X).max(axis=1, keepdims=True)
    return X / np.where(sizes > 0.0, sizes, 1.0)


def rounding_of(distances, metric):
    """Differences of distances that are none: relative, absolute for cosines."""
    relative = _RELATIVE_ROUNDING * distances.max()
    return max(_ROUNDING, relative) if metric == "cosine" else relative


@singledispatch
def rounding_of_squares(X, metric):
    """What rounding makes of the squared distance of equal rows; 0 of distances in no squares."""
    return ROUNDING * NUMPY.sum_squares(X, axis=1).max() if metric in _SQUARED else 0.0


@rounding_of_squares.register
def _(X: RowSubset, metric):
    return X.shared.compute(rounding_of_squares, metric)


def lengths_of(distances, metric, rounding):
    """Distances as they are summed up: of squares the root, where that is asked for."""
    if metric not in _SQUARED:
        return distances
    distances = np.where(distances > rounding, distances, 0.0)
    return distances if metric == "sqeuclidean" else np.sqrt(distances)


def _searched(metric):
    return "sqeuclidean" if metric in _SQUARED else metric


@singledispatch
def prepare_rows(X, metric):
    """Rows in float64 whose distances keep digits: centred for squares, scaled for cosines."""
    if metric in _SQUARED:  # which are expanded: a common offset would cost their digits
        return center(X).rows()
    X = to_float64(X)  # rows that resamples share come in the type that they are held in
    return unit_rows(X) if metric == "cosine" else X


@prepare_rows.register
def _(X: RowSubset, metric):
    return X.transform(prepare_rows, metric)


@singledispatch
def nearest_neighbors(X, n_neighbors, metric):
    """Distances to the nearest other rows, and their numbers, `(n_samples, n_neighbors)`."""
    norms = np.linalg.norm(X, axis=1, keepdims=True)
    is_cosine = metric == "cosine" and norms.all()
    if is_cosine:  # of unit rows the cosine distance is half the squared one, a quicker search
        X, metric = X / norms, "sqeuclidean"
    search = NearestNeighbors(n_neighbors=n_neighbors, metric=_searched(metric))
    # It holds BLAS to one thread itself, but gives back what it finds: another's limit, maybe.
    with hold_blas(1):
        distances, neighbors = search.fit(X).kneighbors()
    return distances / 2 if is_cosine else distances, neighbors


@nearest_neighbors.register
def _(X: RowSubset, n_neighbors, metric):
    # Of the neighbours among all rows those that are in the subset; some to spare, since a
    # quarter or so of them will not be.
    n_spare = min(2 * n_neighbors + _SPARE, len(X.shared.X) - 1)
    distances, neighbors = (
        each[X.indices] for each in X.shared.compute(nearest_neighbors, n_spare, metric)
    )
    places = X.place(neighbors)
    first = np.argsort(places < 0, axis=1, kind="stable")[:, :n_neighbors]
    distances = np.take_along_axis(distances, first, axis=1)
    places = np.take_along_axis(places, first, axis=1)
    short = np.flatnonzero(places[:, -1] < 0)
    if len(short):
        distances[short], places[short] = _search_rows(np.asarray(X), short, n_neighbors, metric)
    return distances, places


def _search_rows(X, rows, n_neighbors, metric):
    """Return what `nearest_neighbors` does, of some rows only."""
    distances = pairwise_distances(X[rows], X, metric=_searched(metric))
    distances[np.arange(len(rows)), rows] = np.inf
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
    return np.take_along_axis(distances, nearest, axis=1), nearest


def neighbor_sums(X, columns, n_neighbors, metric):
    """Sum `columns` over the neighbours of each row, plain and times their distance.

    Both sums are `(n_samples, n_columns)`. Samples as far away as the last neighbour
    share the places that are left, so that the order of the rows never matters.
    """
    n_samples = len(X)
    distances, neighbors = nearest_neighbors(X, min(n_neighbors + 1, n_samples - 1), metric)
    rounding = max(rounding_of(distances, metric), rounding_of_squares(X, metric))
    first = (slice(None), slice(n_neighbors))
    lengths = lengths_of(distances[first], metric, rounding)
    indptr = np.arange(0, n_samples * n_neighbors + 1, n_neighbors)
    graph = sparse.csr_matrix(
        (lengths.ravel(), neighbors[first].ravel(), indptr), (n_samples, n_samples)
    )
    weighted = graph.dot(columns)
    graph.data[:] = 1.0
    plain = graph.dot(columns)
    tied = np.flatnonzero(distances[:, -1] - distances[:, n_neighbors - 1] <= rounding)
    if n_neighbors < n_samples - 1 and len(tied):
        plain[tied], weighted[tied] = _tied_sums(X, columns, tied, n_neighbors, metric, rounding)
    return plain, weighted


def _tied_sums(X, columns, rows, n_neighbors, metric, rounding):
    """Sums of `neighbor_sums` for rows whose last neighbour is not the only one there."""
    X, sums, done = np.asarray(X), [], 0
    for distances in pairwise_distances_chunked(X[rows], X, metric=_searched(metric)):
        own = rows[done : done + len(distances)]
        distances[np.arange(len(own)), own] = np.inf
        last = np.partition(distances, n_neighbors - 1, axis=1)[:, [n_neighbors - 1]]
        weights = (distances < last - rounding).astype(np.float64)
        tied = np.abs(distances - last) <= rounding
        left = n_neighbors - weights.sum(axis=1, keepdims=True)
        weights += tied * (left / tied.sum(axis=1, keepdims=True))
        distances[np.arange(len(own)), own] = 0.0
        both = (weights, weights * lengths_of(distances, metric, rounding))
        sums.append(tuple(NUMPY.matmul(each, columns) for each in both))
        done += len(own)
    return tuple(np.concatenate(each) for each in zip(*sums, strict=True))


def vote_shares(votes, remoteness, codes, rounding):
    """Chance of each sample that its neighbours' vote names its true class.

    `votes` and `remoteness`, the summed distances of the voters, are `(n_samples,
    n_classes)`. The most votes win; of classes with as many votes the nearer one;
    classes that are equal in both share the win.
    """
    leading = votes >= votes.max(axis=1, keepdims=True) - _RELATIVE_ROUNDING
    remoteness = np.where(leading, remoteness, np.inf)
    winning = remoteness <= remoteness.min(axis=1, keepdims=True) + rounding
    return winning[np.arange(len(codes)), codes] / winning.sum(axis=1)


def correlations(predicted, actual):
    """Pearson correlation of each column, 0 where one of the two is constant."""
    predicted = predicted - predicted.mean(axis=0)
    actual = actual - actual.mean(axis=0)
    norms = np.linalg.norm(predicted, axis=0) * np.linalg.norm(actual, axis=0)
    products = np.einsum("ij,ij->j", predicted, actual)
    found = np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0)
    return np.clip(found, -1.0, 1.0)


def _accuracy_or_correlation(task, n_classes):
    return (-1, 1) if task == "regression" else (0, 1)


class KNNScore(BaseMetric):
    """
    Leave-one-out score of the k nearest neighbours.

    It assumes nothing about the shape of the classes [1]_, and came out best of 23
    metrics in the comparison of [2]_.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours, at least 1 and below the number of samples.
    metric : str or callable, default="cosine"
        Distance between rows: "cosine", "euclidean" (or "l2"), "sqeuclidean", "manhattan"
        (or "l1", "cityblock"), "chebyshev", "minkowski", or a function of two rows.
    task : {"auto", "classification", "regression"}, default="auto"
        What `y` holds. "auto" follows :func:`sklearn.utils.multiclass.type_of_target`,
        which takes whole numbers for classes: say "regression" for counts and ages.

    Attributes
    ----------
    score_ : float
        Classification: accuracy, in [0, 1]. Regression: Pearson correlation of the
        target with the mean of the neighbours, in [-1, 1], averaged over outputs.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted; only for classification.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    NearestCentroidScore : One centre per class instead of neighbours.

    Notes
    -----
    Each sample is classified by the majority among its `n_neighbors` nearest other
    samples. Classes with equally many votes are told apart by the summed similarity of
    their neighbours. Where that is equal too, the classes share the success, and samples
    as far away as the last neighbour share its vote: neither the names of the classes
    nor the order of the rows ever matter.

    A constant target or prediction has correlation 0. "cosine" does not change with the
    scale of a row, but does with the origin. Time :math:`O(n^2 d)`, memory
    :math:`O(n d + n C)`.

    References
    ----------
    .. [1] D. Bolya, R. Mittapalli, J. Hoffman, "Scalable Diverse Model Selection for
       Accessible Transfer Learning", NeurIPS 2021, arXiv:2111.06977.
    .. [2] M. Sorkhei et al., "k-NN as a Simple and Effective Estimator of
       Transferability", TMLR 2025, arXiv:2503.18528.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import KNNScore
    >>> X, y = load_iris(return_X_y=True)
    >>> round(KNNScore().fit(X, y).score_, 4)
    0.9667
    """

    def __init__(self, *, n_neighbors=5, metric="cosine", task="auto"):
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.task = task

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.tasks = ("classification", "regression")
        tags.target_tags.multi_output = True
        tags.invariances = _INVARIANCES.get(self.metric, frozenset())
        tags.bounds = _accuracy_or_correlation
        tags.row_subsets = True
        return tags

    def _check_parameters(self):
        self._check_task("classification", "regression")
        check_integer(self, "n_neighbors", low=1)
        if not callable(self.metric):
            check_option(self, "metric", _DISTANCES)

    def _score(self, X, target):
        if self.n_neighbors >= len(X):
            msg = (
                f"`n_neighbors` of KNNScore must be below the number of samples, {len(X)}, "
                f"got {self.n_neighbors}."
            )
            raise ValueError(msg)
        rows = prepare_rows(X, self.metric)
        sums, remoteness = neighbor_sums(rows, target.columns, self.n_neighbors, self.metric)
        if target.task == "regression":
            return correlations(sums / self.n_neighbors, target.outputs).mean(), {}
        rounding = rounding_of(remoteness, self.metric)
        return vote_shares(sums, remoteness, target.codes, rounding).mean(), {}
