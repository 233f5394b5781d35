"""What is timed, by name: every metric, the perturbations, the pipeline, and peers."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import softmax
from sklearn.decomposition import PCA

import skperturb
from benchmarks.peers import peers
from skperturb import metrics

_ON_POSTERIORS = ("LEEP", "NCE")
# More would take minutes, or all the memory.
_MOST_CLASSES = {"NLEEP": 10, "PACTranGaussian": 100}
_MOST_SAMPLES = {"PARC": 5_000, "NLEEP": 10_000, "PACTranGaussian": 20_000}


class Workload(NamedTuple):
    """A call of (X, y), what turns the features into its `X` beforehand, and its limits."""

    call: Callable
    prepare: Callable = np.asarray
    most_samples: float = np.inf
    most_classes: float = np.inf

    @property
    def estimator(self):
        """The estimator whose method is called; None for a plain function."""
        return getattr(self.call, "__self__", None)

    def takes(self, shape):
        """Whether data of that shape are not too large."""
        return shape.n_samples <= self.most_samples and shape.n_classes <= self.most_classes


def is_peer(name):
    """Whether a workload is someone else's code."""
    return name.startswith("peer")


def workloads():
    """Return what is timed, by name: ours, then peers."""
    return our_workloads() | peer_workloads()


def our_workloads():
    """Return the workloads of this package: all metrics and perturbations, and a pipeline."""
    public = [getattr(metrics, name) for name in metrics.__all__]
    estimators = [
        *(each() for each in public if _is_metric(each)),
        *(skperturb.Spread(), skperturb.Attract(), skperturb.Repel(), skperturb.CappedPCA()),
    ]
    named = {type(estimator).__name__: estimator for estimator in estimators}
    named["make_perturbed(LogME)"] = skperturb.make_perturbed(metrics.LogME())
    return {name: _estimator_workload(name, estimator) for name, estimator in named.items()}


def peer_workloads():
    """Return the workloads of others: scikit-learn's PCA, and the peers that are installed."""
    calls = {"PCA(64)": (PCA(64, random_state=0).fit_transform,)} | peers()
    return {f"peer: {name}": Workload(*call) for name, call in calls.items()}


def _is_metric(cls):
    return issubclass(cls, metrics.BaseMetric) and not inspect.isabstract(cls)


def _estimator_workload(name, estimator):
    """Workload of an estimator: `fit_transform` of transformers, else `fit`."""
    is_transformer = hasattr(estimator, "transform") and hasattr(estimator, "fit_transform")
    return Workload(
        estimator.fit_transform if is_transformer else estimator.fit,
        _posteriors if name in _ON_POSTERIORS else np.asarray,
        _MOST_SAMPLES.get(name, np.inf),
        _MOST_CLASSES.get(name, np.inf),
    )


def _posteriors(X):
    return softmax(X, axis=1)
