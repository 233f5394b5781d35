"""A pool over one data set: files that are whole, models that fail alone, runs that go on."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pandas as pd
import pytest

from skperturb import FeatureSets, ModelSelector
from skperturb.extraction import (
    FeatureExtractor,
    NothingExtractedError,
    extract_features,
    load_extraction,
)
from skperturb.extraction._settings import Settings, describe_function

TEXTS = [f"{'long ' * (i % 7)}text number {i}" for i in range(40)]
Y = np.array(["odd" if i % 2 else "even" for i in range(40)])


def lengths(texts):
    return np.array([[len(text), text.count(" "), text.count("o")] for text in texts])


def digits(texts):
    return np.array([[int(text.split()[-1]) % 2, int(text.split()[-1])] for text in texts])


def layered(texts):
    return {0: lengths(texts), 2: -lengths(texts)}


def broken(texts):
    msg = "no such weights\nreally"
    raise OSError(msg)


def not_a_number(texts):
    return np.where(np.array([["number 7" in text] * 2 for text in texts]), np.nan, 1.0)


def one_short(texts):
    return lengths(texts)[1:]


def _extract(models, out, X=TEXTS, **options):
    return extract_features(models, X, out=out, **{"verbose": 0, "batch_size": 4, **options})


def _manifest(out):
    return json.loads((out / "manifest.json").read_text())


def test_from_texts_to_a_ranking_and_back_to_the_model(tmp_path):
    found = _extract([lengths, digits], tmp_path, y=Y)
    selector = ModelSelector().fit(found.feature_sets, found.y)
    assert isinstance(found.feature_sets, FeatureSets)
    assert found.feature_sets.shape == (40, 2)
    assert selector.best_name_ == "digits"
    assert found.failures == {}
    assert found.rows == [str(i) for i in range(40)]
    np.testing.assert_array_equal(found.extractor("digits").transform(TEXTS), digits(TEXTS))


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_rows_keep_their_order_whatever_the_batches(tmp_path, batch_size):
    found = _extract([lengths], tmp_path, batch_size=batch_size)
    features = np.load(found.paths["lengths"], mmap_mode="r")
    np.testing.assert_array_equal(features, lengths(TEXTS))
    assert features.dtype == np.float16


def test_layers_have_files_and_extractors_of_their_own(tmp_path):
    found = _extract({"m": layered}, tmp_path)
    assert {name: path.name for name, path in found.paths.items()} == {
        "m@layer00": "m@layer00.npy",
        "m@layer02": "m@layer02.npy",
    }
    np.testing.assert_array_equal(np.load(found.paths["m@layer02"]), -lengths(TEXTS))
    again = found.extractor("m@layer02").transform(TEXTS)
    np.testing.assert_array_equal(again, -lengths(TEXTS))
    with pytest.raises(KeyError, match=r"There are features of 'm@layer00', .* not of 'm'"):
        found.extractor("m")


def test_the_folder_gives_back_what_was_returned(tmp_path):
    found = _extract([lengths], tmp_path, y=Y, groups=np.arange(40) // 4)
    again = load_extraction(tmp_path)
    assert again.paths == found.paths
    assert again.y.tolist() == Y.tolist()
    assert again.groups.tolist() == found.groups.tolist() == [i // 4 for i in range(40)]
    assert again.rows == found.rows
    with pytest.raises(FileNotFoundError, match=r"must be a folder with a manifest\.json"):
        load_extraction(tmp_path / "nowhere")


def test_targets_of_a_regression_come_back_to_the_last_digit(tmp_path):
    y = np.random.default_rng(0).standard_normal(40)
    _extract([lengths], tmp_path, y=y)
    np.testing.assert_array_equal(load_extraction(tmp_path).y, y)


def test_no_label_where_none_was_given(tmp_path):
    found = _extract([lengths], tmp_path)
    assert found.y is None
    assert found.groups is None
    assert load_extraction(tmp_path).y is None


# Models that fail.


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (broken, "OSError: no such weights really"),
        (not_a_number, "ValueError: The model gives NaN or infinity for 1 of 4 rows"),
        (one_short, "ValueError: The model must give 4 rows of 3 features, got .* (3, 3)"),
    ],
)
def test_a_model_that_fails_costs_itself_only(tmp_path, model, reason):
    found = _extract([model, lengths], tmp_path)
    assert list(found.paths) == ["lengths"]
    (said,) = found.failures.values()
    head, *tail = reason.split(" .* ")
    assert said.startswith(head)
    assert all(part in said for part in tail)
    assert "in run_model" in found.failures[model.__name__].traceback
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "lengths.npy", "manifest.json", "rows.csv",
    ]  # fmt: skip
    with pytest.raises((OSError, ValueError), match=r"no such weights|The model"):
        _extract([model, lengths], tmp_path, on_error="raise")


def test_a_name_that_there_is_not_is_said_before_any_model_runs(tmp_path, capfd):
    pytest.importorskip("onnxruntime")
    found = _extract([lengths, "onnx:nowhere.onnx"], tmp_path, verbose=1)
    first, second = capfd.readouterr().err.splitlines()
    assert first == (
        "[1/2] onnx:nowhere.onnx: failed: UnknownModelError: There is no file 'nowhere.onnx'; "
        "correct the path."
    )
    assert second.startswith("[2/2] lengths: 3 features, ")
    assert list(found.paths) == ["lengths"]


def test_where_all_fail_the_error_names_every_reason(tmp_path):
    with pytest.raises(
        NothingExtractedError, match=r"None of the 2 .* broken: OSError: no such .*; one_short: V"
    ):
        _extract([broken, one_short], tmp_path)


def test_a_missing_framework_names_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.setitem(sys.modules, "torch", np)
    with pytest.raises(
        ImportError, match=r"needs timm; install it with `pip install .skperturb\[timm\]"
    ):
        _extract([lengths, "timm:resnet50"], tmp_path)
    assert not list(tmp_path.iterdir())


# float16.


def test_features_beyond_float16_are_kept_as_float32(tmp_path):
    large, small = (lambda texts: 1e3 * lengths(texts) ** 2), (lambda texts: 1e-7 * lengths(texts))
    found = _extract({"large": large, "small": small, "usual": lengths}, tmp_path)
    types = {name: np.load(path).dtype.name for name, path in found.paths.items()}
    assert types == {"large": "float32", "small": "float32", "usual": "float16"}
    np.testing.assert_allclose(np.load(found.paths["large"]), large(TEXTS), rtol=1e-6)
    assert found.models["large"]["feature_sets"]["large"]["dtype"] == "float32"


def test_the_error_of_float16_is_small_against_the_range(tmp_path):
    values = np.random.default_rng(0).standard_normal((40, 500))
    found = _extract(
        {"m": lambda texts: values[[int(text.split()[-1]) for text in texts]]}, tmp_path
    )
    error = np.abs(np.load(found.paths["m"]) - values)
    assert error.max() < 5e-4 * np.abs(values).max()
    wide = _extract(
        {"w": lambda texts: values[[int(t.split()[-1]) for t in texts]]},
        tmp_path,
        storage="float32",
    )
    np.testing.assert_array_equal(np.load(wide.paths["w"]), values.astype(np.float32))


# Going on.


def test_a_model_that_is_done_is_not_run_again(tmp_path):
    calls = []

    def counted(texts):
        calls.append(len(texts))
        return lengths(texts)

    first = _extract({"m": counted}, tmp_path)
    n_calls, before = len(calls), (tmp_path / "m.npy").read_bytes()
    again = _extract({"m": counted, "other": digits}, tmp_path, batch_size=7)
    assert len(calls) == n_calls
    assert again.paths["m"] == first.paths["m"]
    assert (tmp_path / "m.npy").read_bytes() == before
    _extract({"m": counted}, tmp_path, storage="float32")  # other files are asked for
    assert len(calls) > n_calls
    n_calls = len(calls)
    (tmp_path / "m.npy").write_bytes(b"cut off")
    _extract({"m": counted}, tmp_path, storage="float32")
    assert len(calls) > n_calls


def _scaled(texts, factor):
    return lengths(texts) * factor


def _make_scaled(factor):
    return lambda texts: _scaled(texts, factor)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (lambda texts: lengths(texts) * 2, lambda texts: lengths(texts) * 3),
        (partial(_scaled, factor=2), partial(_scaled, factor=3)),
        (_make_scaled(2), _make_scaled(3)),
        (lambda texts, factor=2: lengths(texts) * factor, lambda t, factor=3: lengths(t) * factor),
    ],
    ids=["constant", "partial", "closure", "default"],
)
def test_a_function_that_does_something_else_is_run_again(tmp_path, first, second):
    _extract({"m": first}, tmp_path)
    again = _extract({"m": second}, tmp_path)
    np.testing.assert_array_equal(again.feature_sets["m"], 3 * lengths(TEXTS))


def test_what_a_function_among_the_settings_does_counts():
    double, treble = (Settings(preprocess=_make_scaled(factor)).fingerprint() for factor in (2, 3))
    assert double != treble


def test_a_function_is_known_again_in_another_process():
    assert describe_function(_scaled) == describe_function(pickle.loads(pickle.dumps(_scaled)))
    code = "from skperturb.extraction._settings import describe_function as d; " + (
        "print(d(lambda text: text in {'ant', 'bee', 'cat', 'dog'}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2)
    }
    assert len(said) == 1


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_labels_that_are_missing_are_refused_before_any_model_runs(tmp_path, missing):
    y = pd.Series([missing, *Y[1:]], dtype=object)
    with pytest.raises(ValueError, match="`y` must have a value in every row, got none in row 0"):
        extract_features({"m": lengths}, TEXTS, out=tmp_path, y=y, verbose=0)
    assert not (tmp_path / "rows.csv").exists()


def test_a_failed_model_is_tried_again(tmp_path):
    state = {"broken": True}

    def mended(texts):
        return broken(texts) if state["broken"] else lengths(texts)

    assert list(_extract({"m": mended, "n": digits}, tmp_path).failures) == ["m"]
    state["broken"] = False
    found = _extract({"m": mended, "n": digits}, tmp_path)
    assert found.failures == {}
    assert _manifest(tmp_path)["failures"] == {}


def test_a_folder_of_other_rows_is_refused(tmp_path):
    _extract([lengths], tmp_path)
    with pytest.raises(
        ValueError, match=r"must be a folder for these 39 rows, but .* of 40 others"
    ):
        _extract([lengths], tmp_path, X=TEXTS[1:])
    with pytest.raises(ValueError, match="must be a folder for these 40 rows"):
        _extract([lengths], tmp_path, X=TEXTS[::-1])


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(ValueError, match="is no manifest that can be read; extract into another"):
        _extract([lengths], tmp_path)


def test_a_manifest_cannot_name_files_elsewhere(tmp_path):
    _extract([lengths], tmp_path / "out")
    manifest = _manifest(tmp_path / "out")
    manifest["models"]["lengths"]["feature_sets"]["lengths"]["file"] = "../../secret.npy"
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest))
    (path,) = load_extraction(tmp_path / "out").paths.values()
    assert path == tmp_path / "out" / "secret.npy"


_KILLED = """
import sys, time
sys.path[:0] = {path!r}
import numpy as np
from skperturb.extraction import extract_features

def first(texts):
    return np.array([[len(text), 1 / 3] for text in texts])

def slow(texts):
    if {wait}:
        time.sleep(0.2)
    return np.array([[len(text) / 7, text.count("o")] for text in texts])

texts = [f"{{'long ' * (i % 7)}}text number {{i}}" for i in range(40)]
extract_features({{"first": first, "slow": slow}}, texts, out={out!r}, batch_size=2)
"""


def _start(out, wait):
    code = _KILLED.format(path=[path for path in sys.path if path], out=str(out), wait=wait)
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def test_a_run_that_was_killed_goes_on_to_the_same_files(tmp_path):
    with _start(tmp_path / "whole", wait=False) as whole:
        whole.communicate(timeout=120)
    part = tmp_path / "killed" / "slow.npy.part"
    with _start(tmp_path / "killed", wait=True) as killed:
        while not part.exists() and killed.poll() is None:
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
    assert (whole.returncode, killed.returncode) == (0, -signal.SIGKILL)
    assert part.exists()
    assert not (tmp_path / "killed" / "slow.npy").exists()
    with _start(tmp_path / "killed", wait=False) as again:
        _, said = again.communicate(timeout=120)
    assert "first: done before" in said
    for name in ("first.npy", "slow.npy"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not part.exists()


# Memory.


def test_where_memory_runs_out_the_batch_is_halved_and_the_model_starts_again(tmp_path, capfd):
    sizes = []

    def hungry(texts):
        sizes.append(len(texts))
        if len(texts) > 3 and len(sizes) > 2:
            msg = "CUDA out of memory. Tried to allocate 2.00 GiB"
            raise RuntimeError(msg)
        return lengths(texts)

    found = _extract({"m": hungry}, tmp_path, batch_size=8, verbose=1)
    np.testing.assert_array_equal(np.load(found.paths["m"]), lengths(TEXTS))
    assert sizes[:4] == [8, 8, 8, 4]
    assert set(sizes[4:]) == {2}
    assert found.models["m"]["settings"]["batch_size"] == 2
    assert "out of memory; again with batch size 4\n" in capfd.readouterr().err


def test_a_model_that_never_fits_fails_and_the_others_go_on(tmp_path):
    def hungry(texts):
        raise MemoryError

    found = _extract({"m": hungry, "lengths": lengths}, tmp_path)
    assert found.failures == {"m": "MemoryError: no reason given"}
    assert list(found.paths) == ["lengths"]


# Names and options.


def test_names_of_models_become_safe_names_of_files(tmp_path):
    names = ["a/b", "a--b", "A--B", "../up", "timm:x", "x" * 300, "é", "."]
    found = _extract(dict.fromkeys(names, lengths), tmp_path)
    files = {path.name.casefold() for path in found.paths.values()}
    assert len(files) == len(names)
    assert {path.parent for path in found.paths.values()} == {tmp_path}
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._@") for name in files)
    assert all(len(name) < 200 and name[0] not in ".-" for name in files)
    assert found.paths["timm:x"].name == "timm--x.npy"
    again = _extract(dict.fromkeys(names[::-1], lengths), tmp_path)
    assert again.paths == found.paths


def test_a_file_of_names(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "models.txt").write_text("# mine\nonnx:a.onnx\n\n onnx:b.onnx \n")
    with pytest.raises(NothingExtractedError, match=r"a\.onnx.*b\.onnx"):
        _extract(tmp_path / "models.txt", tmp_path / "out")


def test_extractors_bring_their_own_settings(tmp_path):
    upper = FeatureExtractor(lengths, preprocess=str.upper)
    found = _extract({"upper": upper, "lower": lengths}, tmp_path)
    assert np.load(found.paths["upper"])[:, 2].max() == 0
    assert np.load(found.paths["lower"])[:, 2].max() > 0
    assert found.extractor("upper").preprocess is str.upper


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"storage": "int8"},
            ValueError,
            "`storage` must be one of 'float16', 'float32', got 'int8'",
        ),
        ({"on_error": "ignore"}, ValueError, "`on_error` must be one of 'skip', 'raise', got"),
        ({"models": []}, ValueError, "`models` must name at least one model, got none"),
        ({"models": [lengths, lengths]}, ValueError, "`models` must name each model once"),
        ({"models": ["keras:x", lengths]}, ValueError, "has the prefix 'keras'"),
        ({"y": Y[1:]}, ValueError, "`y` must have one entry for each of the 40 rows, got 39"),
        (
            {"groups": [1]},
            ValueError,
            "`groups` must have one entry for each of the 40 rows, got 1",
        ),
        ({"layers": "deep"}, ValueError, "`layers` must be one of"),
    ],
)
def test_bad_options_are_refused_before_any_work(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        _extract(options.pop("models", [lengths]), tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_models_run_at_the_same_time_give_the_same_files(tmp_path):
    one = _extract([lengths, digits], tmp_path / "one", y=Y)
    two = _extract([lengths, digits], tmp_path / "two", y=Y, n_jobs=2)
    for name, path in one.paths.items():
        assert two.paths[name].read_bytes() == path.read_bytes()
    assert list(two.paths) == list(one.paths)


# Rows.


def test_all_bad_rows_are_named_at_once_before_any_model_runs(tmp_path):
    calls = []
    texts = ["good", "", "fine", "  \n", "bad"]
    with pytest.raises(
        ValueError, match=r"2 of 5 texts cannot be used; .*: 1: the text is empty; 3: the"
    ):
        _extract({"m": lambda texts: calls.append(texts)}, tmp_path, X=texts)
    assert calls == []
    with pytest.raises(ValueError, match=r"1 of 2 sentences of words .* 1: a word is empty"):
        _extract({"m": lengths}, tmp_path, X=[["a"], ["b", " "]])
    with pytest.raises(ValueError, match=r"1 of 3 texts .* 1: A row must be a path"):
        _extract({"m": lengths}, tmp_path, X=["a", None, "b"])
    with pytest.raises(ValueError, match=r"1 of 2 texts .* 1: it is one of the sentences of words"):
        _extract({"m": lengths}, tmp_path, X=["a", ["b"]])
    with pytest.raises(ValueError, match=r"1 of 2 recordings .* 1: it holds NaN or infinity"):
        _extract({"m": lengths}, tmp_path, X=[np.ones(3), np.array([1, np.nan])])


def test_a_hundred_bad_rows_are_counted(tmp_path):
    with pytest.raises(ValueError, match=r"100 of 101 texts .*; and 80 more\.$"):
        _extract([lengths], tmp_path, X=["a", *[""] * 100])


def test_images_corrupt_in_all_ways_are_named(tmp_path):
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg", "c.png", "d.png", "e.jpg")]
    for path in paths:
        image.fromarray(rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(path)
    paths[1].write_bytes(paths[1].read_bytes()[:-800])
    paths[2].write_bytes(paths[2].read_bytes()[:-800])
    paths[3].write_bytes(b"no image")
    paths.append(tmp_path / "gone.png")
    with pytest.raises(ValueError, match="4 of 6 images cannot be used") as caught:
        _extract([lengths], tmp_path / "out", X=paths)
    named = [path for path in map(os.fspath, paths) if path in str(caught.value)]
    assert [os.path.basename(path) for path in named] == ["b.jpg", "c.png", "d.png", "gone.png"]
    assert not (tmp_path / "out").exists()


def test_functions_are_given_open_images(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for i in range(3):
        image.new("L", (4, 4), 50 * i).save(tmp_path / f"{i}.png")

    def shades(images):
        return np.array([np.asarray(each).mean((0, 1)) for each in images])

    found = _extract([shades], tmp_path / "out", X=[tmp_path / f"{i}.png" for i in range(3)])
    features = np.load(found.paths["shades"])
    np.testing.assert_array_equal(features, [[0] * 3, [50] * 3, [100] * 3])
    assert found.rows == [str(tmp_path / f"{i}.png") for i in range(3)]


def test_words_are_rows_in_groups(tmp_path):
    def widths(sentences):
        return [np.array([[len(word)] for word in words]) for words in sentences]

    found = _extract([widths], tmp_path, X=[["a", "bird"], ["in", "the", "hand"]], batch_size=1)
    features = np.load(found.paths["widths"])
    assert features[:, 0].tolist() == [1, 4, 2, 3, 4]
    assert found.groups.tolist() == [0, 0, 1, 1, 1]
    assert found.rows == ["0", "0", "1", "1", "1"]
