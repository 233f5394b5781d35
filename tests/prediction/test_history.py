"""History: what is kept, what survives, and what is refused."""

import json
import pickle
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from skperturb import AccuracyPredictor, CappedPCA, History, ModelSelector
from skperturb.metrics import HScore, KNNScore, LogME


@pytest.fixture
def history(tmp_path):
    """An empty history."""
    return History(tmp_path / "history.db")


@pytest.fixture
def pets(history):
    """A history of two tasks, with scores by two metrics."""
    for task, shift in (("pets", 0.0), ("birds", 0.1)):
        scores = {
            "a": {"m": 3.0, "n": 1.0},
            "b": {"m": 2.0, "n": np.nan},
            "c": {"m": 1.0, "n": 3.0},
        }
        history.add_scores(scores, task=task, digests={"a": "d1"})
        history.add_accuracies(task, {"a": 0.8 + shift, "b": 0.7, "c": 0.6}, n_test=400)
    return history


# ---------------------------------------------------------------- what is kept


def test_reading_makes_no_file(history):
    assert history.tasks() == []
    assert history.load() == ([], [], [])
    assert history.known("pets") == {}
    assert history.to_columns()["task"] == []
    assert not history.path.exists()


def test_an_empty_file_is_an_empty_history(history):
    history.path.touch()
    assert history.tasks() == []
    history.add_accuracy("pets", "a", 0.5)
    assert history.tasks() == ["pets"]


def test_what_was_added_can_be_loaded(pets):
    records = pets.load()
    assert [task.name for task in records.tasks] == ["birds", "pets"]
    assert records.tasks[1].scores["a"] == {"m": 3.0, "n": 1.0}
    assert np.isnan(records.tasks[1].scores["b"]["n"])
    assert records.accuracies[1] == {"a": 0.8, "b": 0.7, "c": 0.6}
    assert records.standard_errors[1]["a"] == pytest.approx(np.sqrt(0.8 * 0.2 / 400))
    assert [task.name for task in pets.load(exclude=["pets"]).tasks] == ["birds"]


def test_a_predictor_learns_from_it(pets):
    tasks, accuracies, errors = pets.load()
    predictor = AccuracyPredictor().fit(tasks, accuracies, standard_errors=errors)
    assert predictor.n_tasks_ == 2
    assert predictor.metric_names_ == ["m", "n"]


def test_a_task_needs_two_accuracies_to_be_learned_from(history):
    history.add_accuracy("pets", "a", 0.5)
    assert history.load().tasks == []
    assert history.known("pets") == {"a": 0.5}


def test_accuracies_without_scores_and_scores_without_accuracies(history):
    history.add_accuracies("pets", {"a": 0.5, "b": 0.6})
    history.add_scores({"b": 1.0, "c": 2.0}, task="pets")
    [task] = history.load().tasks
    assert task.scores == {"a": {}, "b": {"score": 1.0}, "c": {"score": 2.0}}


def test_an_accuracy_of_the_same_run_is_replaced(history):
    history.add_accuracy("pets", "a", 0.5)
    history.add_accuracy("pets", "a", 0.6)
    assert history.known("pets") == {"a": 0.6}


def test_runs_are_averaged_and_tell_the_noise(history):
    for run, value in {"seed0": 0.5, "seed1": 0.6, "seed2": 0.7}.items():
        history.add_accuracy("pets", "a", value, run=run)
    mean, error = history.known("pets")["a"]
    assert mean == pytest.approx(0.6)
    assert error == pytest.approx(0.1 / np.sqrt(3))


def test_standard_errors_of_runs_are_combined(history):
    for run in ("seed0", "seed1"):
        history.add_accuracy("pets", "a", 0.5, run=run, standard_error=0.02)
    assert history.known("pets")["a"] == (0.5, pytest.approx(0.02 / np.sqrt(2)))


def test_scores_of_a_selector_keep_its_settings(history):
    y = np.repeat(["ant", "bee"], 10)
    pool = {"a": np.random.default_rng(0).standard_normal((20, 3)), "b": np.eye(20)[:, :4]}
    metrics = {"h": HScore(shrinkage=None), "knn": KNNScore(n_neighbors=3)}
    selector = ModelSelector(metrics, diagnostics=None).fit(pool, y)
    history.add_scores(selector, task="pets")
    history.add_accuracies("pets", {"a": 0.6, "b": 0.7})
    columns = history.to_columns()
    at = columns["metric"].index("knn")
    assert json.loads(columns["parameters"][at])["class"] == "KNNScore"
    assert json.loads(columns["parameters"][at])["n_neighbors"] == 3
    [task] = history.load().tasks
    assert task.scores["a"] == dict(zip(["h", "knn"], selector.scores_[0], strict=True))


def test_scores_under_older_settings_are_left_out_by_name(history):
    y = np.repeat(["ant", "bee"], 10)
    pool = {"a": np.random.default_rng(0).standard_normal((20, 3)), "b": np.eye(20)[:, :4]}
    for task, metric in (("old", KNNScore(n_neighbors=1)), ("new", KNNScore(n_neighbors=3))):
        selector = ModelSelector({"knn": metric}, diagnostics=None).fit(pool, y)
        history.add_scores(selector, task=task)
        history.add_accuracies(task, {"a": 0.6, "b": 0.7})
    with pytest.warns(UserWarning, match="Left out 2 scores by 'knn', recorded under other"):
        tasks = history.load().tasks
    assert tasks[0].scores["a"] != {}
    assert tasks[1].scores["a"] == {}


@pytest.mark.parametrize("metric", [None, LogME(), CappedPCA(3)])
def test_any_setting_can_be_described(metric):
    from skperturb.prediction._metric_description import describe

    assert json.loads(describe(metric)) is not None


def test_published_tables_are_marked_as_such(history):
    history.add_published("supervised11")
    assert len(history.tasks()) == 11
    assert history.tasks()[0] == "supervised11/aircraft"
    frame = history.to_frame()
    assert set(frame["source"]) == {"published: supervised11, vanilla_ft"}
    assert set(frame["kind"]) == {"accuracy"}
    assert frame["value"].between(0, 1, inclusive="neither").all()
    tasks, accuracies, _ = history.load()
    predictor = AccuracyPredictor().fit(tasks, accuracies)
    assert predictor.n_tasks_ == 11
    assert predictor.metric_names_ == []


def test_a_task_can_be_removed(pets):
    pets.remove("pets")
    assert pets.tasks() == ["birds"]
    assert set(pets.to_columns()["task"]) == {"birds"}
    with pytest.raises(ValueError, match="must hold the task to remove, got 'pets'"):
        pets.remove("pets")


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_and_back_loses_nothing(pets, tmp_path, suffix):
    pets.export(tmp_path / f"table{suffix}")
    other = History(tmp_path / "other.db")
    n_rows = other.import_table(tmp_path / f"table{suffix}")
    assert n_rows == 18
    assert other.to_columns() == pets.to_columns()
    assert other.load().accuracies == pets.load().accuracies


def test_a_frame_and_back_loses_nothing(pets, tmp_path):
    other = History(tmp_path / "other.db")
    other.import_table(pets.to_frame())
    pd.testing.assert_frame_equal(other.to_frame(), pets.to_frame())


def test_three_columns_are_enough(history):
    history.import_table({"task": ["pets"] * 2, "model": ["a", "b"], "value": [0.5, 0.6]})
    assert history.known("pets") == {"a": 0.5, "b": 0.6}
    assert set(history.to_columns()["source"]) == {"measured"}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"value": None}, ValueError, "columns task, model and value, got no 'value'"),
        ({"colour": ["red"]}, ValueError, "has the columns task, model, .*, got 'colour'"),
        ({"model": ["a", "b"]}, ValueError, r"must have one length, got \[1, 2\]"),
        (
            {"kind": ["rumour"]},
            ValueError,
            "Row 0 .* must be an 'accuracy' or a 'score', got 'rumour'",
        ),
        ({"kind": ["score"]}, ValueError, "Row 0 of the history .* must have a metric"),
        ({"task": [""]}, ValueError, "must have a task"),
        ({"value": ["much"]}, ValueError, "must have a number as value, got 'much'"),
        ({"value": [91.0]}, ValueError, "of 'a' on 'pets' must be in .* got 91.0; per cent"),
        ({"value": [None]}, TypeError, r"of 'a' on 'pets' must be in \(0, 1\), got None"),
    ],
)
def test_a_bad_table_changes_nothing(pets, changes, error, message):
    table = {"task": ["pets"], "model": ["a"], "value": [0.123]} | changes
    table = {name: values for name, values in table.items() if values is not None}
    before = pets.to_columns()
    with pytest.raises(error, match=message):
        pets.import_table(table)
    assert pets.to_columns() == before


def test_half_of_a_table_is_not_imported(pets):
    table = {"task": ["pets"] * 2, "model": ["a", "b"], "value": [0.123, 7.0]}
    before = pets.to_columns()
    with pytest.raises(ValueError, match="must be in"):
        pets.import_table(table)
    assert pets.to_columns() == before


def test_a_second_seed_without_a_name_is_refused_and_not_lost(history):
    table = {"task": ["pets"] * 2, "model": ["resnet"] * 2, "value": [0.9, 0.8]}
    with pytest.raises(ValueError, match=r"Row 1 .* must not repeat another row .* column run\."):
        history.import_table(table)
    history.import_table(table | {"run": [0, 1]})
    history.add_accuracy("pets", "resnet", 0.7, run=0)
    assert history.known("pets")["resnet"][0] == pytest.approx(0.75)


def test_a_scored_metric_is_no_repetition(history):
    table = {"task": ["pets"] * 3, "model": ["resnet"] * 3, "value": [0.9, 0.8, 2.0]}
    history.import_table(table | {"metric": [None, "logme", "knn"]})
    assert len(history.to_columns()["value"]) == 3


def test_the_error_of_a_table_is_checked(history):
    table = {"task": ["pets"], "model": ["resnet"], "value": [0.9], "standard_error": [-1.0]}
    with pytest.raises(ValueError, match="`standard_error` must be a finite number of at least 0"):
        history.import_table(table)


def test_one_name_to_leave_out_is_no_sequence(history):
    with pytest.raises(TypeError, match="`exclude` must be a sequence of names, got 'pets'"):
        history.load(exclude="pets")


def test_a_series_that_repeats_a_model_is_refused(history):
    pandas = pytest.importorskip("pandas")
    twice = pandas.Series([0.9, 0.8], index=["resnet", "resnet"])
    with pytest.raises(ValueError, match="one number for each model, got 'resnet' more than once"):
        history.add_accuracies("pets", twice)
    with pytest.raises(ValueError, match="one number for each model, got 'resnet' more than once"):
        AccuracyPredictor().fit([{"resnet": 1.0, "vit": 2.0}], [twice])


def test_other_suffixes_are_refused(pets, tmp_path):
    with pytest.raises(ValueError, match=r"written to .csv or .parquet files, got '.*table.pkl'"):
        pets.export(tmp_path / "table.pkl")


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("value", "params", "error", "message"),
    [
        (91.3, {}, ValueError, r"The accuracy of 'a' on 'pets' must be in \(0, 1\), got 91.3; per"),
        (0.0, {}, ValueError, r"must be in \(0, 1\), got 0.0"),
        (float("nan"), {}, ValueError, "got nan"),
        ("0.9", {}, TypeError, "got '0.9'"),
        (True, {}, TypeError, "got True"),
        (0.9, {"n_test": 0}, ValueError, "`n_test` must be an integer of at least 1, got 0"),
        (0.9, {"standard_error": -1}, ValueError, "`standard_error` must be a finite number .* -1"),
        (
            0.9,
            {"standard_error": 0.1, "n_test": 9},
            ValueError,
            "Give `standard_error` or `n_test`",
        ),
    ],
)
def test_wrong_accuracies_are_refused(history, value, params, error, message):
    with pytest.raises(error, match=message):
        history.add_accuracy("pets", "a", value, **params)
    assert not history.path.exists()


@pytest.mark.parametrize(("task", "model"), [("", "a"), ("pets", " "), (3, "a")])
def test_names_must_be_texts(history, task, model):
    with pytest.raises(ValueError, match=r"The name of a (task|model) must be a text that is not"):
        history.add_accuracy(task, model, 0.5)


def test_a_file_that_is_no_database_is_refused(history):
    history.path.write_text("task,model,value\npets,a,0.5\n" * 100)
    with pytest.raises(ValueError, match=r"must be a history that can be read .* not a database"):
        history.tasks()
    with pytest.raises(ValueError, match="must be a history"):
        history.add_accuracy("pets", "a", 0.5)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="A history must be a file, got the folder"):
        History(tmp_path).tasks()


def test_another_database_is_refused(history):
    with sqlite3.connect(history.path) as connection:
        connection.execute("CREATE TABLE tasks (name TEXT)")
    connection.close()
    with pytest.raises(ValueError, match="must be a history, got another SQLite database"):
        history.add_accuracy("pets", "a", 0.5)


def test_another_schema_is_refused(pets):
    connection = sqlite3.connect(pets.path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(ValueError, match=r"must have schema 1, got 7\. Export it to CSV"):
        pets.load()


def test_a_trigger_is_never_run(pets):
    connection = sqlite3.connect(pets.path)
    connection.execute(
        "CREATE TRIGGER evil AFTER INSERT ON accuracies BEGIN DELETE FROM scores; END"
    )
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="must hold the tables of a history and nothing else"):
        pets.add_accuracy("pets", "a", 0.5)
    connection = sqlite3.connect(pets.path)
    assert connection.execute("SELECT count(*) FROM scores").fetchone() == (12,)
    connection.close()


def test_a_history_can_be_sent_to_a_worker(pets):
    assert pickle.loads(pickle.dumps(pets)).tasks() == pets.tasks()


# ---------------------------------------------------------------- crashes and company

_ADD_MANY = """
import sys
from skperturb import History
history = History(sys.argv[1])
for i in range(int(sys.argv[3])):
    history.add_accuracies(f"task{i}", {f"{sys.argv[2]}{j}": 0.5 for j in range(20)})
    print(i, flush=True)
"""
_STOP_HALFWAY = """
import sys, time
from pathlib import Path
from skperturb.prediction._history_file import ADD_ACCURACY, write_transaction
with write_transaction(Path(sys.argv[1])) as connection:
    connection.execute("PRAGMA cache_size = 1")  # pages go to the file before the end
    for i in range(2000):
        row = ("pets", f"new{i}", "", 0.5, None, "x" * 200, "now")
        connection.execute(ADD_ACCURACY, row)
    print("halfway", flush=True)
    time.sleep(60)
"""


def start(code, *args):
    """Start a process of its own."""
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_writer_killed_halfway_leaves_what_was_there(pets):
    before = pets.to_columns()
    size = pets.path.stat().st_size
    with start(_STOP_HALFWAY, pets.path) as process:
        assert process.stdout.readline() == "halfway\n"
        assert pets.path.stat().st_size > size  # it did write
        process.kill()
    assert pets.to_columns() == before
    pets.add_accuracy("pets", "a", 0.5)  # and goes on
    assert pets.known("pets")["a"] == 0.5


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_writer_killed_at_any_time_leaves_whole_changes(history):
    for n_seen in (1, 3, 8):
        with start(_ADD_MANY, history.path, "m", 10_000) as process:
            for _ in range(n_seen):
                seen = int(process.stdout.readline())
            process.kill()
        frame = history.to_frame()
        assert (frame.groupby("task").size() == 20).all()
        assert {f"task{i}" for i in range(seen + 1)} <= set(history.tasks())


def test_two_processes_write_at_once(history):
    processes = [start(_ADD_MANY, history.path, name, 25) for name in ("a", "b")]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    frame = history.to_frame()
    assert len(frame) == 2 * 25 * 20
    assert (frame.groupby("task").size() == 40).all()


def test_the_bundled_text_has_other_metrics_where_there_are_no_classes(tmp_path):
    history = History(tmp_path / "h.db")
    history.add_zoo("text")
    tasks, accuracies, _ = history.load()
    metrics = {task.name: set(next(iter(task.scores.values()))) for task in tasks}
    assert metrics.pop("zoo/movie_rating") == {"ridge", "logme"}
    assert set(map(len, metrics.values())) == {6}
    assert len(metrics) == 6
    assert accuracies[0]["e5_small_q4"] == 0.9217
    columns = history.to_columns()
    assert set(filter(None, columns["source"])) == {"bundled zoo, linear_probe"}
