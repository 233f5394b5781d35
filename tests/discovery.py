"""Every public estimator of the library, found and not listed."""

import inspect

from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

import skperturb
from skperturb import metrics
from skperturb.metrics import BaseMetric
from skperturb.perturbation._base import BasePerturbation


def _classes(module, base):
    found = (getattr(module, name) for name in module.__all__)
    return [
        each
        for each in found
        if inspect.isclass(each) and issubclass(each, base) and not inspect.isabstract(each)
    ]


PERTURBATIONS = [each() for each in _classes(skperturb, BasePerturbation)]
METRICS = [each() for each in _classes(metrics, BaseMetric)]
# A pool, or a list of tasks, is no matrix: most of scikit-learn's checks cannot feed these.
SELECTORS = [
    each
    for each in (each() for each in _classes(skperturb, BaseEstimator))
    if not get_tags(each).input_tags.two_d_array
]
# Variants whose default settings would leave a branch of the code outside the laws.
VARIANTS = {
    "Spread": [{"force": -0.5, "unit": "radius"}],
    "Attract": [{"alpha": -0.3, "sigma": 0.2, "pairs": "sum"}],
    "Repel": [{"step": 0.7, "sigma": 1.5, "stop": 0.1, "max_iter": 20}],
    "HScore": [{"shrinkage": None}, {"shrinkage": 0.3}],
    "NCTI": [{"n_components": 3}],
    "ETran": [{"energy_fraction": 0.5, "weight": 0.7}],
    "GBC": [{"covariance": "spherical"}],
    "NearestCentroidScore": [{"standardize": True}],
    "KNNScore": [
        {"n_neighbors": 1, "metric": "euclidean"},
        {"n_neighbors": 3, "metric": "sqeuclidean"},
        {"metric": "minkowski"},
    ],
    "NLEEP": [{"components_per_class": 1, "explained_variance": 1.0}],
    "PARC": [{"n_components": None}],
    "PACTranGaussian": [{"strength": 0.5, "prior_std": 1.0}],
    "RidgeProbe": [{"alphas": [0.1, 10.0]}],
    "LDAScore": [{"shrinkage": 0.2}, {"shrinkage": 0.0}],
    "SFDA": [{"shrinkage": 0.2}],
    "TransRate": [{"normalize": False}],
}


def with_variants(estimators):
    """Return the estimators and their variants."""
    variants = [
        type(each)(**params)
        for each in estimators
        for params in VARIANTS.get(type(each).__name__, [])
    ]
    return [*estimators, *variants]


def takes_features(estimator):
    """Whether the estimator takes any real matrix, and not rows of posteriors."""
    return get_tags(estimator).input == "features"
