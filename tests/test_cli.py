"""What the command prints, draws and refuses."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from skperturb import __version__
from skperturb._cli import main
from skperturb.datasets import load_zoo

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def plot_path(tmp_path_factory):
    return tmp_path_factory.mktemp("plots") / "ranking.png"


@pytest.fixture(scope="module")
def printed(plot_path):
    """Run the demo once; what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        assert main(["--plot", str(plot_path)]) == 0
    return output.getvalue()


@pytest.fixture(scope="module")
def zoo():
    return load_zoo()


def rows_of(printed, names):
    lines = [line for line in printed.splitlines() if line.split(" ")[0] in names]
    return {line.split(" ")[0]: line.replace(" * ", "   ").split()[1:] for line in lines}


def test_every_model_has_a_row_best_first(printed, zoo):
    rows = rows_of(printed, zoo.models)
    assert set(rows) == set(zoo.models)
    scores = [float(row[0]) for row in rows.values()]
    assert scores == sorted(scores, reverse=True)
    assert [int(row[1]) for row in rows.values()] == list(range(1, 25))


def test_measured_accuracies_stand_beside_the_scores(printed, zoo):
    rows = rows_of(printed, zoo.models)
    assert rows["efficientnet_lite0"][-4:] == ["86.5", "%", "75.3", "%"]
    assert rows["cifar_resnet56"][-3:] == ["-", "53.3", "%"]


def test_flagged_models_are_marked_and_explained(printed, zoo):
    for name, reason in zoo.flagged.items():
        assert re.search(rf"^{name} \* ", printed, re.MULTILINE)
        assert f"* {name}: {reason}" in printed
    assert len(re.findall(r"^\w+ \* ", printed, re.MULTILINE)) == 3


def test_every_metric_and_baseline_has_its_taus(printed):
    names = "perturbed LogME|LogME|RidgeProbe|mean rank on other tasks|number of features"
    rows = re.findall(rf"^(?:{names})((?: +-?[01]\.\d\d){{4}})$", printed, re.MULTILINE)
    assert len(rows) == 5
    assert np.all(np.abs([[float(tau) for tau in row.split()] for row in rows]) <= 1)


def test_lines_are_at_most_100_wide(printed):
    lines = printed.splitlines()
    assert max(len(line) for line in lines if not line.startswith("Plot")) <= 100


def test_it_says_how_long_it_took(printed):
    assert float(re.search(r"Seconds: (.*)", printed).group(1)) > 0


def test_the_plot_is_a_picture(printed, plot_path):
    assert plot_path.read_bytes().startswith(b"\x89PNG")


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"skperturb {__version__}\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing/ranking.png", "must be in a folder that exists"),
        ("ranking.doc", "must be a file like ranking.png"),
        ("ranking", "must be a file like ranking.png"),
        ("folder.png", "must be a file that can be written"),
    ],
)
def test_a_plot_that_cannot_be_written_is_refused_at_once(tmp_path, capsys, name, problem):
    (tmp_path / "folder.png").mkdir()
    assert main(["--plot", str(tmp_path / name)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert re.fullmatch(rf"skperturb: error: --plot {problem}.*\n", output.err)


def test_a_plot_without_matplotlib_is_refused_at_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    assert main(["--plot", str(tmp_path / "ranking.png")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "pip install skperturb[plot]" in output.err


@pytest.mark.parametrize("count", ["0", "many"])
def test_a_bad_number_of_jobs_is_refused(capsys, count):
    with pytest.raises(SystemExit, match="2"):
        main(["--n-jobs", count])
    assert "argument --n-jobs" in capsys.readouterr().err


def test_the_module_runs_as_a_command():
    command = [sys.executable, "-m", "skperturb", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("skperturb ")


def test_the_readme_quotes_what_the_command_prints(printed):
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    names = {
        "LogME behind Spread and Attract": "perturbed LogME",
        "LogME": "LogME",
        "RidgeProbe (leave-one-out linear probe)": "RidgeProbe",
        "mean rank on other tasks": "mean rank on other tasks",
        "number of features": "number of features",
    }
    for quoted, name in names.items():
        taus = re.search(rf"^{name} +([\d.]+) +[\d.]+ +([\d.]+) +[\d.]+$", printed, re.MULTILINE)
        cells = re.search(rf"^\| {re.escape(quoted)} \| (.+) \| (.+) \|$", readme, re.MULTILINE)
        assert [float(cell.strip("*")) for cell in cells.groups()] == [
            float(tau) for tau in taus.groups()
        ]
