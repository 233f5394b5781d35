"""Selection: rank the models of a pool by what a metric says of their features."""

from skperturb.selection._defaults import consensus_metrics
from skperturb.selection._failures import Failure, NothingScoredError
from skperturb.selection._feature_sets import FeatureSets
from skperturb.selection._halving import HalvingModelSelector
from skperturb.selection._results import ResultColumn
from skperturb.selection._selector import ModelSelector

__all__ = [
    "Failure",
    "FeatureSets",
    "HalvingModelSelector",
    "ModelSelector",
    "NothingScoredError",
    "ResultColumn",
    "consensus_metrics",
]
