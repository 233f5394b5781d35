"""The metrics that predict accuracies where no selector is given."""

from sklearn.pipeline import make_pipeline
from sklearn.utils.multiclass import type_of_target

from skperturb.decomposition import CappedPCA
from skperturb.metrics import GBC, SFDA, KNNScore, LDAScore, LogME, RidgeProbe
from skperturb.perturbation import Attract


def default_metrics(y):
    """
    Return metrics by name for labels or other targets, all behind 64 principal components.

    They err differently (linear probes, neighbours of classes drawn together, discriminants, the
    overlap of classes) and share the projection.
    """
    kind = type_of_target(y, input_name="y")
    steps: dict[str, list]
    if kind in ("binary", "multiclass"):
        steps = {
            "ridge": [RidgeProbe()],
            "logme": [LogME()],
            "knn": [Attract(), KNNScore()],
            "sfda": [SFDA()],
            "gbc": [GBC(covariance="spherical")],
            "lda": [LDAScore()],
        }
    else:
        steps = {"ridge": [RidgeProbe()], "logme": [LogME()]}
        if not kind.startswith("multilabel"):
            steps["knn"] = [KNNScore()]
    return {name: make_pipeline(CappedPCA(), *each) for name, each in steps.items()}
