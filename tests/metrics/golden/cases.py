"""Deterministic labelled feature sets for golden tests of transferability metrics.

Everything is derived from ``numpy.random.Generator(PCG64(seed)).random()`` (53-bit
uniforms) by element-wise IEEE operations only (no BLAS, no transcendental function
except where the result is rounded to a coarse grid), and is finally rounded to a
multiple of 2**-14.  Inputs are therefore bit-identical on every platform and are
exactly representable in float32 as long as |x| < 1024.

    get(name) -> Case(X, y, kind, probs, Xsrc, ysrc, general, notes, ...)
    checksums() -> {name: {"X": sha256, ...}}
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

GRID_BITS = 14


# ----------------------------------------------------------------- primitives
def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def bell(rng: np.random.Generator, shape) -> np.ndarray:
    """Near-normal variate with exact arithmetic: sum of 12 uniforms minus 6."""
    s = np.zeros(shape)
    for _ in range(12):
        s += rng.random(shape)
    return s - 6.0


def grid(a: np.ndarray, bits: int = GRID_BITS) -> np.ndarray:
    k = float(2**bits)
    return np.ascontiguousarray(np.rint(a * k) / k)


def mix_columns(a: np.ndarray) -> np.ndarray:
    """Make columns correlated with element-wise operations only."""
    d = a.shape[1]
    for shift, w in ((1, 0.5), (7, -0.375), (29, 0.25)):
        if shift < d:
            a = a + w * np.roll(a, shift, axis=1)
    return a


def shuffled_labels(rng: np.random.Generator, counts) -> np.ndarray:
    y = np.repeat(np.arange(len(counts)), counts)
    return y[np.argsort(rng.random(y.size), kind="stable")].astype(np.int64)


def balanced(n: int, c: int):
    return [n // c + (1 if i < n % c else 0) for i in range(c)]


def decay(d: int, half: float) -> np.ndarray:
    """column scales 1/sqrt(1 + j/half): IEEE exact on every platform"""
    return 1.0 / np.sqrt(1.0 + np.arange(d) / half)


def blobs(seed, counts, d, sep, half, scale=1.0, offset=0.0, active=None):
    """Gaussian-like classes.  ``active`` columns carry the class signal."""
    rng = _rng(seed)
    y = shuffled_labels(rng, counts)
    c = len(counts)
    z = bell(rng, (y.size, d))
    mu = bell(rng, (c, d))
    if active is not None:
        mu[:, active:] = 0.0
    X = mix_columns((z + sep * mu[y]) * decay(d, half)[None, :]) * scale + offset
    return grid(X), y


def source_probs(seed, y, s, sharp, noise, zero_cols=0):
    """'Source model' softmax rows correlated with y; exact after rounding.

    Unnormalised weights are rounded to 2**-20, so their sum is exact and the one
    division per entry is the only rounding.  ``zero_cols`` columns are exactly 0."""
    rng = _rng(seed)
    c = int(y.max()) + 1
    proto = bell(rng, (c, s))
    logits = grid(sharp * proto[y] + noise * bell(rng, (y.size, s)), 10)
    logits = logits - logits.max(axis=1, keepdims=True)
    w = np.maximum(grid(np.exp(logits), 20), 2.0**-20)
    if zero_cols:
        w[:, s - zero_cols :] = 0.0
    return w / w.sum(axis=1, keepdims=True)


# ----------------------------------------------------------------- cases
@dataclass
class Case:
    name: str
    kind: str  # classification | regression | multilabel | probs
    X: np.ndarray
    y: np.ndarray
    probs: np.ndarray | None = None  # source-model softmax output on the target set
    general: np.ndarray | None = None  # PED "general" (ImageNet) features
    Xsrc: np.ndarray | None = None  # source features (OTCE, EMD, IDS, ...)
    ysrc: np.ndarray | None = None
    notes: str = ""
    tags: tuple = field(default_factory=tuple)


_BUILDERS: dict[str, Callable[[], Case]] = {}


def case(fn):
    _BUILDERS[fn.__name__] = fn
    return fn


def _general(seed, X):
    rng = _rng(seed)
    d = X.shape[1]
    return grid(mix_columns(bell(rng, (300, d)) * decay(d, 40.0)) * 0.75 + 0.125)


@case
def small():
    X, y = blobs(101, balanced(60, 3), 8, 0.9, 8.0)
    return Case(
        "small",
        "classification",
        X,
        y,
        general=_general(901, X),
        probs=source_probs(801, y, 12, 0.8, 0.8),
        notes="n=60 d=8 c=3; top eigenvalues small -> SA inactive; d<64 -> NCTI impossible",
    )


@case
def tiny_sa():
    X, y = blobs(102, [5, 4, 3], 4, 3.0, 4.0, scale=2.0)
    return Case(
        "tiny_sa",
        "classification",
        X,
        y,
        notes="n=12 d=4 c=3: whole spread/attract arrays are stored",
    )


@case
def many_classes():
    X, y = blobs(104, balanced(2000, 100), 256, 0.8, 20.0, scale=1.5)
    return Case(
        "many_classes",
        "classification",
        X,
        y,
        general=_general(904, X),
        probs=source_probs(804, y, 50, 0.9, 0.6),
        notes="n=2000 d=256 c=100",
    )


@case
def rank_deficient():
    X, y = blobs(106, balanced(400, 6), 32, 0.6, 16.0)
    zero = np.zeros((400, 16))
    combo = grid(0.5 * X[:, :16] - 0.25 * X[:, 16:32])
    Xd = np.ascontiguousarray(np.concatenate([X, X, combo, zero], axis=1))
    return Case(
        "rank_deficient",
        "classification",
        Xd,
        y,
        notes="d=96 but rank 32 (+rounding of the 16 linear combinations): 32 duplicated, 16 combined, 16 zero columns",
    )


@case
def rank_deficient_exact():
    X, y = blobs(106, balanced(400, 6), 32, 0.6, 16.0)
    Xd = np.ascontiguousarray(np.concatenate([X, X, np.zeros((400, 16))], axis=1))
    return Case(
        "rank_deficient_exact",
        "classification",
        Xd,
        y,
        notes="d=80, rank exactly 32: duplicated + zero columns",
    )


@case
def imbalanced():
    X, y = blobs(108, [300, 150, 40, 8, 2], 64, 0.6, 16.0, scale=1.25)
    return Case(
        "imbalanced",
        "classification",
        X,
        y,
        general=_general(908, X),
        probs=source_probs(808, y, 20, 0.8, 0.8),
        notes="class counts 300/150/40/8/2",
    )


def _labels_base():
    return blobs(110, balanced(240, 3), 20, 0.7, 10.0)


@case
def labels_contiguous():
    X, y = _labels_base()
    return Case(
        "labels_contiguous",
        "classification",
        X,
        y,
        probs=source_probs(810, y, 15, 0.8, 0.8),
        general=_general(910, X),
        notes="reference for the labels_* variants: same X, labels 0,1,2",
    )


@case
def labels_gap():
    X, y = _labels_base()
    return Case(
        "labels_gap",
        "classification",
        X,
        np.array([0, 2, 5])[y],
        probs=source_probs(810, y, 15, 0.8, 0.8),
        general=_general(910, X),
        notes="same X as labels_contiguous, labels 0,2,5",
    )


@case
def labels_negative():
    X, y = _labels_base()
    return Case(
        "labels_negative",
        "classification",
        X,
        y - 1,
        probs=source_probs(810, y, 15, 0.8, 0.8),
        general=_general(910, X),
        notes="same X as labels_contiguous, labels -1,0,1",
    )


@case
def labels_string():
    X, y = _labels_base()
    return Case(
        "labels_string",
        "classification",
        X,
        np.array(["ant", "bee", "cat"])[y],
        probs=source_probs(810, y, 15, 0.8, 0.8),
        general=_general(910, X),
        notes="same X as labels_contiguous, labels 'ant','bee','cat'",
    )


@case
def labels_onebased():
    X, y = _labels_base()
    return Case(
        "labels_onebased",
        "classification",
        X,
        y + 1,
        probs=source_probs(810, y, 15, 0.8, 0.8),
        general=_general(910, X),
        notes="same X as labels_contiguous, labels 1,2,3",
    )


def _scale_base():
    return blobs(112, balanced(500, 5), 64, 0.5, 16.0)


@case
def scale_unit():
    X, y = _scale_base()
    return Case(
        "scale_unit",
        "classification",
        X,
        y,
        general=_general(912, X),
        notes="reference for scale_large / scale_small / float32",
    )


@case
def scale_large():
    X, y = _scale_base()
    return Case("scale_large", "classification", X * 1e4, y, notes="scale_unit * 1e4")


@case
def scale_small():
    X, y = _scale_base()
    return Case("scale_small", "classification", X * 1e-4, y, notes="scale_unit * 1e-4")


@case
def separable():
    X, y = blobs(114, balanced(300, 3), 16, 6.0, 8.0, scale=2.0)
    return Case(
        "separable",
        "classification",
        X,
        y,
        notes="perfectly separated classes (overflow / log(0) probe)",
    )


@case
def noise():
    X, y = blobs(115, balanced(300, 3), 16, 0.0, 8.0)
    return Case("noise", "classification", X, y, notes="labels independent of X (chance level)")


@case
def regression():
    rng = _rng(116)
    X = grid(mix_columns(bell(rng, (400, 32)) * decay(32, 8.0)))
    Y = grid(
        np.stack(
            [
                X[:, 0] + 0.5 * X[:, 3] + 0.5 * bell(rng, 400),
                X[:, 1] * 2.0 - X[:, 2] + 2.0 * bell(rng, 400),
                bell(rng, 400),
            ],
            axis=1,
        )
    )
    return Case("regression", "regression", X, Y, notes="3 outputs, the third is pure noise")


@case
def multilabel():
    rng = _rng(117)
    X = grid(mix_columns(bell(rng, (400, 32)) * decay(32, 8.0)))
    cols = [
        (X[:, j] + 0.75 * bell(rng, 400) > t)
        for j, t in enumerate((0.0, 0.5, 1.0, -0.5, 0.25, 1.75))
    ]
    return Case(
        "multilabel",
        "multilabel",
        X,
        np.stack(cols, axis=1).astype(np.int64),
        notes="6 binary labels",
    )


@case
def probs_plain():
    rng = _rng(118)
    y = shuffled_labels(rng, balanced(800, 10))
    X, _ = blobs(119, balanced(800, 10), 16, 0.5, 8.0)
    return Case(
        "probs_plain",
        "probs",
        X,
        y,
        probs=source_probs(818, y, 50, 1.0, 0.8),
        notes="n=800, 50 source classes, 10 target classes",
    )


@case
def probs_zero_column():
    rng = _rng(118)
    y = shuffled_labels(rng, balanced(800, 10))
    X, _ = blobs(119, balanced(800, 10), 16, 0.5, 8.0)
    return Case(
        "probs_zero_column",
        "probs",
        X,
        y,
        probs=source_probs(818, y, 50, 1.0, 0.8, zero_cols=3),
        notes="3 source classes have probability exactly 0 for every sample (0/0 in P(y|z))",
    )


@case
def probs_onehot():
    rng = _rng(120)
    y = shuffled_labels(rng, balanced(300, 4))
    X, _ = blobs(121, balanced(300, 4), 16, 0.5, 8.0)
    p = source_probs(820, y, 9, 1.0, 0.8)
    hard = np.zeros_like(p)
    hard[np.arange(300), p.argmax(axis=1)] = 1.0
    return Case(
        "probs_onehot",
        "probs",
        X,
        y,
        probs=hard,
        notes="one-hot source output: LEEP must equal NCE",
    )


@case
def source_target():
    Xs, ys = blobs(122, balanced(120, 4), 24, 0.8, 12.0)
    Xt, yt = blobs(123, balanced(120, 3), 24, 0.8, 12.0)
    return Case(
        "source_target",
        "classification",
        Xt,
        yt,
        Xsrc=Xs,
        ysrc=ys,
        notes="equal-sized source and target sets for OTCE / EMD / IDS / JC-NCE / RSA / DDS",
    )


NAMES = list(_BUILDERS)


def get(name: str) -> Case:
    return _BUILDERS[name]()


def digest(a: np.ndarray) -> str:
    a = np.ascontiguousarray(a)
    h = hashlib.sha256()
    h.update(str(a.dtype).encode())
    h.update(str(a.shape).encode())
    h.update(a.tobytes())
    return h.hexdigest()


def checksums() -> dict:
    out = {}
    for nm in NAMES:
        c = get(nm)
        out[nm] = {
            f: digest(getattr(c, f))
            for f in ("X", "y", "probs", "general", "Xsrc", "ysrc")
            if getattr(c, f) is not None
        }
    return out


if __name__ == "__main__":
    for nm in NAMES:
        c = get(nm)
        S = np.linalg.eigvalsh(np.cov(c.X.astype(float), rowvar=False))[::-1]
        print(
            f"{nm:22s} {str(c.X.shape):12s} {c.X.dtype} classes={len(np.unique(c.y)) if c.kind != 'regression' else '-'} "
            f"top2={S[:2].mean():.4g} zeros={np.mean(c.X == 0):.2f} max={np.abs(c.X).max():.4g} {digest(c.X)[:12]}"
        )
