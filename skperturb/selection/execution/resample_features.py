"""Features of resamples: rows of one feature set, with what all of them share of the work."""

from functools import cached_property

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skperturb._chunked import ChunkedMatrix
from skperturb._row_subset import SharedRows
from skperturb.decomposition import CappedPCA
from skperturb.metrics import BaseMetric
from skperturb.selection.features.loader import take_rows

# Of features whose squares and products stay well within float64.
_SMALLEST_NORM_SQ, _LARGEST_NORM_SQ = 1e-80, 1e80


class JobFeatures:
    """
    The features of a job, and what is computed once for all of its resamples.

    A pipeline that begins with CappedPCA keeps the components of all rows: the interval of a
    score is then that of the score of given components (see ModelSelector).
    """

    def __init__(self, features):
        self.features = features
        self._projections: dict = {}
        # Of all rows: what metrics see, and results that do not depend on labels. No
        # ResampleFeatures, which would be a cycle and keep a pool in memory.
        self._whole: dict = {"taken": {}, "memo": {}}

    def take(self, resample):
        """Return the features of a resample."""
        if resample.rows is None:
            return ResampleFeatures(self, resample, **self._whole)
        self._whole = {"taken": {}, "memo": {}}  # no shuffle comes after the first resample
        return ResampleFeatures(self, resample)

    def find_cheap(self, metrics):
        """Name the metrics that other labels cost little, once they have scored the features."""
        return [name for name, metric in metrics.items() if self._is_cheap(metric)]

    def _is_cheap(self, metric):
        if _takes_subsets(metric):
            return self.shared is not None
        # On a few components the metrics that read features in blocks are quick.
        return _begins_with_components(metric) and get_tags(metric[-1]).array_api_support

    @cached_property
    def shared(self):
        """The features as SharedRows, None where each resample needs a copy of its rows."""
        is_frame = hasattr(self.features, "to_numpy")
        return _share(self.features.to_numpy() if is_frame else self.features)

    def project(self, pca):
        """Return the rows on the components of a CappedPCA, as SharedRows where they can be."""
        key = joblib.hash(pca.get_params())
        if key not in self._projections:
            projected = clone(pca).fit_transform(self.features)
            self._projections[key] = _share(projected) or projected
        return self._projections[key]


class ResampleFeatures:
    """What the metrics see of one resample; what several of them see is made once."""

    def __init__(self, job_features, resample, taken=None, memo=None):
        self._job, self.memo = job_features, memo
        self._rows, self._cells = resample.rows, resample.cells
        self._taken = {} if taken is None else taken

    @property
    def original(self):
        """The rows before any step."""
        return self._once(self._job.features)

    def of(self, metric):
        """Return what is left of a metric behind steps that are done, and the features it sees."""
        source = self._job.features
        if _takes_subsets(metric) and self._job.shared is not None:
            source = self._job.shared
        elif _begins_with_components(metric):
            source = self._job.project(metric[0])
            metric = metric[1:] if len(metric) > 2 else metric[-1]
            if isinstance(source, SharedRows) and not _takes_subsets(metric):
                source = source.X
        return metric, self._once(source)

    def _once(self, source):
        """Return these rows of a source; each time the same object, for what is memoized by it."""
        if id(source) not in self._taken:
            if isinstance(source, SharedRows):
                taken = source.take(self._rows, self._cells)
            else:
                taken = take_rows(source, self._rows)
            self._taken[id(source)] = taken
        return self._taken[id(source)]


def _share(features):
    """Return SharedRows of finite NumPy features, None of others: these are looked at each time."""
    if not isinstance(features, np.ndarray) or features.dtype.kind not in "biuf":
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        norm_sq = ChunkedMatrix(features).norm_sq()
    is_safe = _SMALLEST_NORM_SQ < norm_sq < _LARGEST_NORM_SQ
    return SharedRows(features) if is_safe else None


def _takes_subsets(metric):
    return isinstance(metric, BaseMetric) and get_tags(metric).row_subsets


def _begins_with_components(metric):
    """Whether a metric is a pipeline that begins with CappedPCA and ends in a metric."""
    return (
        isinstance(metric, Pipeline)
        and len(metric) > 1
        and type(metric[0]) is CappedPCA
        and isinstance(metric[-1], BaseMetric)
    )
