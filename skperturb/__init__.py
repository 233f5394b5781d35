"""Rank pre-trained models by how well they will transfer, with feature perturbation."""

from skperturb.perturbation import Attract, CappedPCA, Repel, Spread, make_perturbed
from skperturb.selection import ModelSelector

__version__ = "0.1.0.dev0"

__all__ = ["Attract", "CappedPCA", "ModelSelector", "Repel", "Spread", "make_perturbed"]
