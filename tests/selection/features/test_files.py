"""Feature files: what is said of a missing, foreign or broken one."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_files import WRITERS, assert_refused, dense, written
from skperturb.selection.features.loader import load_features

_X = np.random.default_rng(0).standard_normal((12, 3))
_ROWS = np.array([0, 4, 5, 11])
_SUFFIXES = (".npy", ".npz", ".parquet", ".safetensors")

every_kind = pytest.mark.parametrize("kind", WRITERS)
every_suffix = pytest.mark.parametrize("suffix", _SUFFIXES)


@every_kind
def test_a_suffix_may_be_in_capitals(kind, tmp_path):
    path = written(kind, tmp_path, _X)
    path = path.rename(path.with_suffix(path.suffix.upper()))
    np.testing.assert_array_equal(dense(load_features(path)), _X)


@pytest.mark.parametrize("name", ["features.csv", "features", "features.npy.gz", ".npy"])
def test_another_suffix_raises(name, tmp_path):
    message = r"must end in \.npy, \.npz, \.parquet or \.safetensors; save it as one of them\.$"
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=message):
        load_features(tmp_path / name)


@pytest.mark.parametrize("suffix", [*_SUFFIXES, ""])
def test_a_missing_file_raises_with_the_place_where_it_was_sought(suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        load_features(f"missing{suffix}")
    assert str(caught.value) == (
        f"Feature file 'missing{suffix}' does not exist; correct the path, "
        f"which was looked up as {str(tmp_path / f'missing{suffix}')!r}."
    )


@pytest.mark.parametrize("suffix", [*_SUFFIXES, ""])
def test_a_folder_raises(suffix, tmp_path):
    (tmp_path / f"folder{suffix}").mkdir()
    assert_refused(tmp_path / f"folder{suffix}", "it is a directory")


@every_kind
def test_a_file_that_must_not_be_read_raises_with_the_reason(kind, tmp_path, monkeypatch):
    path = written(kind, tmp_path, _X)

    def refuse(*args, **settings):
        raise PermissionError(13, "Permission denied", str(path))

    for name in ("open", "exists"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, name, refuse)
            patch.setattr("zipfile.ZipFile", refuse)
            patch.setattr("pyarrow.parquet.read_metadata", refuse)
            assert_refused(path, "cannot be read: Permission denied; write it again")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@every_suffix
def test_a_pipe_is_refused_at_once(suffix, tmp_path):
    os.mkfifo(tmp_path / f"pipe{suffix}")
    assert_refused(tmp_path / f"pipe{suffix}", "it is no regular file")


@every_suffix
@pytest.mark.parametrize("content", [b"", b"1.0, 2.0\n3.0, 4.0\n" * 20, b"\x00" * 64])
def test_something_else_under_the_suffix_raises(suffix, content, tmp_path):
    path = tmp_path / f"other{suffix}"
    path.write_bytes(content)
    assert_refused(path, ".")


@every_suffix
@every_kind
def test_another_format_under_the_suffix_raises(kind, suffix, tmp_path):
    path = written(kind, tmp_path, _X)
    if path.suffix != suffix:
        assert_refused(path.rename(path.with_suffix(suffix)), ".")


@every_kind
@given(data=st.data())
def test_a_truncated_file_raises(kind, data, tmp_path_factory):
    path = written(kind, tmp_path_factory.mktemp("drawn"), _X)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert_refused(path, ".")


@pytest.mark.parametrize("kind", [kind for kind in WRITERS if "parquet" not in kind])
@given(data=st.data())
def test_a_damaged_file_raises_or_is_read(kind, data, tmp_path_factory):
    path = written(kind, tmp_path_factory.mktemp("drawn"), _X)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.sets(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        features = load_features(path, np.array([0]))
    except (ValueError, MemoryError):
        return
    assert features.ndim <= 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs the list of open files")
@every_kind
def test_no_file_stays_open(kind, tmp_path):
    path = written(kind, tmp_path, _X)
    load_features(path, _ROWS)
    shutil.copy(path, broken := path.with_stem("broken"))
    with broken.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(ValueError, match="cannot be read"):
        load_features(broken)
    assert not [each for each in _open_files() if each.startswith(str(tmp_path))]


def _open_files():
    maps = Path("/proc/self/maps").read_text().splitlines()
    descriptors = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    return descriptors + [line.split(maxsplit=5)[-1] for line in maps]
