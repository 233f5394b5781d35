"""ETran: energy of the features, and how sure the nearest class mean is."""

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._validation import check_real
from skperturb.metrics._nearest_centroid import nearest_centroid_score
from skperturb.metrics._pool_base import BasePoolMetric


def lowest_energy(X, fraction):
    """Mean of the lowest `max(1, fraction * n_samples)` values of logsumexp of the rows."""
    n_lowest = max(1, int(fraction * X.shape[0]))
    energies = np.concatenate([row_energies(block) for block in ChunkedMatrix(X).iter_rows()])
    return np.partition(energies, n_lowest - 1)[:n_lowest].mean()


def row_energies(rows):
    """logsumexp of each row, on the host."""
    xp = get_backend(rows).xp
    largest = xp.max(rows, axis=1, keepdims=True)
    return to_numpy(largest[:, 0] + xp.log(xp.sum(xp.exp(rows - largest), axis=1)))


class ETran(BasePoolMetric):
    """
    Energy-based transferability estimate: familiar samples, and separate classes.

    The energy says, without labels, whether the target data look to a model like the
    data it was trained on; the second component says how well the class means tell the
    classes apart. Both are weighed within a pool of models [1]_.

    Parameters
    ----------
    energy_fraction : float, default=0.005
        Share of the samples, above 0 and at most 1, whose energy counts: those with the
        lowest; at least one sample.
    weight : float, default=0.15
        Weight of the energy, in [0, 1]; the second component has the rest.

    Attributes
    ----------
    score_ : float
        ``weight * energy + (1 - weight) * nearest`` as they are. The energy has the
        unit of the features and nearest is a probability, so on large features this
        number is the energy and little else; use `pool_scores`, as
        :class:`~skperturb.ModelSelector` does.
    components_ : ndarray of shape (2,)
        energy and nearest, see Notes.
    component_names_ : list of str
        ``["energy", "nearest"]``.
    classes_ : ndarray of shape (n_classes,)
        The labels seen in `fit`, sorted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in `fit`, if they were all strings.

    See Also
    --------
    NCTI : The other metric that needs a pool.
    NearestCentroidScore : The second component on its own.

    Notes
    -----
    The energy of a sample is :math:`\\log \\sum_j e^{x_j}` over its features; the
    component is the mean of the lowest `energy_fraction` of them (their number rounded
    down). The other component is that of :class:`NearestCentroidScore`: the paper and
    its code call it linear discriminant analysis, but the code passes a non-symmetric
    matrix to a symmetric eigensolver, which cancels the covariance. Over a pool the
    score is

    .. math:: w \\, \\mathrm{minmax}(\\mathrm{energy})
        + (1 - w) \\, \\mathrm{minmax}(\\mathrm{nearest}) ,

    a component that is constant over the pool counting 0. `pool_scores` is a method of
    the instance and not of the class, because `weight` is a parameter; it needs no
    `fit`.

    Public code also averages the lower half of the energies, not the lowest 0.5 %: that
    is ``ETran(energy_fraction=0.5)``.

    The energy grows with the scale and the number of the features and changes with
    their rotation and origin: it compares the features a network really has, not
    projections or perturbations of them. It does not look at the labels, so a model
    whose classes are told apart worse can score higher.

    Time :math:`O(n d C)`, memory :math:`O(n d + n C)`.

    References
    ----------
    .. [1] M. Gholami, M. Akbari, X. Wang, B. Kamranian, Y. Zhang, "ETran: Energy-Based
       Transferability Estimation", ICCV 2023, arXiv:2308.02027.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skperturb.metrics import ETran
    >>> X, y = load_iris(return_X_y=True)
    >>> ETran().fit(X, y).components_.round(3)
    array([4.584, 0.817])
    >>> pool = [ETran().fit(features, y).components_ for features in (X, X[:, :2])]
    >>> ETran(weight=0.3).pool_scores(pool)
    array([1., 0.])
    """

    _component_names = ("energy", "nearest")

    def __init__(self, *, energy_fraction=0.005, weight=0.15):
        self.energy_fraction = energy_fraction
        self.weight = weight

    @property
    def _weights(self):
        weight = check_real(self, "weight", low=0.0, high=1.0)
        return weight, 1.0 - weight

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        return tags

    def _check_parameters(self):
        check_real(self, "energy_fraction", low=0.0, high=1.0, open_low=True)
        check_real(self, "weight", low=0.0, high=1.0)

    def _components(self, X, target):
        energy = lowest_energy(X, self.energy_fraction)
        return (energy, nearest_centroid_score(X, target)), {}
