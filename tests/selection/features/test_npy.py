"""NumPy's files: what .npy and .npz may hold."""

import re
import tracemalloc
import zipfile

import numpy as np
import pytest
from scipy import sparse

from feature_files import assert_refused
from skperturb.selection.features.loader import load_features, open_features

_X = np.random.default_rng(0).standard_normal((12, 3))
_ROWS = np.array([0, 4, 5, 11])


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_objects_are_never_unpickled(suffix, tmp_path):
    path = tmp_path / f"objects{suffix}"
    save = np.save if suffix == ".npy" else np.savez
    save(path, np.array([[_Trap()]], dtype=object))
    assert_refused(path, "it holds Python objects, which are never unpickled;")


class _Trap:
    """Fails the test that unpickles it."""

    def __reduce__(self):
        return pytest.fail, ("unpickled",)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_single_number_raises(suffix, tmp_path):
    path = tmp_path / f"number{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, np.float64(3.0))
    assert_refused(path, "it holds a single number, not a row per sample;")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("kind", ["datetime64[D]", "timedelta64[s]"])
def test_times_raise(suffix, kind, tmp_path):
    path = tmp_path / f"times{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, np.arange(12).reshape(6, 2).astype(kind))
    assert_refused(path, rf"it holds times \({re.escape(kind)}\), not numbers;")


@pytest.mark.parametrize("junk", [b"\0", b"123,4\n", None])
def test_what_stands_behind_the_array_raises(junk, tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, _X)
    with path.open("ab") as file:
        file.write(junk) if junk else np.save(file, _X)
    n_bytes = _X.nbytes + (len(junk) if junk else 128 + _X.nbytes)
    assert_refused(path, f"its array takes {_X.nbytes} bytes, the file has {n_bytes};")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.write(path, "features.npy")
    assert_refused(tmp_path / "a.npz", f"its array takes {_X.nbytes} bytes, the file has")


def _damage_data(path, member):
    """Overwrite what a member of an archive holds; its header and the directory stay."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(member)
    content = bytearray(path.read_bytes())
    end = info.header_offset + 30 + len(member) + info.compress_size
    content[end - info.compress_size // 2 : end] = b"\xff" * (info.compress_size // 2)
    path.write_bytes(content)


def test_rows_of_an_npz_are_counted_before_any_is_decompressed(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", np.zeros((100_000, 40)))
    tracemalloc.start()
    with pytest.raises(ValueError, match="as many rows as y, 12, got 100000"):
        load_features(tmp_path / "a.npz", n_expected=12)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2e6, f"{peak / 1e6:.0f} MB of 32 MB were decompressed"


def test_rows_of_a_sparse_npz_are_counted_without_its_data(tmp_path):
    path = tmp_path / "a.npz"
    sparse.save_npz(path, sparse.random(400, 30, density=0.5, format="csr", random_state=0))
    _damage_data(path, "data.npy")
    assert open_features(path).n_rows == 400
    with pytest.raises(ValueError, match="as many rows as y, 12, got 400"):
        load_features(path, n_expected=12)
    assert_refused(path, ".")


@pytest.mark.parametrize("name", ["features", "X"])
def test_the_features_of_an_npz_are_found_by_name(name, tmp_path):
    np.savez(tmp_path / "a.npz", labels=np.arange(12), **{name: _X})
    np.testing.assert_array_equal(load_features(tmp_path / "a.npz"), _X)


def test_several_arrays_without_a_known_name_raise(tmp_path):
    np.savez(tmp_path / "a.npz", _X, _X)
    assert_refused(
        tmp_path / "a.npz",
        "it must hold a single array, or one called 'features' or 'X', got 'arr_0', 'arr_1';",
    )


def test_an_empty_npz_raises(tmp_path):
    np.savez(tmp_path / "a.npz")
    assert_refused(tmp_path / "a.npz", "or one called 'features' or 'X', got none;")


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("form", ["matrix", "array"])
def test_sparse_features_stay_sparse(kind, form, tmp_path):
    X = _X * (_X > 0)
    sparse.save_npz(tmp_path / "a.npz", getattr(sparse, f"{kind}_{form}")(X))
    for rows in (slice(None), _ROWS):
        features = load_features(tmp_path / "a.npz", None if isinstance(rows, slice) else rows)
        assert sparse.issparse(features)
        np.testing.assert_array_equal(features.toarray(), X[rows])


@pytest.mark.parametrize("indices", [[0, 999_999_999], [0, -5]])
def test_sparse_features_outside_of_the_matrix_raise(indices, tmp_path):
    for form in (b"csr", b"csc"):
        np.savez(
            tmp_path / "a.npz",
            format=form,
            shape=(2, 2),
            data=np.ones(2),
            indices=np.array(indices),
            indptr=np.array([0, 1, 2]),
        )
        assert_refused(tmp_path / "a.npz", "index|indices")
