"""Prediction: from scores, and from past tasks, to the accuracies that models will reach."""

from skperturb.prediction._history import History
from skperturb.prediction._posterior import AccuracyPosterior
from skperturb.prediction._predictor import AccuracyPredictor

__all__ = ["AccuracyPosterior", "AccuracyPredictor", "History"]
