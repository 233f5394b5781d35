"""Selection: rank the models of a pool by what a metric says of their features."""

from skperturb.selection._ranker import ModelRanker
from skperturb.selection._selector import ModelSelector

__all__ = ["ModelRanker", "ModelSelector"]
