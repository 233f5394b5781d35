"""What is known of models from files: other tasks, sizes and costs, beside how they are ranked."""

import csv
import io
import json

import numpy as np
import pytest

from html_pages import Page
from skperturb import ModelSelector
from skperturb.evaluation import static_ranking, weighted_kendall_tau
from skperturb.prediction import History

RANK = ("rank", "features", "--labels", "labels.npy")
NAMES = ["sharp", "fair", "dull", "blind"]
PETS = {"sharp": 0.7, "fair": 0.9, "dull": 0.6}
CARS = {"sharp": 0.2, "dull": 0.3}
HERE = {"sharp": 0.9, "fair": 0.8, "dull": 0.5, "blind": 0.4}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Features of four models, and tables of their accuracies and sizes."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    (tmp_path / "features").mkdir()
    for name, shift in zip(NAMES, (4.0, 2.0, 1.0, 0.0), strict=True):
        features = rng.standard_normal((60, 6)) + shift * np.eye(6)[codes]
        np.save(tmp_path / "features" / f"{name}.npy", features)
    np.save(tmp_path / "labels.npy", codes)
    write_tasks(tmp_path / "tasks.csv", here=HERE, pets=PETS, cars=CARS)
    (tmp_path / "info.csv").write_text(
        "model,params,family,score,empty\nsharp,3e8,vit,7,\nfair,25,cnn,,\ndull,8000000,cnn,2,\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_tasks(path, **tasks):
    rows = [f"{task},{m},{a}" for task, found in tasks.items() for m, a in found.items()]
    path.write_text("\n".join(["task,model,accuracy", *rows]))


def models_of(outcome):
    assert outcome.status == 0, outcome.err
    return {each["model"]: each for each in json.loads(outcome.out)["models"]}


def expected_static():
    table = [[task.get(name, np.nan) for name in NAMES] for task in (PETS, CARS, {})]
    return static_ranking(table)[-1]


# ---------------------------------------------------------------- the static order


def test_the_static_order_of_a_table_stands_beside_tau(folder, command):
    arguments = (*RANK, "--accuracies", "tasks.csv", "--task-name", "here")
    outcome = command(*arguments, "--format", "json")
    found = models_of(outcome)
    assert [found[name]["static_rank"] for name in NAMES] == [3, 1, 2, None]
    assert [found[name]["accuracy"] for name in NAMES] == list(HERE.values())
    tau = weighted_kendall_tau(list(HERE.values()), expected_static())
    assert f"; of the static order, their mean rank on 2 other tasks: {tau:.2f}." in outcome.err
    assert "static_rank" in command(*arguments).out.splitlines()[0]


def test_the_static_order_of_a_history_stands_beside_tau(folder, command):
    history = History(folder / "past.db")
    history.add_accuracies("pets", PETS)
    history.add_accuracies("cars", CARS)
    history.add_accuracies("here", HERE)  # what is known of this task is no other task
    write_tasks(folder / "one.csv", here=HERE)
    outcome = command(
        *(*RANK, "--accuracies", "one.csv", "--history", "past.db", "--task-name", "here"),
        *("--report", "page.html"),
    )
    assert outcome.status == 0, outcome.err
    tau = weighted_kendall_tau(list(HERE.values()), expected_static())
    sentence = f"mean rank on 2 other tasks: {tau:.2f}."
    assert sentence in outcome.err
    assert sentence in (folder / "page.html").read_text(encoding="utf-8")


def test_plot_and_report_show_the_static_order(folder, command):
    pytest.importorskip("matplotlib")
    outcome = command(
        *(*RANK, "--accuracies", "tasks.csv", "--task-name", "here"),
        *("--report", "page.html", "--plot", "ranking.png"),
    )
    assert outcome.status == 0, outcome.err
    text = (folder / "page.html").read_text(encoding="utf-8")
    head, *rows = Page(text).rows
    place = [cell.strip() for cell in head].index("static_rank")
    assert [row[place] for row in rows] == ["3", "1", "2", "-"]
    assert (folder / "ranking.png").stat().st_size > 1000


def test_one_other_task_is_one_and_unknown_models_have_no_static_order(folder, command):
    write_tasks(folder / "two.csv", here=HERE, pets=PETS)
    outcome = command(*RANK, "--accuracies", "two.csv", "--task-name", "here")
    assert "mean rank on 1 other task: " in outcome.err
    write_tasks(folder / "others.csv", here=HERE, pets={"x": 0.5, "y": 0.4})
    outcome = command(*RANK, "--accuracies", "others.csv", "--task-name", "here")
    assert outcome.status == 0
    assert "static" not in outcome.err + outcome.out


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "--task-name must say which task of tasks.csv this is, 'here', 'pets', 'cars', got "),
        (("--task-name", "birds"), "this is, 'here', 'pets', 'cars', got 'birds'"),
    ],
)
def test_of_several_tasks_one_must_be_named(folder, command, options, problem):
    outcome = command(*RANK, "--accuracies", "tasks.csv", *options)
    assert outcome.status == 2
    assert problem in outcome.err


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("model,accuracy\nsharp,0,9\n", "a cell for each column, got more in row 1 below"),
        ("model,accuracy\nsharp,0.9\nfair,.5\nsharp,0.8\n", "each model, got several for 'sharp'"),
        ("task,model,accuracy\na,sharp,.9\na,sharp,.8\n", "each model and task, got several for"),
    ],
)
def test_two_accuracies_of_a_model_are_refused(folder, command, rows, problem):
    (folder / "bad.csv").write_text(rows)
    outcome = command(*RANK, "--accuracies", "bad.csv")
    assert outcome.status == 2
    assert problem in outcome.err


def test_accuracies_of_another_task_are_not_taken_for_those_of_this(folder, command):
    write_tasks(folder / "one.csv", pets=PETS)
    outcome = command(*RANK, "--accuracies", "one.csv", "--task-name", "here")
    assert outcome.status == 2
    assert "must say which task of one.csv this is, 'pets', got 'here'" in outcome.err


def test_blanks_around_a_name_and_behind_a_row_are_nothing(folder, command):
    (folder / "blank.csv").write_text("model,accuracy,note\n sharp ,.9,,\nfair,.5\n")
    found = models_of(command(*RANK, "--accuracies", "blank.csv", "--format", "json"))
    assert found["sharp"]["accuracy"] == 0.9
    assert found["fair"]["accuracy"] == 0.5


# ---------------------------------------------------------------- information


def test_information_is_one_row_for_a_model(folder, command):
    (folder / "bad.csv").write_text("model,params\nsharp,1\nsharp,2\n")
    outcome = command(*RANK, "--info", "bad.csv")
    assert outcome.status == 2
    assert "--info must have one row for each model, got several for 'sharp'" in outcome.err


def test_numbers_ride_along(folder, command):
    outcome = command(*RANK, "--info", "info.csv", "--format", "json")
    found = models_of(outcome)
    assert [found[name]["params"] for name in NAMES] == [3e8, 25, 8e6, None]
    assert [found[name]["info_score"] for name in NAMES] == [7, None, 2, None]
    assert not {"family", "empty"} & set(found["sharp"])
    assert "params" in command(*RANK, "--info", "info.csv").out.splitlines()[0]


def test_the_score_is_drawn_against_each(folder, command):
    pytest.importorskip("matplotlib")
    from skperturb._cli._labels import Labels
    from skperturb._cli._plot import ranking_figure
    from skperturb._cli._run import fit_run

    files = {name: folder / "features" / f"{name}.npy" for name in NAMES}
    labels = Labels(np.load("labels.npy"), "classification", "labels.npy")
    info = {"params": {"sharp": 3.0, "dull": 1.0}, "gflops": {"other": 1.0}}
    for metric, label in ((None, "projected LogME"), (["knn", "logme"], "mean rank of 2 metrics")):
        run = fit_run(ModelSelector(metric), files, labels, args=[], info=info)
        drawn = {axes.get_xlabel(): axes for axes in ranking_figure(run, 4).axes if axes.axison}
        assert drawn["params"].get_ylabel().startswith(label)
        assert "gflops" not in drawn
    outcome = command(*RANK, "--info", "info.csv", "--plot", "p.png", "--report", "page.html")
    assert outcome.status == 0, outcome.err
    head = Page((folder / "page.html").read_text(encoding="utf-8")).rows[0]
    assert "params" in [cell.strip() for cell in head]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "name,params\nsharp,1\n",
            "--info needs a column called model, info.csv has name,",
        ),
        (
            "model,family\nsharp,vit\n",
            "--info needs a column of numbers beside model, info.csv",
        ),
        ("model,params\nSharp,1\n", "--info must know some of the models, such as "),
    ],
)
def test_information_on_nothing_is_refused(folder, command, content, problem):
    (folder / "info.csv").write_text(content)
    outcome = command(*RANK, "--info", "info.csv")
    assert outcome.status == 2
    assert problem in outcome.err


# ---------------------------------------------------------------- one schema


@pytest.mark.parametrize("metric", [None, "knn,logme"])
def test_csv_json_and_the_data_frame_have_the_same_columns(folder, command, metric):
    options = ("--resamples", 4, *(("--metric", metric) if metric else ()))
    head = next(csv.reader(io.StringIO(command(*RANK, *options, "--format", "csv").out)))
    records = models_of(command(*RANK, *options, "--format", "json"))
    files = {name: folder / "features" / f"{name}.npy" for name in sorted(NAMES)}
    selector = ModelSelector(metric.split(",") if metric else None, n_resamples=4)
    frame = selector.fit(files, np.load("labels.npy")).to_frame()
    assert head == list(records["sharp"]) == list(frame.columns)
    assert head[:2] == ["rank", "model"]
    for column in ("metric", "digest"):
        assert [records[name][column] for name in frame["model"]] == frame[column].tolist()
