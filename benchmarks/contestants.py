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
from skperturb import Attract, CappedPCA, Repel, Spread

_ON_POSTERIORS = ("LEEP", "NCE")
# More would take minutes, or all the memory.
_MOST_CLASSES = {"NLEEP": 10, "PACTranGaussian": 100}
_MOST_SAMPLES = {"PARC": 5_000, "NLEEP": 10_000, "PACTranGaussian": 20_000}


class Contestant(NamedTuple):
    """A call of (X, y), what turns the features into its `X` beforehand, and its limits."""

    call: Callable
    prepare: Callable = np.asarray
    most_samples: float = np.inf
    most_classes: float = np.inf

    def takes(self, shape):
        """Whether data of that shape are not too large."""
        return shape.n_samples <= self.most_samples and shape.n_classes <= self.most_classes


def contestants():
    """Return what is timed, by name: ours, then peers."""
    public = [getattr(metrics, name) for name in metrics.__all__]
    scorers = [
        each()
        for each in public
        if issubclass(each, metrics.BaseMetric) and not inspect.isabstract(each)
    ]
    others = [Spread(), Attract(), Repel(), CappedPCA()]
    estimators = {type(each).__name__: each for each in [*scorers, *others]} | {
        "make_perturbed(LogME)": skperturb.make_perturbed(metrics.LogME()),
    }
    ours = {name: _ours(name, each) for name, each in estimators.items()}
    scikit_learn = {"peer: PCA(64)": Contestant(PCA(64, random_state=0).fit_transform)}
    theirs = {f"peer: {name}": Contestant(*call) for name, call in peers().items()}
    return ours | scikit_learn | theirs


def _ours(name, estimator):
    """Contestant of one of our estimators: `fit_transform` of transformers, else `fit`."""
    moves = hasattr(estimator, "transform") and hasattr(estimator, "fit_transform")
    return Contestant(
        estimator.fit_transform if moves else estimator.fit,
        _posteriors if name in _ON_POSTERIORS else np.asarray,
        _MOST_SAMPLES.get(name, np.inf),
        _MOST_CLASSES.get(name, np.inf),
    )


def _posteriors(X):
    return softmax(X, axis=1)
