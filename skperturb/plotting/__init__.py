"""Plotting: displays in scikit-learn's manner. They need matplotlib."""

from skperturb.plotting._perturbation_display import PerturbationDisplay
from skperturb.plotting._ranking_display import RankingDisplay

__all__ = ["PerturbationDisplay", "RankingDisplay"]
