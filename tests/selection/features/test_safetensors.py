"""Safetensors: tensors of every type, and headers that lie."""

import json

import numpy as np
import pytest
import safetensors
from safetensors.numpy import save_file

from feature_files import assert_refused, written
from skperturb.selection.features.loader import load_features

_X = np.random.default_rng(0).standard_normal((12, 3))
_ROWS = np.array([0, 4, 5, 11])


def _entry(dtype="F64", shape=(12, 3), data_offsets=(0, 288)):
    return {"dtype": dtype, "shape": shape, "data_offsets": data_offsets}


def _with_header(path, entries, data, padding=b""):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    header += padding
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def _tensor(path, dtype, shape, data):
    """Write one tensor, of a type that NumPy may lack, in a way that safetensors accepts."""
    _with_header(path, {"X": _entry(dtype, shape, (0, len(data)))}, data)
    with safetensors.safe_open(path, "numpy") as file:
        assert list(file.keys()) == ["X"]
    return path


def test_bfloat16_becomes_float32(tmp_path):
    bits = (_X.astype("<f4").view("<u4") >> 16).astype("<u2")
    path = _tensor(tmp_path / "a.safetensors", "BF16", [12, 3], bits.tobytes())
    rounded = (_X.astype("<f4").view("<u4") & 0xFFFF0000).view("<f4")
    for rows, expected in ((None, rounded), (_ROWS, rounded[_ROWS])):
        features = load_features(path, rows, n_expected=12)
        assert features.dtype == np.float32
        np.testing.assert_array_equal(features, expected)
    np.testing.assert_allclose(rounded, _X, rtol=2**-7)


@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"])
def test_whole_numbers_keep_their_type(dtype, tmp_path):
    X = np.arange(6).reshape(3, 2).astype(dtype)
    features = load_features(written("safetensors", tmp_path, X))
    assert features.dtype == X.dtype
    np.testing.assert_array_equal(features, X)


def test_a_type_that_numpy_does_not_have_raises(tmp_path):
    entries = {"X": _entry("F8_E4M3", data_offsets=[0, 36])}
    path = _with_header(tmp_path / "a.safetensors", entries, bytes(36))
    assert_refused(path, "tensor 'X' must be one of F64, F32, .*, got F8_E4M3;")


def test_several_tensors_without_a_known_name_raise(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"a": _X, "b": _X}, path)
    assert_refused(
        path, "it must hold a single array, or one called 'features' or 'X', got 'a', 'b';"
    )


def test_an_empty_tensor_has_no_rows(tmp_path):
    path = _tensor(tmp_path / "a.safetensors", "F32", [0, 3], b"")
    assert load_features(path).shape == (0, 3)


def test_a_single_number_in_a_tensor_raises(tmp_path):
    assert_refused(_tensor(tmp_path / "a.safetensors", "F32", [], bytes(4)), "a single number")


def test_a_tensor_at_any_byte_is_read(tmp_path):
    for padding in range(9):
        path = tmp_path / f"{padding}.safetensors"
        _with_header(path, {"X": _entry()}, _X.tobytes(), b" " * padding)
        features = load_features(path)
        assert features.flags.aligned
        np.testing.assert_array_equal(features, _X)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"[]", "it does not start with the header of a safetensors file"),
        (b"{", "it does not start with the header of a safetensors file"),
        (b"\xff\xfe", "it does not start with the header of a safetensors file"),
        (b"[" * 100_000, "."),
        ({"X": 3}, "it does not start with the header of a safetensors file"),
        ({"X": {"dtype": "F64"}}, "it does not start with the header of a safetensors file"),
        ({"X": _entry(data_offsets=[288])}, "it does not start with the header"),
        ({"X": _entry(data_offsets=["0", "9"])}, "it does not start with the header"),
        ({"X": _entry(shape=7)}, "it does not start with the header of a safetensors file"),
        ({"X": _entry(dtype=[])}, "."),
        ({"X": _entry(dtype="F63")}, "tensor 'X' must be one of F64, F32, .*, got F63"),
        ({"X": _entry(shape=[12, 4])}, r"tensor 'X' of shape \(12, 4\) does not fit its place"),
        ({"X": _entry(shape=[-12, -3])}, "."),
        ({"X": _entry(shape=[12.0, 3.0])}, "."),
        ({"X": _entry(shape=["12", 3])}, "."),
        ({"X": _entry(data_offsets=[-8, 288], shape=[37])}, "does not fit its place"),
        ({"X": _entry(data_offsets=[0, 280], shape=[35])}, "its tensors take .* bytes, the"),
        ({"X": _entry(data_offsets=[0, 296], shape=[37])}, "its tensors take .* bytes, the"),
        ({"X": _entry(data_offsets=[288, 0])}, "."),
        ({}, "its tensors take .* bytes, the file has"),
    ],
)
def test_a_header_that_lies_raises(header, reason, tmp_path):
    path = _with_header(tmp_path / "a.safetensors", header, _X.tobytes())
    assert_refused(path, reason)
    with pytest.raises(safetensors.SafetensorError), safetensors.safe_open(path, "numpy"):
        pass
