"""Eigenvectors in factors, against spectra that are known beforehand and in more digits."""

import numpy as np
import pytest
from scipy.linalg import LinAlgError, lapack

from skperturb._backend import NUMPY
from skperturb._backend.tridiagonal import eigh_in_factors, factors_pay
from skperturb._memoize import use_memo
from skperturb._row_subset import SharedRows
from skperturb.metrics import HScore, LogME

_EPS = np.finfo(np.float64).eps
_SPECTRA = {
    "distinct": lambda size: np.linspace(1.0, 2.0, size),
    "graded": lambda size: np.logspace(-12, 0, size),
    "steep": lambda size: np.logspace(-300, 0, size),
    "repeated": lambda size: np.repeat(np.arange(1.0, 1.0 + size), 3)[:size],
    "equal": np.ones,
    "nearly equal": lambda size: 1.0 + _EPS * np.arange(size),
    "rank deficient": lambda size: np.linspace(-1.0, 1.0, size).clip(0.0),
    "of rank one": lambda size: np.eye(size)[-1],
    "zero": np.zeros,
}

needs_divide_and_conquer = pytest.mark.skipif(
    not hasattr(lapack, "dstevd"), reason="SciPy before 1.16 does not wrap LAPACK's dstevd"
)
every_spectrum = pytest.mark.parametrize("kind", _SPECTRA)
every_size = pytest.mark.parametrize("size", [2, 3, 31, 32, 33, 34, 100])


def known_matrix(eigenvalues, seed=0):
    """A matrix with these eigenvalues and its eigenvectors, in more digits where there are."""
    rng, size = np.random.default_rng(seed), len(eigenvalues)
    vectors = np.eye(size, dtype=np.longdouble)
    for _ in range(3):
        v = rng.standard_normal(size).astype(np.longdouble)
        vectors -= np.outer(v, v @ vectors) * (2 / (v @ v))
    matrix = (vectors * eigenvalues) @ vectors.T
    return np.asfortranarray(matrix, dtype=np.float64), vectors


def smoothed_products(eigenvalues, coordinates, ratio):
    """B' t (A + t I)^-1 B, which does not depend on the choice among equal eigenvectors."""
    products = coordinates.T @ (coordinates * (ratio / (ratio + eigenvalues))[:, None])
    return products.astype(np.float64)


@needs_divide_and_conquer
@every_size
@every_spectrum
def test_eigenvalues_and_coordinates_are_those_of_the_matrix(kind, size):
    expected = _SPECTRA[kind](size)
    gram, known = known_matrix(expected)
    B = np.random.default_rng(1).standard_normal((size, 3))
    eigenvalues, vectors = eigh_in_factors(gram)
    found, known = vectors.coordinates(B), known.T @ B
    largest, tolerance = expected.max(), 20 * size**0.5 * _EPS
    assert np.all(eigenvalues >= 0.0)
    np.testing.assert_allclose(eigenvalues, expected, rtol=0, atol=tolerance * largest)
    for ratio in (1e-3, 1.0, 1e3):
        np.testing.assert_allclose(
            smoothed_products(eigenvalues, found, ratio),
            smoothed_products(expected, known, ratio),
            rtol=0,
            atol=tolerance * np.sum(B**2) * (1.0 + largest / ratio),
        )


@needs_divide_and_conquer
@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e150])
def test_coordinates_are_those_of_the_eigenvectors(scale):
    """Of distinct eigenvalues each is determined but for its sign."""
    gram, known = known_matrix(np.linspace(1.0, 2.0, 40))
    B = np.random.default_rng(1).standard_normal((40, 5))
    eigenvalues, vectors = eigh_in_factors(np.asfortranarray(scale * gram))
    np.testing.assert_allclose(eigenvalues / scale, np.linspace(1.0, 2.0, 40), rtol=1e-13)
    expected = np.abs(known.T @ B).astype(float)
    np.testing.assert_allclose(np.abs(vectors.coordinates(B)), expected, rtol=0, atol=1e-12)


@needs_divide_and_conquer
def test_a_matrix_that_nobody_may_write_to_stays_as_it_is():
    gram, _ = known_matrix(np.arange(1.0, 8.0))
    kept, B = gram.copy(), np.arange(14.0).reshape(7, 2)
    gram.flags.writeable = B.flags.writeable = False
    _, vectors = eigh_in_factors(gram)
    np.testing.assert_array_equal(gram, kept)
    np.testing.assert_array_equal(vectors.coordinates(B), vectors.coordinates(B))
    np.testing.assert_array_equal(vectors.coordinates(B.astype(int)), vectors.coordinates(B))


@needs_divide_and_conquer
def test_factors_are_for_few_columns():
    assert factors_pay(20, 10)
    assert not factors_pay(20, 11)
    assert not factors_pay(1, 1)


def test_without_divide_and_conquer_there_are_no_factors(monkeypatch):
    monkeypatch.delattr(lapack, "dstevd", raising=False)
    assert not factors_pay(20, 2)


def test_a_decomposition_that_fails_says_so(monkeypatch):
    def failing(diagonal, off_diagonal, **unused):
        return diagonal, np.eye(len(diagonal)), 3

    monkeypatch.setattr(lapack, "dstevd", failing, raising=False)
    with pytest.raises(LinAlgError, match="must find all eigenvalues, got info 3; scale the"):
        eigh_in_factors(np.eye(5, order="F"))


@needs_divide_and_conquer
@pytest.mark.parametrize("metric", [LogME(), HScore(shrinkage=None)], ids=str)
@pytest.mark.parametrize("shape", [(30, 70), (70, 30)], ids=["wide", "tall"])
@pytest.mark.parametrize("rank", [5, 30])
def test_factors_score_as_eigenvectors_do(metric, shape, rank, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((shape[0], rank)) @ rng.standard_normal((rank, shape[1]))
    y = np.arange(len(X)) % 3
    score = metric.fit(X, y).score_
    monkeypatch.setattr(type(NUMPY), "factors_pay", staticmethod(lambda *_: False))
    assert score == pytest.approx(metric.fit(X, y).score_, rel=1e-12)


@pytest.fixture
def decompositions(monkeypatch):
    """Names of the decompositions of a Gram matrix, in the order in which they are computed."""
    names = []

    def watch(name):
        own = getattr(NUMPY, name)

        def watched(*args):
            names.append(name)
            return own(*args)

        monkeypatch.setattr(type(NUMPY), name, staticmethod(watched))

    for name in ("eigh", "eigh_in_factors"):
        watch(name)
    return names


@needs_divide_and_conquer
def test_metrics_share_factors_and_labels_share_eigenvectors(decompositions):
    """Of some rows there is one set of labels; of all rows there are shuffled ones, too."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 60)), np.arange(40) % 3
    shared, some = SharedRows(X), np.arange(30)
    with use_memo({}):
        rows = shared.take(some)
        for metric in (LogME(), LogME(tol=1e-9)):
            metric.fit(rows, y[some])
    assert decompositions == ["eigh_in_factors"]
    with use_memo({}):
        rows = shared.take(None)
        for _ in range(3):
            LogME().fit(rows, rng.permutation(y))
    assert decompositions == ["eigh_in_factors", "eigh"]
    LogME().fit(X, np.arange(40) // 2)  # as many columns as half of the rows
    LogME().fit(X, rng.standard_normal((40, 21)))
    assert decompositions[2:] == ["eigh_in_factors", "eigh"]
