"""Hashing: a digest tells contents apart, and nothing else."""

import hashlib
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from feature_files import features_and_rows, written
from skperturb.selection.features import hashing
from skperturb.selection.features.hashing import content_digest
from skperturb.selection.features.loader import load_features

_X = np.random.default_rng(0).standard_normal((12, 3)).round(1)


def _naive_digest(X):
    X = np.ascontiguousarray(X).astype(X.dtype.newbyteorder("<"))
    head = repr((X.dtype.str, X.shape)).encode()
    return hashlib.blake2b(head + X.tobytes(), digest_size=32).hexdigest()


@given(drawn=features_and_rows(), block=st.integers(1, 200))
def test_a_digest_is_that_of_the_bytes_in_any_layout(drawn, block, tmp_path_factory):
    X, _ = drawn
    path = written("npy", tmp_path_factory.mktemp("drawn"), X)
    wide = np.zeros((2 * len(X), X.shape[1] + 1), X.dtype)
    wide[::2, 1:] = X
    layouts = [X, np.asfortranarray(X), wide[::2, 1:], X.astype(X.dtype.newbyteorder(">"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_BLOCK_BYTES", block)
        digests = {content_digest(each) for each in [*layouts, load_features(path)]}
    assert digests == {_naive_digest(X)}


def _changed():
    X = _X.copy()
    X[7, 2] += 1e-9
    return X


def test_another_content_has_another_digest():
    contents = {
        "as it is": _X,
        "a value": _changed(),
        "type": _X.astype("f4"),
        "order": _X[::-1],
        "shape": _X.reshape(6, 6),
        "one row less": _X[:-1],
        "text": _X.astype(str),
        "objects": _X.astype(object),
        "sparse": sparse.csr_matrix(_X),
        "sparse, a value": sparse.csr_matrix(_changed()),
        "sparse, shape": sparse.csr_matrix(_X.reshape(6, 6)),
        "frame": pd.DataFrame(_X),
        "frame, names": pd.DataFrame(_X, columns=["a", "b", "c"]),
        "frame, a value": pd.DataFrame(_changed()),
        "frame, type": pd.DataFrame(_X).astype({1: "f4"}),
    }
    assert len({content_digest(each) for each in contents.values()}) == len(contents)


def test_sparse_formats_zeros_and_duplicates_do_not_change_a_digest(monkeypatch):
    monkeypatch.setattr(hashing, "_SPARSE_BLOCK", 5)
    X = sparse.random(12, 4, density=0.5, random_state=0).toarray()
    formats = [getattr(sparse, f"{each}_array")(X) for each in ("csr", "csc", "coo", "lil", "dok")]
    rows, columns = np.divmod(np.arange(48), 4)
    zeros_stored = sparse.csr_matrix((X.ravel(), (rows, columns)), shape=X.shape)
    doubled = sparse.coo_array(
        (np.r_[X.ravel(), X.ravel()] / 2, (np.r_[rows, rows], np.r_[columns, columns]))
    )
    digests = {content_digest(each) for each in [*formats, zeros_stored, doubled]}
    assert len(digests) == 1


def test_a_digest_leaves_a_sparse_matrix_as_it_is():
    indices = np.array([2, 0, 1])
    matrix = sparse.csr_matrix((np.array([1.0, 2.0, 0.0]), indices, np.array([0, 2, 3])))
    ordered = sparse.csr_matrix(matrix.toarray())
    assert content_digest(matrix) == content_digest(ordered)
    np.testing.assert_array_equal(matrix.indices, [2, 0, 1])
    assert matrix.nnz == 3


def test_a_digest_of_a_frame_is_that_of_its_columns_and_names():
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": ["x", None], "c": pd.Categorical(["u", "v"])})
    assert content_digest(frame) == content_digest(frame.set_index(pd.Index([7, 8])))
    assert content_digest(frame) != content_digest(frame.assign(b=["x", "y"]))
    assert content_digest(frame) != content_digest(frame.rename(columns={"a": "z"}))
    numbers = pl.DataFrame({"a": [1.5, 2.5], "b": [1, 2]})
    assert content_digest(numbers) == content_digest(numbers.to_pandas())


def test_a_digest_is_the_same_in_every_process():
    code = (
        "import numpy as np, pandas as pd; "
        "from skperturb.selection.features.hashing import content_digest as digest; "
        "X = np.arange(12.).reshape(4, 3); "
        "print(digest(X), digest(pd.DataFrame({'a': ['x', 'y'], 'b': [1, 2]})))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env=dict(os.environ, PYTHONHASHSEED=seed),
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert printed.pop().split()[0] == content_digest(np.arange(12.0).reshape(4, 3))


def test_a_digest_copies_no_more_than_a_block():
    X = np.zeros((4_000_000, 8), order="F")
    tracemalloc.start()
    content_digest(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16e6, f"{peak / 1e6:.0f} MB for an array of 256 MB"
