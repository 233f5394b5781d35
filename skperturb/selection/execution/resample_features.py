"""Features of resamples: rows of one feature set, with what all of them share of the work."""

from functools import cached_property

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skperturb._chunked import ChunkedMatrix
from skperturb._row_subset import SharedRows
from skperturb.decomposition import CappedPCA
from skperturb.metrics import BaseMetric
from skperturb.selection.features.loader import take_rows

_LARGEST_NORM_SQ = 1e80  # of features whose products are taken without a look at their scale


class JobFeatures:
    """
    The features of a job, and what is computed once for all of its resamples.

    A pipeline that begins with CappedPCA keeps the components of all rows: the interval of a
    score is then that of the score of given components (see ModelSelector).
    """

    def __init__(self, features):
        self.features = features
        self._projections: dict = {}

    def take(self, rows):
        """Return the features of a resample; all of them for None."""
        return ResampleFeatures(self, rows)

    @cached_property
    def shared(self):
        """The features as SharedRows, None where each resample needs a copy of its rows."""
        return _share(self.features)

    def project(self, pca):
        """Return the rows on the components of a CappedPCA as SharedRows."""
        key = joblib.hash(pca.get_params())
        if key not in self._projections:
            self._projections[key] = SharedRows(clone(pca).fit_transform(self.features))
        return self._projections[key]


class ResampleFeatures:
    """What the metrics see of one resample; what several of them see is made once."""

    def __init__(self, job_features, rows):
        self._job, self._rows = job_features, rows
        self._taken: dict = {}

    def of(self, metric):
        """Return what is left of a metric behind steps that are done, and the features it sees."""
        job, rows = self._job, self._rows
        if rows is None:
            return metric, job.features
        if isinstance(metric, BaseMetric) and job.shared is not None:
            return metric, self._once(job.shared)
        if _begins_with_components(metric) and job.shared is not None:
            rest = metric[1:] if len(metric) > 2 else metric[-1]
            return rest, self._once(job.project(metric[0]), copied=len(metric) > 2)
        return metric, self._once(job.features)

    def _once(self, source, copied=False):
        """Return these rows of a source; each time the same object, for what is memoized by it."""
        key = id(source), copied
        if key not in self._taken:
            is_shared = isinstance(source, SharedRows)
            taken = source.take(self._rows) if is_shared else take_rows(source, self._rows)
            self._taken[key] = np.asarray(taken) if copied else taken
        return self._taken[key]


def _share(features):
    """Return SharedRows of finite NumPy features, None of others: these are looked at each time."""
    if not isinstance(features, np.ndarray) or features.dtype.kind not in "biuf":
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        norm_sq = ChunkedMatrix(features).norm_sq()
    return SharedRows(features) if norm_sq < _LARGEST_NORM_SQ else None


def _begins_with_components(metric):
    """Whether a metric is a pipeline that begins with CappedPCA and ends in a metric."""
    return isinstance(metric, Pipeline) and len(metric) > 1 and type(metric[0]) is CappedPCA
