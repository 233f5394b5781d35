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


def parse_shape(text):
    """Read a shape as the command line gives it, ``N,D,C``."""
    return Shape(*map(int, text.split(",")))


SHAPES = (
    Shape(5_000, 512, 10),
    Shape(10_000, 2_048, 100),
    Shape(50_000, 768, 20),
    Shape(2_000, 4_096, 50),
)
SMALLEST = Shape(300, 64, 5)
_ROWS_AT_ONCE = 5_000  # of a memory map, which memory may not hold as float64


def labelled_features(shape, dtype=np.float64):
    """Return features around weak class means, with a decaying spectrum, and labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(shape.n_samples) % shape.n_classes
    return _draw_features(rng, _draw_means(rng, shape), codes, dtype), codes


def mapped_features(path, shape, dtype):
    """Write such features to a file, and return them as a memory map, and labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(shape.n_samples) % shape.n_classes
    means = _draw_means(rng, shape)
    written = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape[:2])
    for start in range(0, shape.n_samples, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        written[rows] = _draw_features(rng, means, codes[rows], dtype)
    written.flush()
    return np.load(path, mmap_mode="r"), codes


def _draw_means(rng, shape):
    return rng.standard_normal((shape.n_classes, shape.n_features)) / 4


def _draw_features(rng, means, codes, dtype):
    """Draw a row around the mean of each code."""
    n_features = means.shape[1]
    X = rng.standard_normal((len(codes), n_features))
    X += means[codes]
    X /= np.sqrt(1.0 + np.arange(n_features) / 10)
    if np.issubdtype(dtype, np.integer):
        X = np.clip(np.rint(32 * X), -127, 127)  # a few bits of every feature
    return X.astype(dtype, copy=False)
