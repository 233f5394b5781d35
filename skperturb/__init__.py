"""Rank pre-trained models by how well they will transfer, with feature perturbation."""

from skperturb._version import __version__ as __version__
from skperturb.perturbation import Attract, CappedPCA, Repel, Spread, make_perturbed
from skperturb.selection import (
    FeatureSets,
    HalvingModelSelector,
    ModelRanker,
    ModelSelector,
    consensus_metrics,
)

__all__ = [
    "Attract",
    "CappedPCA",
    "FeatureSets",
    "HalvingModelSelector",
    "ModelRanker",
    "ModelSelector",
    "Repel",
    "Spread",
    "consensus_metrics",
    "make_perturbed",
]
