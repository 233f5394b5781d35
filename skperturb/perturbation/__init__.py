"""Perturbations: transformers that move labelled samples to make a metric's task harder."""

from skperturb.perturbation._attract import Attract
from skperturb.perturbation._pipeline import make_perturbed
from skperturb.perturbation._repel import Repel
from skperturb.perturbation._spread import Spread

__all__ = ["Attract", "Repel", "Spread", "make_perturbed"]
