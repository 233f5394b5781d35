"""The metrics that predict accuracies where no selector is given."""

from sklearn.pipeline import make_pipeline
from sklearn.utils.multiclass import type_of_target

from skperturb.metrics import GBC, SFDA, KNNScore, LogME, RidgeProbe
from skperturb.perturbation import Attract, CappedPCA


def default_metrics(y):
    """
    Return metrics by name for labels or other targets, all behind 64 principal components.

    They err differently: a linear probe, neighbours of classes drawn together, a discriminant, and
    the overlap of classes.
    """
    if type_of_target(y, input_name="y") in ("binary", "multiclass"):
        steps = {
            "ridge": [RidgeProbe()],
            "knn": [Attract(), KNNScore()],
            "sfda": [SFDA()],
            "gbc": [GBC(covariance="spherical")],
        }
    else:
        steps = {"ridge": [RidgeProbe()], "knn": [KNNScore()], "logme": [LogME()]}
    return {name: make_pipeline(CappedPCA(), *each) for name, each in steps.items()}
