"""The data that is timed: labelled features of a given shape, the same on every machine."""

from typing import NamedTuple

import numpy as np


class Shape(NamedTuple):
    """Numbers of samples, features and classes."""

    n_samples: int
    n_features: int
    n_classes: int

    def __str__(self):
        return f"n = {self.n_samples:,}, d = {self.n_features:,}, C = {self.n_classes:,}"


SHAPES = (
    Shape(5_000, 512, 10),
    Shape(10_000, 2_048, 100),
    Shape(50_000, 768, 20),
    Shape(2_000, 4_096, 50),
)
SMALLEST = Shape(300, 64, 5)


def labelled_features(shape, dtype=np.float64):
    """Return features around weak class means, with a decaying spectrum, and labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(shape.n_samples) % shape.n_classes
    means = rng.standard_normal((shape.n_classes, shape.n_features)) / 4
    X = rng.standard_normal((shape.n_samples, shape.n_features))
    X += means[codes]
    X /= np.sqrt(1.0 + np.arange(shape.n_features) / 10)
    return X.astype(dtype, copy=False), codes
