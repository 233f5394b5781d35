"""Transferability metrics: one number for how well features will serve labels."""

from skperturb.metrics._base import BaseMetric
from skperturb.metrics._cka import CKAScore
from skperturb.metrics._etran import ETran
from skperturb.metrics._gbc import GBC
from skperturb.metrics._hscore import HScore
from skperturb.metrics._knn import KNNScore
from skperturb.metrics._lda import LDAScore
from skperturb.metrics._leep import LEEP
from skperturb.metrics._logme import LogME
from skperturb.metrics._nce import NCE
from skperturb.metrics._ncti import NCTI
from skperturb.metrics._nearest_centroid import NearestCentroidScore
from skperturb.metrics._nleep import NLEEP
from skperturb.metrics._pactran_gaussian import PACTranGaussian
from skperturb.metrics._parc import PARC
from skperturb.metrics._pool_base import BasePoolMetric
from skperturb.metrics._ridge_probe import RidgeProbe
from skperturb.metrics._sfda import SFDA
from skperturb.metrics._tags import MetricTags
from skperturb.metrics._transrate import TransRate

__all__ = [
    "GBC",
    "LEEP",
    "NCE",
    "NCTI",
    "NLEEP",
    "PARC",
    "SFDA",
    "BaseMetric",
    "BasePoolMetric",
    "CKAScore",
    "ETran",
    "HScore",
    "KNNScore",
    "LDAScore",
    "LogME",
    "MetricTags",
    "NearestCentroidScore",
    "PACTranGaussian",
    "RidgeProbe",
    "TransRate",
]
