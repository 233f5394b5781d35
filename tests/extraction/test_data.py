"""Data are read as torchvision and others read them, and what is wrong is said at once."""

import os

import numpy as np
import pytest

from skperturb.extraction import (
    LabelledData,
    read_audio,
    read_conll,
    read_data,
    read_images,
    read_table,
    sample_data,
)
from skperturb.extraction._plan import read_names
from skperturb.extraction.data._labelled import check_classes
from tiny_models import save_image_folder


def _write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def _touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_files_are_sorted_as_torchvision_sorts_them(tmp_path):
    pytest.importorskip("torchvision", reason="torchvision is large")
    from torchvision.datasets import ImageFolder

    _touch(tmp_path, "b/10.png", "b/9.JPG", "a/z.png", "a/sub/1.png", "a/sub.png", "B/x.webp")
    expected = ImageFolder(tmp_path, is_valid_file=lambda path: True)
    found = read_images(tmp_path)
    assert [os.fspath(path) for path in found.X] == [path for path, _ in expected.samples]
    assert found.y.tolist() == [expected.classes[code] for _, code in expected.samples]


def test_other_files_are_left_out(tmp_path):
    _touch(tmp_path, "a/1.png", "a/notes.txt", "a/._1.png", "b/2.png", ".git/3.png", "loose.png")
    found = read_images(tmp_path)
    assert [path.name for path in found.X] == ["1.png", "2.png"]
    assert found.notes == []


def test_an_empty_class_is_noted(tmp_path):
    _touch(tmp_path, "a/1.png", "b/2.png", "c/readme.txt")
    assert read_images(tmp_path).notes == ["no images in c"]


def test_recordings(tmp_path):
    _touch(tmp_path, "a/1.wav", "b/2.flac", "b/2.png")
    assert [path.name for path in read_audio(tmp_path).X] == ["1.wav", "2.flac"]


@pytest.mark.parametrize("names", [(), ("1.png", "2.png"), ("a/1.txt",)])
def test_a_folder_without_classes(tmp_path, names):
    _touch(tmp_path, *names)
    with pytest.raises(ValueError, match="must hold images in one sub-folder for each class, got"):
        read_images(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file or directory; correct"):
        read_images(tmp_path / "nowhere")


def test_only_the_training_part_is_taken_where_the_data_say_which_it_is(tmp_path):
    save_image_folder(tmp_path / "train", n_per_class=2)
    save_image_folder(tmp_path / "test", n_per_class=3)
    found = read_images(tmp_path)
    assert len(found.X) == 6
    assert found.notes == [f"only 'train' of {tmp_path} is used, and not test"]
    assert len(read_images(tmp_path, split="test").X) == 9
    assert set(read_images(tmp_path, split="all").y) == {"train", "test"}
    with pytest.raises(ValueError, match=r"`split` must be one of test, train in .*, got 'dev'"):
        read_images(tmp_path, split="dev")


def test_classes_called_train_and_bus_are_classes(tmp_path):
    _touch(tmp_path, "train/1.png", "bus/2.png")
    found = read_images(tmp_path)
    assert found.y.tolist() == ["bus", "train"]
    assert found.notes == []


def test_a_table_of_texts(tmp_path):
    path = _write(tmp_path / "a.csv", 'text,label,who\n"good, good",1,x\nbad,0,y\n\nfine,1,x\n')
    found = read_table(path, text="text", label="label", group="who")
    assert found.X == ["good, good", "bad", "fine"]
    assert found.y.tolist() == [1, 0, 1]
    assert found.groups.tolist() == ["x", "y", "x"]


def test_a_table_of_images_knows_where_they_lie(tmp_path):
    path = _write(tmp_path / "a.tsv", "file\tkind\nphotos/1.png\tant\n/photos/2.png\tbee\n")
    found = read_table(path, image="file", label="kind")
    assert list(map(os.fspath, found.X)) == [str(tmp_path / "photos/1.png"), "/photos/2.png"]


def test_a_table_that_says_which_rows_are_for_training(tmp_path):
    path = _write(tmp_path / "a.csv", "text,split\na,train\nb,test\nc,train\n")
    found = read_table(path, text="text")
    assert found.X == ["a", "c"]
    assert found.notes == [f"only 'train' of {path} is used, and not test"]
    assert read_table(path, text="text", split="all").X == ["a", "b", "c"]
    assert read_table(path, text="text", split="test").X == ["b"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("text,label\na,1\n", {"text": "txt"}, "has no column 'txt'; it has text, label"),
        ("text,label\na,1\n", {"text": "text", "label": "y"}, "has no column 'y'"),
        ("text,label\na,\n", {"text": "text", "label": "label"}, "1 are missing, first in row 0"),
        ("text,label\na\n", {"text": "text"}, "must have 2 cells in each line, unlike line 2"),
        ("text\n", {"text": "text"}, "must have rows, got none"),
        ("text\na\n", {}, "Exactly one of text, image, words must name a column, got 0"),
        ("text\na\n", {"text": "text", "split": "dev"}, "has no column 'split'"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path, text, options, words):
    with pytest.raises(ValueError, match=words):
        read_table(_write(tmp_path / "a.csv", text), **options)


def test_a_file_that_is_no_table(tmp_path):
    with pytest.raises(ValueError, match=r"must be a \.csv, \.tsv or \.parquet file"):
        read_table(_write(tmp_path / "a.json", "{}"), text="text")
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_table(tmp_path / "b.csv", text="text")


def test_parquet_with_lists_of_words(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = arrow.table({"tokens": [["a", "day"], ["good"]], "tags": [[0, 1], [2]]})
    parquet.write_table(table, tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet", words="tokens", label="tags")
    assert found.X == [["a", "day"], ["good"]]
    assert found.y.tolist() == [0, 1, 2]
    assert found.groups.tolist() == [0, 0, 1]
    uneven = arrow.table({"tokens": [["a", "day"]], "tags": [[0]]})
    parquet.write_table(uneven, tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="one label for each word, unlike sentence 0"):
        read_table(tmp_path / "b.parquet", words="tokens", label="tags")


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["3", "-1", "3"], [3, -1, 3]),
        (["0.5", "2", "2.0"], [0.5, 2.0, 2.0]),
        (["01", "1", "2"], ["01", "1", "2"]),
        ([str(10**20), str(10**20 + 1)], ["1" + 20 * "0", "1" + 19 * "0" + "1"]),
        (["1_0", "10"], ["1_0", "10"]),
        (["cat", "1"], ["cat", "1"]),
    ],
)
def test_labels_are_numbers_where_these_tell_as_much(tmp_path, cells, labels):
    rows = "".join(f"some text,{cell}\n" for cell in cells)
    path = _write(tmp_path / "a.csv", f"text,label\n{rows}")
    np.testing.assert_array_equal(read_table(path, text="text", label="label").y, labels)


def test_tabs_separate_whatever_the_case_of_the_suffix(tmp_path):
    path = _write(tmp_path / "A.TSV", "text\tlabel\na, b\tx\nc\ty\n")
    assert read_table(path, text="text", label="label").X == ["a, b", "c"]


def test_only_ends_of_lines_end_a_word(tmp_path):
    path = _write(tmp_path / "a.conll", "a\u2028b\tX\nc\x85\tY\n")
    assert read_conll(path).y.tolist() == ["X", "Y"]


def test_a_list_of_names_may_begin_with_a_mark_of_its_encoding(tmp_path):
    _write(tmp_path / "names.txt", "\ufefftimm:one\n# none\ntimm:two\n")
    assert read_names(tmp_path / "names.txt") == ["timm:one", "timm:two"]


def test_conll(tmp_path):
    path = _write(
        tmp_path / "a.conll",
        "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nGerman JJ B-NP B-MISC\n",
    )
    found = read_conll(path)
    assert found.X == [["EU", "rejects"], ["German"]]
    assert found.y.tolist() == ["B-ORG", "O", "B-MISC"]
    assert found.groups.tolist() == [0, 0, 1]
    assert read_conll(path, label=2).y.tolist() == ["NNP", "VBZ", "JJ"]


def test_conllu(tmp_path):
    lines = [
        "# text = Vámonos al mar",
        "1-2\tVámonos\t_\t_",
        "1\tVamos\tir\tVERB",
        "2\tnos\tnosotros\tPRON",
        "2.1\tx\tx\tX",
        "",
    ]
    found = read_conll(_write(tmp_path / "a.conllu", "\n".join(lines)))
    assert found.X == [["Vamos", "nos"]]
    assert found.y.tolist() == ["VERB", "PRON"]


def test_conll_with_a_column_too_few(tmp_path):
    path = _write(tmp_path / "a.conll", "EU NNP\nalone\n")
    with pytest.raises(ValueError, match=r"must have a word in column 1 .* got 'alone'"):
        read_conll(path)
    with pytest.raises(ValueError, match="must hold words, one a line, got none"):
        read_conll(_write(tmp_path / "b.conll", "\n# nothing\n"))


@pytest.mark.parametrize(
    ("y", "words"),
    [(["a", "a"], "at least 2 classes, got only a"), (["a", "a", "b"], "1 of 2 have 1: b; leave")],
)
def test_classes_that_no_ranking_comes_from(y, words):
    with pytest.raises(ValueError, match=words):
        check_classes(np.array(y))


def test_numbers_with_a_fraction_are_no_classes():
    check_classes(np.array([0.5, 1.5, 2.5]))
    check_classes(None)


def test_data_are_read_as_what_they_are(tmp_path):
    _touch(tmp_path / "photos", "a/1.png", "b/2.png", "b/2.wav")
    _touch(tmp_path / "sounds", "a/1.wav", "b/2.wav")
    table = _write(tmp_path / "a.csv", "text,label\na,1\nb,2\n")
    words = _write(tmp_path / "a.txt", "EU X ORG\n\nsays Y O\n")
    assert [path.suffix for path in read_data(tmp_path / "photos").X] == [".png"] * 2
    assert [path.suffix for path in read_data(tmp_path / "sounds").X] == [".wav"] * 2
    assert read_data(table, text="text", label="label").y.tolist() == [1, 2]
    assert read_data(words, words="1", label="2").y.tolist() == ["X", "Y"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.csv", {}, "is a table: say which column holds the rows, with `text` or `image`"),
        ("a.json", {}, r"must be a folder of images or recordings, or a file \(\.csv, "),
        ("a.txt", {"words": "form"}, "is a number, counted from 1, got 'form'"),
    ],
)
def test_data_that_cannot_be_read(tmp_path, name, options, words):
    with pytest.raises(ValueError, match=words):
        read_data(_write(tmp_path / name, "a b\n"), **options)


def test_data_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There are no data at .*; correct the path"):
        read_data(tmp_path / "nowhere")


def test_a_sample_keeps_the_shares_of_the_classes():
    data = LabelledData([str(i) for i in range(100)], np.repeat(["a", "b"], [80, 20]))
    sample = sample_data(data, 30)
    assert np.unique(sample.y, return_counts=True)[1].tolist() == [24, 6]
    assert [data.y[int(text)] for text in sample.X] == sample.y.tolist()
    assert sample.notes == ["30 of 100 rows, drawn with seed 0"]
    assert len(sample_data(data, 0.5).X) == 50
    assert sample_data(data, None) is sample_data(data, 1000) is data
    with pytest.raises(ValueError, match=r"`max_samples` must be at least 4, .* got 3"):
        sample_data(data, 3)


def test_a_sample_takes_groups_and_sentences_whole():
    sentences = [[f"w{i}"] * (1 + i % 3) for i in range(60)]
    counts = [len(words) for words in sentences]
    tags = np.array([word for words in sentences for word in words]) > "w3"
    data = LabelledData(sentences, tags, np.repeat(range(60), counts))
    sample = sample_data(data, 50, random_state=3)
    assert sum(map(len, sample.X)) == len(sample.y) == len(sample.groups) <= 50
    for group, words in zip(np.unique(sample.groups), sample.X, strict=True):
        assert words == sentences[group]


def test_targets_of_a_regression_are_drawn_as_they_come():
    data = LabelledData(list(map(str, range(50))), np.arange(50) / 3)
    sample = sample_data(data, 10)
    assert sample.y.tolist() == [int(text) / 3 for text in sample.X]
