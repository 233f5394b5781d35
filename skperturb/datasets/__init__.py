"""Datasets: a bundled pool of real networks, and published accuracies of others."""

from skperturb.datasets._accuracies import load_accuracies
from skperturb.datasets._zoo import load_zoo
from skperturb.datasets._zoo_history import load_zoo_history

__all__ = ["load_accuracies", "load_zoo", "load_zoo_history"]
