"""Plotting: displays in scikit-learn's manner. They need matplotlib."""

from skperturb.plotting._cost_display import CostDisplay
from skperturb.plotting._depth_display import DepthDisplay
from skperturb.plotting._perturbation_display import PerturbationDisplay
from skperturb.plotting._prediction_display import PredictionDisplay
from skperturb.plotting._ranking_display import RankingDisplay
from skperturb.plotting._regret_display import RegretDisplay

__all__ = [
    "CostDisplay",
    "DepthDisplay",
    "PerturbationDisplay",
    "PredictionDisplay",
    "RankingDisplay",
    "RegretDisplay",
]
