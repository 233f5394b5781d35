"""Plotting: displays in scikit-learn's manner. They need matplotlib."""

from skperturb.plotting._ranking_display import RankingDisplay

__all__ = ["RankingDisplay"]
