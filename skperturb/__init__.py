"""Rank pre-trained models by how well they will transfer, with feature perturbation."""

from skperturb.perturbation import Attract, CappedPCA, Repel, Spread, make_perturbed
from skperturb.selection import ModelRanker, ModelSelector

__version__ = "0.1.0.dev0"

__all__ = [
    "Attract",
    "CappedPCA",
    "ModelRanker",
    "ModelSelector",
    "Repel",
    "Spread",
    "make_perturbed",
]
