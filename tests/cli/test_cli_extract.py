"""The command from data and names of models to a ranking, with graphs of ONNX Runtime."""

import csv
import shutil

import numpy as np
import pytest

from skperturb._cli._extraction_options import repeat_option
from tiny_models import save_image_folder
from tiny_onnx import helper, save_image_graph, save_text_graph

helper()


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Images of 3 classes and two graphs, in the folder where one is."""
    save_image_folder(tmp_path / "photos", n_per_class=6)
    save_image_graph(tmp_path / "models" / "a" / "model.onnx")
    save_image_graph(tmp_path / "models" / "b" / "net.onnx")
    monkeypatch.chdir(tmp_path)
    return "photos"


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """A table of texts with labels and groups, and a graph."""
    rows = [f"a {'good' if i % 2 else 'bad'} day,{i % 2},{i // 4}" for i in range(24)]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label,who", *rows]))
    save_text_graph(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    return "texts.csv"


_TWO = ("--models", "onnx:models/a/model.onnx", "onnx:models/b/net.onnx")


def test_from_a_folder_of_photos_to_a_ranking_in_one_line(photos, command):
    outcome = command("rank", photos, *_TWO, "--out", "features", "--metric", "knn")
    assert outcome.status == 0, outcome.err
    assert "onnx:models/a/model.onnx" in outcome.out
    assert "onnx:models/b/net.onnx" in outcome.out
    assert "data: 18 images, 3 classes (ant 6, bee 6, cat 6), from photos." in outcome.err
    assert "[2/2] onnx:models/b/net.onnx: 3 features, " in outcome.err
    assert "labels: 18 rows, 3 classes of 6 rows each, from " in outcome.err


def test_first_the_features_and_then_the_ranking(photos, command):
    outcome = command("extract", photos, *_TWO, "--out", "features")
    assert outcome.status == 0, outcome.err
    head, _, first, second = outcome.out.splitlines()
    assert head.split() == ["model", "features", "type", "MB", "pooling", "file"]
    assert first.split()[:4] == ["onnx:models/a/model.onnx", "3", "float16", "0.0"]
    assert second.split()[-1] == "net.npy"
    ranked = command("rank", "features", "--metric", "knn", "--format", "csv")
    assert ranked.status == 0, ranked.err
    again = command(
        "rank", photos, *_TWO, "--out", "features", "--metric", "knn", "--format", "csv"
    )
    assert [line.split(",")[:3] for line in again.out.splitlines()] == [
        line.split(",")[:3] for line in ranked.out.splitlines()
    ]
    assert again.err.count("done before") == 2


def test_texts_of_a_table_with_their_groups(texts, command):
    outcome = command(
        *("extract", texts, "--text", "text", "--label", "label", "--group-column", "who"),
        *("--models", "model.onnx", "--layers", "all", "--out", "features"),
    )
    assert outcome.status == 0, outcome.err
    assert "24 texts, 2 classes (0 12, 1 12)" in outcome.err
    ranked = command("rank", "features", "--resamples", 5, "--format", "csv", "--metric", "knn")
    assert ranked.status == 0, ranked.err
    names = [each["model"] for each in csv.DictReader(ranked.out.splitlines())]
    assert sorted(names) == ["model.onnx@layer00", "model.onnx@layer01"]


def test_labels_that_are_named_win_over_those_beside_the_features(photos, command, tmp_path):
    command("extract", photos, *_TWO, "--out", "features")
    (tmp_path / "others.txt").write_text("\n".join("xy"[i % 2] for i in range(18)))
    ranked = command("rank", "features", "--labels", "others.txt", "--metric", "knn")
    assert ranked.status == 0
    assert "18 rows, 2 classes of 9 rows each, from others.txt" in ranked.err


def test_fewer_rows_are_drawn_before_any_model_runs(photos, command):
    outcome = command("extract", photos, *_TWO, "--out", "features", "--max-samples", 9)
    assert "note: 9 of 18 rows, drawn with seed 0." in outcome.err
    assert np.load("features/net.npy").shape == (9, 3)


def test_a_dry_run_writes_nothing(photos, command, tmp_path):
    for name in ("extract", "rank"):
        outcome = command(name, photos, *_TWO, "onnx:none.onnx", "--dry-run")
        assert outcome.status == 0
        head, _, first, _, bad = outcome.out.splitlines()
        assert head.split() == ["model", "features", "MB", "on", "disk", "rows/s", "minutes"]
        assert first.split()[:3] == ["onnx:models/a/model.onnx", "3", "0.0"]
        assert bad.startswith("onnx:none.onnx: UnknownModelError: There is no file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "photos"]


def test_a_model_that_fails_costs_itself_only(photos, command):
    outcome = command(
        "rank", photos, *_TWO, "onnx:gone.onnx", "--out", "features", "--metric", "knn"
    )
    assert outcome.status == 0
    assert "[1/3] onnx:gone.onnx: failed: UnknownModelError: There is no file" in outcome.err
    assert "gone" not in outcome.out
    ranked = command("rank", "features", "--metric", "knn")
    assert "note: onnx:gone.onnx has no features: UnknownModelError" in ranked.err


def test_corrupt_files_are_named_before_any_model_runs(photos, command, tmp_path):
    (tmp_path / "photos" / "ant" / "0.png").write_bytes(b"no image")
    (tmp_path / "photos" / "cat" / "3.png").write_bytes(b"")
    outcome = command("rank", photos, *_TWO, "--out", "features")
    assert outcome.status == 2
    assert "2 of 18 images cannot be used" in outcome.err
    assert "photos/ant/0.png" in outcome.err
    assert "photos/cat/3.png" in outcome.err
    assert not (tmp_path / "features").exists()


def test_only_the_training_part_is_taken(tmp_path, command, monkeypatch):
    save_image_folder(tmp_path / "data" / "train", n_per_class=2)
    save_image_folder(tmp_path / "data" / "test", n_per_class=3)
    save_image_graph(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    outcome = command("extract", "data", "--models", "model.onnx", "--out", "features")
    assert "note: only 'train' of data is used, and not test." in outcome.err
    assert np.load("features/model.npy").shape == (6, 3)


def test_words_of_a_conll_file(texts, command, tmp_path):
    tags = "\n\n".join(["a X\ngood Y\nday X", "bad Y\nday X"] * 4)
    (tmp_path / "words.conll").write_text(tags)
    outcome = command(
        "rank", "words.conll", "--models", "model.onnx", "--out", "out", "--metric", "knn"
    )
    assert outcome.status == 0, outcome.err
    assert "20 words in 8 sentences of words, 2 classes (X 12, Y 8)" in outcome.err


def test_a_file_of_names(photos, command, tmp_path):
    (tmp_path / "models.txt").write_text("\n".join(_TWO[1:]))
    outcome = command("extract", photos, "--models", "models.txt", "--out", "features")
    assert outcome.status == 0
    assert "[2/2]" in outcome.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["extract", "photos"], "--models must name at least one model"),
        (["extract", "photos", *_TWO], "--out must name a folder for the features"),
        (["extract", "nowhere", *_TWO, "--out", "x"], "There are no data at 'nowhere'"),
        (["extract", "models", *_TWO, "--out", "x"], "must hold images in one sub-folder"),
        (["extract", "photos", "--models", "keras:x", "--out", "x"], "has the prefix 'keras'"),
        (["extract", "photos", "--models", "none.txt", "--out", "x"], "a file that cannot be read"),
        (["extract", "photos", *_TWO, "--out", "x", "--layers", "deep"], "must be last, all, or"),
        (["extract", "photos", *_TWO, "--out", "x", "--max-samples", "3"], "--max-samples must be"),
        (["extract", "photos", *_TWO, "--out", "x", "--split", "dev"], "--split must be one of"),
        (["rank", "photos", "photos", *_TWO, "--out", "x"], "are run over one folder or file"),
        (["rank", "models"], "Missing option '--labels'"),
        (["models", "no-such-model-at-all"], "no model matches"),
    ],
)
def test_wrong_usage_is_one_line_before_any_work(photos, command, tmp_path, args, words):
    outcome = command(*args)
    assert outcome.status == 2
    assert words in outcome.err
    assert outcome.err.splitlines()[-1].startswith("skperturb: error: ")
    assert not (tmp_path / "x").exists()


def test_a_class_of_one_image(photos, command, tmp_path):
    shutil.rmtree(tmp_path / "photos" / "ant")
    save_image_folder(tmp_path / "photos" / "lone", 1, classes=("x",))
    outcome = command("extract", photos, *_TWO, "--out", "features")
    assert outcome.status == 2
    assert "A class must have at least 2 rows, but 1 of 3 have 1: lone" in outcome.err


def test_a_folder_of_other_rows(photos, command, tmp_path):
    command("extract", photos, *_TWO, "--out", "features")
    (tmp_path / "photos" / "ant" / "0.png").unlink()
    outcome = command("extract", photos, *_TWO, "--out", "features")
    assert outcome.status == 2
    assert "--out must be a folder for these 17 rows" in outcome.err


def test_where_all_models_fail_the_status_is_1(photos, command):
    outcome = command("rank", photos, "--models", "onnx:x.onnx", "onnx:y.onnx", "--out", "features")
    assert outcome.status == 1
    assert "None of the 2 models gave features" in outcome.err


def test_features_without_labels(texts, command):
    command("extract", texts, "--text", "text", "--models", "model.onnx", "--out", "features")
    outcome = command("rank", "features")
    assert outcome.status == 2
    assert "has features and no labels; name their file with --labels" in outcome.err


def test_models_lists_names_as_they_are_taken(command):
    pytest.importorskip("timm", reason="timm is large")
    outcome = command("models", "timm:test_resnet*")
    assert outcome.status == 0
    assert outcome.out.split()[0].startswith("timm:test_resnet.")


def test_an_option_before_each_of_its_values():
    args = ["a", "--models", "b", "c", "--out", "d", "e", "--models", "f"]
    assert repeat_option(args, "--models") == [
        *("a", "--models", "b", "--models", "c", "--out", "d", "e", "--models", "f"),
    ]
