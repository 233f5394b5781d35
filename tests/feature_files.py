"""How each format of feature files is written, by the libraries that own the formats."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from pyarrow import parquet
from safetensors.numpy import save_file
from scipy import sparse

from skperturb import ModelSelector
from skperturb.metrics import LogME
from skperturb.selection._input_validation import check_target, encode_target
from skperturb.selection.features.loader import load_features


def _npy(path, X):
    np.save(path, X)


def _npy_by_columns(path, X):
    np.save(path, np.asfortranarray(X))


def _npz(path, X):
    np.savez(path, anything=X)


def _npz_among_others(path, X):
    np.savez_compressed(path, labels=np.arange(3), features=X)


def _npz_sparse(path, X):
    sparse.save_npz(path, sparse.csc_matrix(X))


def _parquet_columns(path, X):
    table = pa.table({f"f{i}": pa.array(column) for i, column in enumerate(X.T.copy())})
    parquet.write_table(table, path, row_group_size=3)


def _parquet_lists(path, X):
    table = pa.table({"embedding": pa.array(list(X), pa.list_(pa.from_numpy_dtype(X.dtype)))})
    parquet.write_table(table, path, row_group_size=3)


def _parquet_fixed_lists(path, X):
    flat = pa.array(np.ascontiguousarray(X).reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, X.shape[1])
    parquet.write_table(pa.table({"embedding": column}), path, row_group_size=3)


def _safetensors(path, X):
    save_file({"anything": np.ascontiguousarray(X)}, path)


def _safetensors_among_others(path, X):
    others = {"bias": np.ones(3, "f2"), "head": np.ones((2, 5), "i8")}
    save_file(others | {"X": np.ascontiguousarray(X)}, path, metadata={"model": "a"})


WRITERS = {
    "npy": (".npy", _npy),
    "npy_by_columns": (".npy", _npy_by_columns),
    "npz": (".npz", _npz),
    "npz_among_others": (".npz", _npz_among_others),
    "npz_sparse": (".npz", _npz_sparse),
    "parquet_columns": (".parquet", _parquet_columns),
    "parquet_lists": (".parquet", _parquet_lists),
    "parquet_fixed_lists": (".parquet", _parquet_fixed_lists),
    "safetensors": (".safetensors", _safetensors),
    "safetensors_among_others": (".safetensors", _safetensors_among_others),
}


def written(kind, folder, X, name="features"):
    """Write `X` as that kind of file into the folder and return its path."""
    suffix, write = WRITERS[kind]
    path = folder / f"{name}{suffix}"
    write(path, X)
    return path


def dense(features):
    """Return features as an array, also where they are sparse or a DataFrame."""
    return features.toarray() if sparse.issparse(features) else np.asarray(features)


@st.composite
def features_and_rows(draw):
    """Draw a small matrix of any type of numbers, and some of its rows."""
    dtype = draw(st.sampled_from(["f2", "f4", "f8", "i1", "u1", "i4", "i8"]))
    shape = draw(st.integers(1, 11)), draw(st.integers(1, 4))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = (numbers.standard_normal(shape) * 50).astype("i1").astype(dtype)
    if X.dtype.kind == "f" and draw(st.booleans()):
        X[0, 0] = draw(st.sampled_from([np.nan, np.inf, -0.0]))
    rows = draw(st.sets(st.integers(0, len(X) - 1), min_size=1))
    return X, np.array(sorted(rows))


def assert_refused(path, reason):
    """Expect an error that names the file and gives the reason, with rows and without."""
    for rows in (None, np.array([0, 4, 5, 11])):
        with pytest.raises(ValueError, match=reason) as caught:
            load_features(path, rows)
        assert str(caught.value).startswith(f"Feature file {str(path)!r} cannot be read: ")
        assert str(caught.value).endswith("; write it again or leave it out.")


def make_target(y, metric=None):
    """Return the target that a selector makes of labels, LogME's where no metric is given."""
    selector = ModelSelector()
    return encode_target(selector, check_target(selector, y), None, {"": metric or LogME()})
