"""What `skperturb rank` prints, how it ends, and what it says of bad input."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import skperturb
from skperturb import ModelSelector, make_perturbed
from skperturb.metrics import (
    CKAScore,
    HScore,
    KNNScore,
    LogME,
    NearestCentroidScore,
    RidgeProbe,
)

N_ROWS = 60
SHIFTS = {"sharp": 4.0, "dull": 1.0, "blind": 0.0}


@pytest.fixture(scope="module")
def arrays():
    """A pool in which the order of the models is plain to see."""
    rng = np.random.default_rng(0)
    codes = np.arange(N_ROWS) % 3
    return {
        name: rng.standard_normal((N_ROWS, width)) + shift * np.eye(width)[codes]
        for width, (name, shift) in zip((5, 6, 7), SHIFTS.items(), strict=True)
    }


@pytest.fixture(scope="module")
def labels():
    return np.array(["ant", "bee", "cat"])[np.arange(N_ROWS) % 3]


@pytest.fixture
def folder(tmp_path, arrays, labels, monkeypatch):
    """The pool as files in `features/`, its labels in `labels.npy`, and where we stand."""
    (tmp_path / "features").mkdir()
    for name, features in arrays.items():
        np.save(tmp_path / "features" / f"{name}.npy", features)
    np.save(tmp_path / "labels.npy", labels)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def records(outcome):
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)["models"]


def models(outcome):
    return [record["model"] for record in records(outcome)]


RANK = ("rank", "features", "--labels", "labels.npy")
JSON = (*RANK, "--format", "json")


# What is ranked, and by what.


def test_a_folder_is_ranked_best_first(folder, command):
    assert models(command(*JSON)) == ["sharp", "dull", "blind"]


@pytest.mark.parametrize(
    ("args", "metric"),
    [
        ((), None),
        (("--perturb",), make_perturbed(LogME())),
        (("--no-perturb",), None),
        (("--metric", "LogME"), LogME()),
        (("--metric", "knn", "--perturb"), make_perturbed(KNNScore())),
        (("--metric", "knn,logme"), {"knn": KNNScore(), "logme": LogME()}),
        (
            ("--metric", "Consensus,cka"),
            {
                "hscore": HScore(),
                "knn": KNNScore(),
                "logme": LogME(),
                "nearestcentroid": NearestCentroidScore(standardize=True),
                "ridge": RidgeProbe(),
                "cka": CKAScore(),
            },
        ),
    ],
)
def test_the_columns_are_those_of_the_selector(folder, command, arrays, labels, args, metric):
    found = records(command(*JSON, *args))
    results = ModelSelector(metric).fit(arrays, labels).results_
    assert set(found[0]) == {*results, "metric", "digest"}
    expected = dict(zip(results["model"], range(len(arrays)), strict=True))
    for record in found:
        for key in (each for each in results if not each.startswith("seconds")):
            assert record[key] == results[key][expected[record["model"]]]


def test_resamples_add_intervals(folder, command):
    first, *_ = records(command(*JSON, "--resamples", 20, "--random-state", 3))
    assert first["score_low"] <= first["score_high"]
    assert 1 <= first["rank_low"] <= first["rank_high"] <= 3
    assert first["p_best"] > 0.9
    table = command(*RANK, "--resamples", 20, "--random-state", 3).out
    assert "score interval" in table
    assert f"{first['score_low']:.4f} to {first['score_high']:.4f}" in table


@pytest.mark.parametrize("count", ["30", "0.5"])
def test_a_sample_of_the_rows_is_enough(folder, command, arrays, labels, count):
    found = records(command(*JSON, "--max-samples", count, "--random-state", 1))
    number = float(count) if "." in count else int(count)
    selector = ModelSelector(max_samples=number, random_state=1).fit(arrays, labels)
    expected = [selector.scores_[selector.names_.index(each["model"])] for each in found]
    assert [each["score"] for each in found] == pytest.approx(expected, rel=1e-10)


def test_jobs_change_nothing(folder, command):
    args = ("rank", folder / "features", "--labels", "labels.npy", "--format", "json")
    alone, together = (records(command(*args, "--jobs", jobs)) for jobs in (1, 2))
    for each, other in zip(alone, together, strict=True):
        # The workers have fewer threads each, which may round the last digit otherwise.
        assert each.pop("score") == pytest.approx(other.pop("score"), rel=1e-10)
        timings = {key: each[key] for key in ("seconds", "seconds_shared")}
        assert each == {**other, **timings}


def test_a_cache_is_made_and_used(folder, command):
    first = records(command(*JSON, "--memory", "deep/scores"))
    assert any((folder / "deep" / "scores").rglob("*"))
    assert records(command(*JSON, "--memory", "deep/scores"))[0]["score"] == first[0]["score"]


def test_files_with_one_stem_are_told_apart_by_their_folder(folder, command, arrays):
    (folder / "other").mkdir()
    np.save(folder / "other" / "dull.npy", arrays["dull"])
    found = models(command(*JSON, "other", "other/dull.npy"))
    assert sorted(found) == ["blind", "features/dull", "other/dull", "sharp"]


def test_files_with_one_stem_in_one_folder_are_told_apart_by_all_of_their_path(
    folder, command, arrays
):
    np.savez(folder / "features" / "dull.npz", arrays["dull"])
    found = models(command(*JSON))
    assert sorted(found) == ["blind", "features/dull.npy", "features/dull.npz", "sharp"]


def test_the_file_of_the_labels_is_not_ranked(folder, command):
    outcome = command("rank", "labels.npy", "features", "--labels", "./labels.npy", "--format=json")
    assert models(outcome) == ["sharp", "dull", "blind"]
    assert "labels.npy holds" not in outcome.err
    alone = command("rank", "labels.npy", "--labels", "labels.npy")
    assert alone.status == 2
    assert "got only the labels" in alone.err


# How it is printed.


def test_the_table_has_a_row_per_model_and_nothing_else(folder, command):
    outcome = command(*RANK)
    head, rule, *rows = outcome.out.splitlines()
    assert head.split() == ["rank", "model", "score", "seconds"]
    assert set(rule) == {"-"}
    assert [row.split()[:2] for row in rows] == [["1", "sharp"], ["2", "dull"], ["3", "blind"]]


def test_a_terminal_gets_the_columns_that_it_has_room_for(folder, command, monkeypatch):
    monkeypatch.setattr("skperturb._cli._terminal.stdout_is_terminal", lambda: True)
    for width in (200, 60, 30, 12):
        monkeypatch.setenv("COLUMNS", str(width))
        text = command(*RANK, "--resamples", 20).out
        assert max(map(len, text.splitlines())) <= width
        columns = ["score interval", "rank interval", "p_best", "seconds"]
        shown = [name for name in columns if name in text.split("No room")[0]]
        assert shown == columns[: len(shown)]
        assert ("No room for" in text) == (len(shown) < len(columns))
        assert len(shown) == 4 or width < 200


def test_csv_and_json_hold_the_same_in_full(folder, command, monkeypatch):
    rows = list(csv.DictReader(io.StringIO(command(*RANK, "--format", "csv").out)))
    found = records(command(*JSON))
    assert [float(row["score"]) for row in rows] == [record["score"] for record in found]
    assert list(rows[0]) == list(found[0])


def test_markdown_is_one_table(folder, command, arrays):
    np.save(folder / "features" / "a|b.npy", arrays["dull"])
    lines = command(*RANK, "--format", "MARKDOWN").out.splitlines()
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    assert {len(row) for row in cells} == {len(cells[0])}
    assert len(lines) == 2 + 4
    assert any(row[1].strip() == r"a\|b" for row in cells)


def test_a_name_cannot_command_the_terminal(folder, command, arrays):
    np.save(folder / "features" / "\x1b[31mred\nline.npy", arrays["dull"])
    outcome = command(*RANK)
    assert "\x1b" not in outcome.out + outcome.err
    assert len(outcome.out.splitlines()) == 2 + 4


def test_the_verdict_goes_to_stderr(folder, command, arrays, labels):
    outcome = command(*RANK)
    summary = ModelSelector().fit(arrays, labels).summary()
    assert outcome.err.splitlines()[-1] == f"result: {summary}"


def test_quiet_leaves_only_failures_on_stderr(folder, command):
    assert command(*RANK, "--quiet").err == ""
    err = command(*RANK, "missing.npy", "--quiet").err
    assert re.fullmatch(r"failed: missing: .*\n", err)


@pytest.mark.parametrize("name", ["$\\frac$", "\u6a21\u578b"])
@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_a_plot_takes_any_name_for_what_it_is(folder, command, arrays, name, suffix):
    pytest.importorskip("matplotlib")
    np.save(folder / "features" / f"{name}.npy", arrays["dull"])
    outcome = command(*RANK, "--plot", f"ranking{suffix}", "--metric", "logme,knn")
    assert outcome.status == 0
    assert "Glyph" not in outcome.err
    assert (folder / f"ranking{suffix}").stat().st_size > 1000


def test_a_file_that_cannot_be_written_after_all_does_not_cost_the_ranking(
    folder, command, monkeypatch
):
    def full(*args, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    outcome = command(*JSON, "--report", "report.html")
    assert outcome.status == 2
    assert len(json.loads(outcome.out)["models"]) == 3
    assert outcome.err.splitlines()[-1] == (
        "skperturb: error: cannot write report.html: No space left on device."
    )


# Models that fail, and do not take the others with them.


def missing(path, features):
    path.unlink()


def truncated(path, features):
    path.write_bytes(path.read_bytes()[:200])


def no_array(path, features):
    path.write_text("no array")


def short(path, features):
    np.save(path, features[:-1])


def with_nan(path, features):
    np.save(path, np.where(features == features[3, 2], np.nan, features))


def flat(path, features):
    np.save(path, features.ravel())


FAULTS = [missing, truncated, no_array, short, with_nan, flat]
REASONS = {"missing": "missing|exist|No such", "short": "rows", "with_nan": "NaN"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_broken_file_fails_by_name_and_ranks_last(folder, command, arrays, fault, jobs):
    # Workers that another test left behind stand where they were started: whole paths.
    files = [folder / "features" / f"{name}.npy" for name in arrays]
    fault(folder / "features" / "sharp.npy", arrays["sharp"])
    outcome = command(
        *("rank", *files, "--labels", "labels.npy", "--jobs", jobs, "--format", "json")
    )
    *others, last = records(outcome)
    assert [each["model"] for each in others] == ["dull", "blind"]
    assert last["model"] == "sharp"
    assert last["score"] is None
    (line,) = [each for each in outcome.err.splitlines() if each.startswith("failed: ")]
    assert re.match(rf"failed: sharp: .*({REASONS.get(fault.__name__, '')})", line)
    assert "Traceback" not in outcome.err


def test_a_failure_is_an_empty_cell_in_csv_and_a_word_in_the_table(folder, command):
    args = (*RANK, "missing.npy")
    (row,) = [
        each
        for each in csv.DictReader(io.StringIO(command(*args, "--format", "csv").out))
        if each["model"] == "missing"
    ]
    assert row["score"] == ""
    assert re.search(r"^ +4 +missing +failed ", command(*args).out, re.MULTILINE)


def test_a_file_that_must_not_be_read_fails_by_name(folder, command, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.R_OK)
    files = [folder / "features" / f"{name}.npy" for name in SHIFTS]
    assert len(models(command("rank", *files, "--labels", "labels.npy", "--format", "json"))) == 3


def test_a_path_that_no_system_takes_fails_by_name(folder, command):
    outcome = command(*JSON, "--quiet", f"{'long' * 100}.npy")
    assert models(outcome)[-1] == "long" * 100
    assert re.match("failed: longlong.*File name too long", outcome.err)


def test_nothing_scored_is_status_1_and_names_every_reason(folder, command):
    outcome = command("rank", "one.npy", "two.npy", "--labels", "labels.npy", "--quiet")
    assert outcome.status == 1
    assert outcome.out == ""
    first, second, last = outcome.err.splitlines()
    assert first.startswith("failed: one: ")
    assert second.startswith("failed: two: ")
    assert last == "skperturb: error: none of the 2 models could be scored."


# Wrong usage: one line, status 2, before any work.


def refused(outcome, pattern):
    assert outcome.status == 2
    assert outcome.out == ""
    assert re.fullmatch(rf"skperturb: error: .*{pattern}.*\n", outcome.err), outcome.err


@pytest.mark.parametrize(
    ("args", "pattern"),
    [
        (("--metric", "lgme"), "no metric 'lgme'. Did you mean 'logme'.*There are: cka, .*ridge"),
        (("--metric", "knn,KNNScore"), "named twice"),
        (("--metric", ""), "names with commas and no spaces between them, got ''"),
        (("--metric", "logme,"), "names with commas and no spaces between them, got 'logme,'"),
        (("--confidence-level", "95"), "must be a number between 0 and 1, like 0.95, got '95'"),
        (("--metric", "leep", "--perturb"), "takes posteriors"),
        (("--max-samples", "1"), "a number of rows, at least 2, or a share of them"),
        (("--max-samples", "1.5"), "a number of rows, at least 2, or a share of them"),
        (("--max-samples", "2"), "max_samples"),  # fewer than there are classes
        (("--resamples", "-1"), "must be 0, or an integer of at least 2, got '-1'"),
        (("--resamples", "1"), "must be 0, or an integer of at least 2, got '1'"),
        (("--resamples", "many"), "must be 0, or an integer of at least 2, got 'many'"),
        (("--random-state", "-1"), "integer of at least 0, got '-1'"),
        (("--jobs", "0"), "integer other than 0, got '0'"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--plot", "ranking.doc"), "--plot must be a file like ranking.png"),
        (("--plot", "missing/ranking.png"), "--plot must be in a folder that exists"),
        (("--report", "report.pdf"), "--report must be a file like report.html"),
        (("--report", "missing/report.html"), "--report must be in a folder that exists"),
        (("--report", "folder.html"), "--report must be a file that can be written"),
        (("--memory", "labels.npy"), "--memory must be a folder that can be written"),
        (("--memory", "labels.npy/scores"), "--memory must be a folder that can be written"),
        (("--label-column", "name"), "--label-column is for .csv, .tsv, .parquet and .npz"),
        (("--group-column", "name"), "--group-column is for .csv, .tsv, .parquet and .npz"),
        (("--task", "ranking"), "'ranking' is not one of"),
        (("--task", "regression"), "--task regression needs numbers, got ant in labels.npy"),
        (("--accuracies", "labels.npy"), "--accuracies must be a .csv or .tsv file"),
        (("--accuracies", "none.csv"), "cannot read the accuracies in none.csv: No such file"),
    ],
)
def test_wrong_usage_is_refused(folder, command, args, pattern):
    (folder / "folder.html").mkdir()
    refused(command(*RANK, "--quiet", *args), pattern)


def test_labels_of_another_length_are_refused(folder, command, labels):
    np.save(folder / "labels.npy", labels[:-1])
    refused(command(*RANK, "--quiet"), "59")


def test_a_cache_is_not_made_where_the_labels_are_refused(folder, command):
    refused(command("rank", "features", "--labels", "none.npy", "--memory", "scores"), "none.npy")
    assert not (folder / "scores").exists()


def test_metrics_that_take_no_regression_are_refused_for_one(folder, command):
    np.save(folder / "labels.npy", np.linspace(0, 1, N_ROWS))
    refused(
        command(*RANK, "--metric", "hscore"), "hscore takes no regression; these do.*knn, logme"
    )
    refused(command(*RANK, "--perturb"), "--perturb needs class labels")
    assert command(*RANK).status == command(*RANK, "--metric", "knn").status == 0


# What it says that it read.


def test_it_says_what_was_read_before_anything_else(folder, command):
    first, second, *_ = command(*RANK).err.splitlines()
    assert first == "labels: 60 rows, 3 classes of 20 rows each, from labels.npy."
    assert second == "scoring: 3 models for classification, by projected LogME."
    second = command(*RANK, "--metric", "knn,logme", "--perturb").err.splitlines()[1]
    assert second.endswith("for classification, by perturbed KNNScore, perturbed LogME.")


def test_what_was_read_is_said_even_where_nothing_can_be_scored(folder, command):
    outcome = command("rank", "one.npy", "--labels", "labels.npy")
    assert outcome.err.startswith("labels: 60 rows, 3 classes")


@pytest.mark.parametrize("name", ["y.npy", "targets.npz", "truth.safetensors"])
def test_labels_among_the_features_are_told_by_what_they_hold(folder, command, name):
    codes = np.arange(N_ROWS) % 3
    path = folder / "features" / name
    if path.suffix == ".npy":
        np.save(path, codes.astype(str))
    elif path.suffix == ".npz":
        np.savez(path, codes[:, None])
    else:
        pytest.importorskip("safetensors.numpy").save_file({"a": codes[:, None]}, path)
    outcome = command(*JSON)
    assert models(outcome) == ["sharp", "dull", "blind"]
    assert f"note: features/{name} holds one value per row, as labels do" in outcome.err
    alone = command("rank", path, "--labels", "labels.npy")
    assert alone.status == 2
    assert "got only files with one value per row" in alone.err


def test_a_model_of_one_feature_is_no_label_file(folder, command, arrays):
    np.save(folder / "features" / "narrow.npy", arrays["sharp"][:, :1])
    assert "narrow" in models(command(*JSON))


def test_whole_numbers_can_be_targets_of_a_regression(folder, command, arrays):
    ages = np.arange(N_ROWS) % 30 + 20
    np.save(folder / "labels.npy", ages)
    amounts = records(command(*JSON, "--task", "regression"))
    expected = ModelSelector(LogME(task="regression")).fit(arrays, ages)
    scores = dict(zip(expected.names_, expected.scores_, strict=True))
    assert {each["model"]: each["score"] for each in amounts} == scores
    assert amounts != records(command(*JSON))
    outcome = command(*RANK, "--task", "regression", "--metric", "knn")
    assert "targets from 20 to 49, from labels.npy" in outcome.err
    refused(command(*RANK, "--task", "regression", "--metric", "gbc"), "gbc takes no regression")


def test_groups_are_kept_together(folder, command, arrays, labels):
    groups = np.arange(N_ROWS) // 6
    np.save(folder / "groups.npy", groups)
    (folder / "labels.csv").write_text(
        "class,patient\n" + "\n".join(f"{y},p{g}" for y, g in zip(labels, groups, strict=True))
    )
    args = ("rank", "features", "--format", "json", "--resamples", 10)
    by_file = records(command(*args, "--labels", "labels.npy", "--groups", "groups.npy"))
    table = ("--labels", "labels.csv", "--label-column", "class", "--group-column", "patient")
    by_column = records(command(*args, *table))
    selector = ModelSelector(n_resamples=10).fit(arrays, labels, groups=groups)
    expected = selector.results_["score_low"][selector.names_.index("sharp")]
    assert by_file[0]["score_low"] == by_column[0]["score_low"] == expected
    assert expected != records(command(*args, "--labels", "labels.npy"))[0]["score_low"]


def test_the_confidence_level_is_that_of_the_intervals(folder, command):
    args = (*JSON, "--resamples", 20, "--confidence-level")
    wide, narrow = (records(command(*args, level))[0] for level in (0.9, 0.5))
    assert wide["score_low"] < narrow["score_low"]
    assert narrow["score_high"] < wide["score_high"]


def test_a_folder_that_is_not_there_or_holds_no_features_is_refused(folder, command):
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").touch()
    refused(command("rank", "empty", "--labels", "labels.npy"), "folder empty holds no feature")
    refused(
        command("rank", "nowhere", "--labels", "labels.npy"),
        "must be feature files or folders of them, got nowhere: No such file",
    )


# One schema for programs.


def test_json_holds_the_run_and_the_models(folder, command):
    whole = json.loads(command(*JSON, "--title", "Ants", "--resamples", 20, "missing.npy").out)
    assert whole["title"] == "Ants"
    assert whole["task"] == "classification"
    assert whole["labels"] == {"read_from": "labels.npy", "n_rows": 60}
    assert whole["versions"]["skperturb"] == skperturb.__version__
    assert whole["n_resamples"] == 20
    assert whole["metrics"]["score"].startswith("CappedPCA(n_components=64")
    assert whole["summary"] in command(*RANK, "--resamples", 20, "missing.npy").err
    assert whole["models"][0]["metric"] == "projected LogME"
    assert "does not exist" in whole["models"][-1]["error"]
    assert whole["models"][0]["error"] == ""


def test_a_digest_tells_runs_that_can_be_compared(folder, command, labels):
    def digest(*args):
        return json.loads(command(*JSON, *args).out)["digest"]

    first = digest()
    assert first == digest("missing.npy") == digest("--resamples", 20)
    changed = [digest("--metric", "knn"), digest("--max-samples", 40), digest("--perturb")]
    np.save(folder / "labels.npy", labels[::-1])
    assert len({first, digest(), *changed}) == 5


def test_csv_carries_reasons_and_metrics(folder, command):
    text = command(*RANK, "missing.npy", "--format", "csv", "--metric", "knn").out
    *_, last = csv.DictReader(io.StringIO(text))
    assert last["error"].startswith("FileNotFoundError: Feature file ")
    assert last["metric"] == "KNNScore"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum", '=cmd|" -C calc"!A0'])
def test_a_name_is_no_formula_of_a_spreadsheet(folder, command, arrays, name):
    np.save(folder / "features" / f"{name}.npy", arrays["dull"])
    rows = list(csv.DictReader(io.StringIO(command(*RANK, "--format", "csv").out)))
    assert f"'{name}" in [row["model"] for row in rows]
    assert all(float(row["score"]) < 0 for row in rows)  # numbers stay numbers


@pytest.mark.parametrize("form", ["csv", "markdown", "json"])
def test_no_format_prints_what_commands_a_terminal(folder, command, arrays, form):
    np.save(folder / "features" / "\x1b[31mred\x07\x9b.npy", arrays["dull"])
    out = command(*RANK, "--format", form).out
    assert all(each.isprintable() or each == "\n" for each in out)


def test_markdown_shows_names_and_no_markup(folder, command, arrays):
    np.save(folder / "features" / "<b>a_b_`c`*d*.npy", arrays["dull"])
    out = command(*RANK, "--format", "markdown").out
    assert r"&lt;b&gt;a\_b\_\`c\`\*d\*" in out


def test_strict_ends_with_1_where_a_model_failed(folder, command):
    assert command(*RANK, "--strict").status == 0
    outcome = command(*RANK, "--strict", "missing.npy")
    assert outcome.status == 1
    assert len(outcome.out.splitlines()) == 2 + 4


# Measured accuracies beside the ranking.


def test_accuracies_stand_beside_the_ranking(folder, command):
    (folder / "acc.csv").write_text("model,accuracy,note\nsharp,91.5,x\nblind,40,\ndull,,\n")
    outcome = command(*JSON, "--accuracies", "acc.csv")
    measured = {each["model"]: each["accuracy"] for each in records(outcome)}
    assert measured == {"sharp": 91.5, "dull": None, "blind": 40.0}
    assert "weighted Kendall tau to the measured accuracies of 2 models: 1.00 (" in outcome.err
    head, _, first, *_ = command(*RANK, "--accuracies", "acc.csv").out.splitlines()
    assert head.split()[-2:] == ["accuracy", "seconds"]
    assert first.split()[3] == "91.5"
    (folder / "one.tsv").write_text("accuracy\tmodel\n.9\tdull\n")
    outcome = command(*RANK, "--accuracies", "one.tsv", "--plot", "ranking.png")
    assert "1 of 3 models have a measured accuracy." in outcome.err
    assert (folder / "ranking.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "needs columns called model and accuracy, acc.csv has nothing"),
        ("name,accuracy\na,1\n", "needs columns called model and accuracy, acc.csv has name, acc"),
        ("model,accuracy\nsharp,91 %\n", "must hold numbers, got '91 %' for 'sharp'"),
        ("model,accuracy\nSharp,91\n", "must know some of the models, such as .*, got acc.csv"),
        (b"model,accuracy\n\xff,1\n", "it is no table in UTF-8"),
    ],
)
def test_accuracies_of_nothing_are_refused(folder, command, content, problem):
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "acc.csv").write_bytes(content)
    refused(command(*RANK, "--accuracies", "acc.csv"), problem)


# As a program among programs.


def shell(line):
    """Run a line in which SKPERTURB is the command, from where the package was imported."""
    root = str(Path(skperturb.__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, "SKPERTURB": f"{sys.executable} -m skperturb"}
    return subprocess.run(
        ["sh", "-c", line.replace("SKPERTURB", "$SKPERTURB")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


needs_shell = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


@needs_shell
def test_stdout_and_stderr_are_apart(folder):
    result = shell(f"SKPERTURB {' '.join(JSON)} missing.npy --quiet")
    assert result.returncode == 0
    assert [each["model"] for each in json.loads(result.stdout)["models"]][-1] == "missing"
    assert result.stderr.startswith("failed: missing: ")


@needs_shell
def test_a_reader_may_leave_early(folder):
    # The reader is gone before a line is written.
    result = shell(f"(SKPERTURB {' '.join(RANK)}; echo $? >&2) | true")
    assert result.stdout == ""
    *_, verdict, status = result.stderr.splitlines()
    assert verdict.startswith("result: ")
    assert status == "0"


@needs_shell
def test_a_name_is_written_in_whatever_letters_there_are(folder, arrays):
    np.save(folder / "features" / "\u6a21.npy", arrays["dull"])
    with open(os.fsencode(folder) + b"/features/\xff.npy", "wb") as file:
        np.save(file, arrays["dull"])
    args = f"{' '.join(RANK)} --format csv --report report.html"
    result = shell(f"PYTHONIOENCODING=latin-1 SKPERTURB {args} features/*")
    assert result.returncode == 0
    assert {r"\u6a21", r"\xff"} <= {row.split(",")[1] for row in result.stdout.splitlines()}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "\u6a21" in page


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_is_said_in_one_line(folder):
    result = shell(f"SKPERTURB {' '.join(RANK)} --quiet >/dev/full")
    assert result.returncode == 2
    assert result.stderr == "skperturb: error: cannot write the result: No space left on device.\n"
