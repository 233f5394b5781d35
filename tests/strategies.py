"""How Hypothesis draws labelled features."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def labelled_features(draw, *, max_samples=40, max_features=12, max_classes=5, min_count=2):
    """Draw `(X, y)`: classes around their own means, every class with `min_count` rows.

    Values come from a seeded generator, so ties have probability zero; shapes, class
    counts, separation, offset, scale and dead or doubled columns are Hypothesis's.
    """
    n_classes = draw(st.integers(2, max_classes))
    extra = max_samples - min_count * n_classes
    n_samples = min_count * n_classes + draw(st.integers(max(0, 8 - min_count * n_classes), extra))
    n_features = draw(st.integers(1, max_features))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = np.concatenate(
        [
            np.repeat(np.arange(n_classes), min_count),
            rng.integers(n_classes, size=n_samples - min_count * n_classes),
        ]
    )
    rng.shuffle(codes)
    separation = draw(st.sampled_from([0.0, 1.0, 10.0]))
    means = separation * rng.standard_normal((n_classes, n_features))
    X = means[codes] + rng.standard_normal((n_samples, n_features))
    X = (X + draw(st.sampled_from([0.0, 5.0]))) * draw(st.sampled_from([1e-4, 1.0, 1e4]))
    if n_features > 2 and draw(st.booleans()):
        X[:, 0], X[:, 1] = X[0, 0], X[:, 2]  # a dead feature, and one that is doubled
    return X, codes


@st.composite
def repeated_rows(draw):
    """Draw `(X, y)` of few distinct rows: duplicates, one-hot rows, or numbers on a coarse grid.

    Distances tie, variances are equal, and classes meet in the same row.
    """
    kind = draw(st.sampled_from(["duplicates", "one-hot", "balanced one-hot", "grid"]))
    n_features = draw(st.integers(2, 24))
    n_samples = n_features * draw(st.integers(2, 5)) + 16
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "duplicates":
        distinct = rng.standard_normal((draw(st.integers(2, 12)), n_features))
        X = distinct[rng.integers(0, len(distinct), n_samples)] * draw(st.sampled_from([1e-4, 3.0]))
    elif kind == "grid":
        X = rng.integers(0, 3, (n_samples, n_features)).astype(float)
    else:
        numbers = np.arange(n_samples - n_samples % n_features) % n_features
        X = np.eye(n_features)[rng.permutation(numbers) if kind == "one-hot" else numbers]
        if kind == "one-hot":
            X = X[rng.integers(0, len(X), len(X))]
    y = rng.permutation(np.arange(len(X)) % draw(st.integers(2, 4)))
    return X + draw(st.sampled_from([0.0, 5.0])), y


def orthogonal_matrix(n_features, seed=0):
    """Return a random rotation or reflection."""
    normal = np.random.default_rng(seed).standard_normal((n_features, n_features))
    return np.linalg.qr(normal)[0]
