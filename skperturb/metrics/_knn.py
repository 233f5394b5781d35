"""KNNScore: whether the neighbours of a sample know its target."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from skperturb._validation import check_integer
from skperturb.metrics._base import BaseMetric


def vote_shares(votes, closeness, codes):
    """Chance of each sample that its neighbours' vote names its true class.

    `votes` and `closeness` are `(n_samples, n_classes)`. The most votes win; classes with
    as many are told apart by their summed closeness; classes equal in both share the win.
    """
    leading = votes == votes.max(axis=1, keepdims=True)
    closeness = np.where(leading, closeness, -np.inf)
    winning = closeness == closeness.max(axis=1, keepdims=True)
    return winning[np.arange(len(codes)), codes] / winning.sum(axis=1)


def correlations(predicted, actual):
    """Pearson correlation of each column, 0 where one of the two is constant."""
    predicted = predicted - predicted.mean(axis=0)
    actual = actual - actual.mean(axis=0)
    norms = np.linalg.norm(predicted, axis=0) * np.linalg.norm(actual, axis=0)
    products = np.einsum("ij,ij->j", predicted, actual)
    return np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0)


class KNNScore(BaseMetric):
    """
    Leave-one-out score of the k nearest neighbours [1]_ [2]_.

    It assumes nothing about the shape of the classes, and came out best of 23 metrics in
    the comparison of [2]_.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours, at least 1 and below the number of samples.
    metric : str or callable, default="cosine"
        Distance between rows, as :class:`~sklearn.neighbors.NearestNeighbors` takes it.
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
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    NearestCentroidScore : One centre per class instead of neighbours.

    Notes
    -----
    Each sample is classified by the majority among its `n_neighbors` nearest other
    samples. Classes with equally many votes are told apart by the summed similarity of
    their neighbours; classes that are equal in that, too, share the success, so that the
    names of the classes never matter. Which of several equally distant samples are
    neighbours is left to scikit-learn, and can depend on the order of the rows.

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

    _tasks = ("classification", "regression")

    def __init__(self, *, n_neighbors=5, metric="cosine", task="auto"):
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.task = task

    @property
    def _invariances(self):
        return {
            "cosine": frozenset({"rotation", "scale"}),
            "euclidean": frozenset({"rotation", "translation", "scale"}),
        }.get(self.metric, frozenset())

    def _check_parameters(self):
        self._check_task("classification", "regression")
        check_integer(self, "n_neighbors", low=1)

    def _score(self, X, target):
        distances, neighbors = self._find_neighbors(X)
        if target.task == "regression":
            predicted = target.outputs[neighbors].mean(axis=1)
            return correlations(predicted, target.outputs).mean(), {}
        shape = (len(X), len(target.classes))
        rows = np.arange(len(X))[:, None]
        votes, closeness = np.zeros(shape), np.zeros(shape)
        np.add.at(votes, (rows, target.codes[neighbors]), 1.0)
        np.add.at(closeness, (rows, target.codes[neighbors]), -distances)
        return vote_shares(votes, closeness, target.codes).mean(), {}

    def _find_neighbors(self, X):
        """Distances and indices of the neighbours of each row, itself left out."""
        if self.n_neighbors >= len(X):
            msg = (
                f"`n_neighbors` of KNNScore must be below the number of samples, {len(X)}, "
                f"got {self.n_neighbors}."
            )
            raise ValueError(msg)
        search = NearestNeighbors(n_neighbors=self.n_neighbors, metric=self.metric)
        return search.fit(X).kneighbors()
