"""What `skperturb record`, `skperturb history` and `skperturb rank --history` keep and say."""

import csv
import io
import json
import sqlite3

import numpy as np
import pytest

from skperturb import History

N_ROWS = 60
SHIFTS = {"sharp": 4.0, "dull": 1.0, "blind": 0.0}
RANK = ("rank", "features", "--labels", "labels.npy")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A pool as files in `features/`, its labels in `labels.npy`, and where we stand."""
    rng = np.random.default_rng(0)
    codes = np.arange(N_ROWS) % 3
    (tmp_path / "features").mkdir()
    for width, (name, shift) in zip((5, 6, 7), SHIFTS.items(), strict=True):
        features = rng.standard_normal((N_ROWS, width)) + shift * np.eye(width)[codes]
        np.save(tmp_path / "features" / f"{name}.npy", features)
    np.save(tmp_path / "labels.npy", np.array(["ant", "bee", "cat"])[codes])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def taught(folder):
    """A history of three tasks on which "dull" was best, whatever the metrics said."""
    history = History(folder / "history.db")
    for task in ("one", "two", "three"):
        history.add_accuracies(task, {"sharp": 0.7, "dull": 0.9, "blind": 0.4})
    return history


def rows(outcome):
    assert outcome.status == 0, outcome.err
    return list(csv.DictReader(io.StringIO(outcome.out)))


def test_recorded_accuracies_are_in_the_history(folder, command):
    first = command("record", "--history", "h.db", "pets", "sharp", 0.9, "--n-test", 400)
    assert first.status == 0
    assert first.err == "recorded: sharp reached 0.9 on pets; 1 model measured on it.\n"
    again = command("record", "--history", "h.db", "pets", "sharp", 0.8)
    assert "sharp reached 0.8 on pets (so far 0.9); 1 model measured" in again.err
    assert History("h.db").known("pets") == {"sharp": 0.8}


def test_names_of_models_break_no_format(folder, taught, command):
    (folder / "features" / "sharp.npy").rename(folder / "features" / "=1|\x1b[2J.npy")
    predict = (*RANK, "--history", "history.db", "--task-name", "new", "--quiet", "--format")
    table = rows(command(*predict, "csv"))
    assert sum(row["model"].startswith("'=1|") for row in table) == 1
    head, _, *lines = command(*predict, "markdown").out.splitlines()
    assert {line.replace(r"\|", "").count("|") for line in lines} == {head.count("|")}
    assert "\x1b" not in "".join(row["model"] for row in table) + "".join(lines)


def test_runs_are_averaged(folder, command):
    for run, value in (("a", 0.8), ("b", 0.9)):
        outcome = command("record", "--history", "h.db", "pets", "sharp", value, "--run", run)
    assert "sharp reached 0.85 on pets (so far 0.8)" in outcome.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("pets", "sharp", 91), "'pets' must be in (0, 1), got 91.0; per cent? Divide by 100."),
        (("pets", "sharp", "much"), "'much' is not a valid float"),
        (("pets", "sharp", 0.9, "--n-test", 0), "0 is not in the range x>=1"),
        (
            ("pets", "sharp", 0.9, "--n-test", 9, "--standard-error", 0.1),
            "Give `standard_error` or",
        ),
        (("", "sharp", 0.9), "The name of a task must be a text that is not empty"),
    ],
)
def test_wrong_records_are_refused(folder, command, args, message):
    outcome = command("record", "--history", "h.db", *args)
    assert outcome.status == 2
    assert message in outcome.err
    assert not (folder / "h.db").exists()


def test_a_file_that_is_no_history_is_refused(folder, command):
    for args in (("record", "pets", "sharp", 0.9), ("history",)):
        outcome = command(*args, "--history", "labels.npy")
        assert outcome.status == 2
        assert (
            "must be a history that can be read and written: file is not a database" in outcome.err
        )


def test_the_list_has_one_line_per_task(taught, command):
    command("record", "--history", "history.db", "four", "sharp", 0.9)
    outcome = command("history", "--history", "history.db")
    head, _, *lines = outcome.out.splitlines()
    assert head.split() == ["task", "scored", "measured", "metrics", "source", "latest"]
    assert [line.split()[:3] for line in lines] == [
        ["four", "0", "1"],
        ["one", "0", "3"],
        ["three", "0", "3"],
        ["two", "0", "3"],
    ]


def test_export_and_import(taught, command, folder):
    assert command("history", "--history", "history.db", "--export", "all.csv").status == 0
    outcome = command("history", "--history", "new.db", "--import", "all.csv")
    assert outcome.status == 0
    assert "imported: 9 rows from all.csv" in outcome.err
    assert History("new.db").to_columns() == taught.to_columns()


def test_seeds_are_marked(folder, command):
    zoo = command("history", "--history", "h.db", "--seed", "zoo")
    assert "bundled zoo, finetuned" in zoo.out
    text = command("history", "--history", "h.db", "--seed", "zoo-text")
    assert "seeded: scores and probed accuracies of the bundled text encoders." in text.err
    assert "bundled zoo, linear_probe" in text.out
    published = command("history", "--history", "h.db", "--seed", "vit")
    assert "published: vit, vanilla_ft" in published.out
    unknown = command("history", "--history", "h.db", "--seed", "nothing")
    assert unknown.status == 2
    assert "must be one of 'supervised11'" in unknown.err


def test_a_task_can_be_removed(taught, command):
    outcome = command("history", "--history", "history.db", "--remove", "two")
    assert "removed: two." in outcome.err
    assert taught.tasks() == ["one", "three"]


def test_listing_makes_no_file(folder, command):
    outcome = command("history", "--history", "typo.db")
    assert outcome.status == 2
    assert "--history must be a file that is there, got typo.db" in outcome.err
    assert not (folder / "typo.db").exists()


def test_a_ranking_is_kept_and_predicted_from_the_past(taught, command):
    outcome = command(*RANK, "--history", "history.db", "--task-name", "new", "--format", "csv")
    found = rows(outcome)
    assert [row["model"] for row in found] == ["dull", "sharp", "blind"]
    assert [row["rank_by_metrics"] for row in found] == ["2", "1", "3"]
    assert [row["past_tasks"] for row in found] == ["3", "3", "3"]
    assert "highest prediction: dull, by the metrics sharp" in outcome.err
    assert "learned from 3 tasks" in outcome.err
    assert "fine-tune next: dull" in outcome.err
    kept = taught.to_columns()
    scores = [i for i, kind in enumerate(kept["kind"]) if kind == "score"]
    assert {kept["task"][i] for i in scores} == {"new"}
    assert {kept["metric"][i] for i in scores} == {"ridge", "logme", "knn", "sfda", "gbc", "lda"}


def test_what_was_measured_on_the_task_counts(taught, command):
    command("record", "--history", "history.db", "new", "dull", 0.55)
    found = rows(
        command(
            *RANK, "--history", "history.db", "--task-name", "new", "--format", "csv", "--quiet"
        )
    )
    [dull] = [row for row in found if row["model"] == "dull"]
    assert float(dull["predicted"]) == 0.55
    assert dull["measured"] == "yes"


def test_the_first_task_of_a_history_is_ranked_by_the_metrics(folder, command):
    outcome = command(*RANK, "--history", "h.db", "--task-name", "new", "--format", "json")
    assert [row["rank_by_metrics"] for row in json.loads(outcome.out)] == [1, 2, 3]
    assert "no past task to learn from" in outcome.err


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_known_accuracies_work_without_a_history(folder, command, form):
    outcome = command(*RANK, "--known", "sharp=0.9", "--format", form)
    assert outcome.status == 0
    [line] = [line for line in outcome.out.splitlines() if "sharp" in line]
    assert "0.9" in line
    assert "yes" in line


def test_other_metrics_than_those_of_the_past_are_named(taught, command):
    taught.add_scores({"sharp": {"m": 1.0}, "dull": {"m": 2.0}}, task="one")
    outcome = command(*RANK, "--history", "history.db", "--task-name", "new", "--metric", "hscore")
    assert outcome.status == 0
    assert "no past task has scores by these metrics" in outcome.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--history", "h.db"), "--history needs --task-name, the name of this task in it."),
        (
            ("--task-name", "pets"),
            "--task-name is for --history or --accuracies; give one",
        ),
        (("--known", "sharp"), "must be like resnet50=0.91, got 'sharp'."),
        (("--known", "sharp=91"), "they look like per cent: divide by 100"),
        (("--known", "shrap=0.9"), "must hold every model of `known`, got 'shrap'"),
    ],
)
def test_wrong_usage_of_a_history_is_refused(folder, command, args, message):
    outcome = command(*RANK, *args)
    assert outcome.status == 2
    assert message in outcome.err


def test_a_history_of_another_schema_is_refused(taught, command):
    connection = sqlite3.connect("history.db")
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    outcome = command(*RANK, "--history", "history.db", "--task-name", "new")
    assert outcome.status == 2
    assert "must have schema 1, got 9" in outcome.err
