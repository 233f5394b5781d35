"""How each format of feature files is written, by the libraries that own the formats."""

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from safetensors.numpy import save_file
from scipy import sparse


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
