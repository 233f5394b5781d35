"""Rank pre-trained models by how well they will transfer, with feature perturbation."""

from importlib import import_module
from typing import TYPE_CHECKING

from skperturb._version import __version__ as __version__

if TYPE_CHECKING:
    from skperturb.decomposition import CappedPCA
    from skperturb.perturbation import Attract, Repel, Spread, make_perturbed
    from skperturb.prediction import AccuracyPredictor, History
    from skperturb.selection import (
        FeatureSets,
        HalvingModelSelector,
        ModelSelector,
        consensus_metrics,
    )

__all__ = [
    "AccuracyPredictor",
    "Attract",
    "CappedPCA",
    "FeatureSets",
    "HalvingModelSelector",
    "History",
    "ModelSelector",
    "Repel",
    "Spread",
    "consensus_metrics",
    "make_perturbed",
]

_HOMES = {
    "decomposition": ("CappedPCA",),
    "perturbation": ("Attract", "Repel", "Spread", "make_perturbed"),
    "prediction": ("AccuracyPredictor", "History"),
    "selection": ("FeatureSets", "HalvingModelSelector", "ModelSelector", "consensus_metrics"),
}
_PACKAGES = (*_HOMES, "datasets", "evaluation", "extraction", "metrics", "plotting")


def __getattr__(name):
    """Import a name when it is first asked for: the command shows its help without SciPy."""
    if name in _PACKAGES:
        return import_module(f"skperturb.{name}")
    for package, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"skperturb.{package}"), name)
            globals()[name] = value
            return value
    msg = f"module 'skperturb' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__():
    return sorted([*globals(), *__all__, *_PACKAGES])
