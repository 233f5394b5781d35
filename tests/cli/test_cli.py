"""What the command says of itself, and what its demo prints, draws and refuses."""

import contextlib
import importlib
import io
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils import get_tags

from discovery import METRICS
from skperturb import __version__
from skperturb._cli import main
from skperturb.datasets import load_zoo
from skperturb.selection._metrics import find_metric

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def plot_path(tmp_path_factory):
    return tmp_path_factory.mktemp("plots") / "ranking.png"


@pytest.fixture(scope="module")
def printed(plot_path):
    """Run the demo once; what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        assert main(["demo", "--plot", str(plot_path)]) == 0
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


def test_the_pool_of_text_is_ranked_by_what_was_measured_of_it(capsys):
    assert main(["demo", "--pool", "text"]) == 0
    printed = capsys.readouterr().out
    assert "250 sentences of 16 classes, 21 encoders" in printed
    assert "fine-tuned" not in printed
    rows = rows_of(printed, load_zoo("text").models)
    assert rows["minilm_fp32@layer3"][-2:] == ["25.2", "%"]
    assert len(re.findall(r"^mean rank on other tasks +0\.\d\d$", printed, re.MULTILINE)) == 1


def test_every_metric_and_baseline_has_its_taus(printed):
    names = "LogME behind PCA|perturbed|consensus|mean rank on other tasks|number of features"
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


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing/ranking.png", "must be in a folder that exists"),
        ("ranking.doc", "must be a file like ranking.png"),
        ("ranking", "must be a file like ranking.png"),
        ("folder.png", "must be a file that can be written"),
    ],
)
def test_a_plot_that_cannot_be_written_is_refused_at_once(tmp_path, command, name, problem):
    (tmp_path / "folder.png").mkdir()
    outcome = command("demo", "--plot", tmp_path / name)
    assert outcome.status == 2
    assert outcome.out == ""
    assert re.fullmatch(rf"skperturb: error: --plot {problem}.*\n", outcome.err)


def test_a_plot_without_matplotlib_is_refused_at_once(monkeypatch, tmp_path, command):
    monkeypatch.setitem(sys.modules, "matplotlib.backend_bases", None)
    outcome = command("demo", "--plot", tmp_path / "ranking.png")
    assert outcome.status == 2
    assert outcome.out == ""
    assert 'pip install "skperturb[plot]"' in outcome.err


@pytest.mark.parametrize("count", ["0", "many", "1.5"])
def test_a_bad_number_of_jobs_is_refused(command, count):
    outcome = command("demo", "--jobs", count)
    assert outcome.status == 2
    assert re.fullmatch(
        r"skperturb: error: .*'--jobs': must be an integer other than 0, got .*\n", outcome.err
    )


def test_the_version_is_that_of_the_package(command):
    assert command("--version") == (0, f"skperturb {__version__}\n", "")


def test_alone_it_shows_its_help(command):
    alone = command()
    assert alone.status == 0
    assert alone == command("--help") == command("-h")
    for name in ("rank", "metrics", "demo"):
        assert re.search(rf"^  {name} ", alone.out, re.MULTILINE)


@pytest.mark.parametrize("name", ["rank", "metrics", "demo"])
def test_every_command_has_a_help(command, name):
    outcome = command(name, "-h")
    assert outcome.status == 0
    assert outcome.out.startswith(f"Usage: skperturb {name}")


@pytest.mark.parametrize("args", [["frobnicate"], ["--frobnicate"], ["rank"], ["demo", "more"]])
def test_wrong_usage_is_one_line_that_names_the_help(command, args):
    outcome = command(*args)
    assert outcome.status == 2
    assert outcome.out == ""
    assert re.fullmatch(r"skperturb: error: .* Try `skperturb.* --help`\.\n", outcome.err)


def interrupt(*args, **settings):
    raise KeyboardInterrupt


def test_an_interrupt_is_one_line(command, monkeypatch):
    monkeypatch.setattr("skperturb._cli._demo.load_zoo", interrupt)
    outcome = command("demo")
    assert outcome.status == 130
    assert outcome.err.strip().splitlines() == ["skperturb: interrupted."]


@pytest.mark.parametrize(
    ("args", "advice"),
    [
        ((), "with --memory DIR, the same command goes on where it stopped."),
        (("--memory", "scores"), "the same command goes on where it stopped."),
        (("--memory=scores",), "the same command goes on where it stopped."),
    ],
)
def test_an_interrupted_ranking_says_how_to_go_on(command, monkeypatch, args, advice):
    monkeypatch.setattr("skperturb._cli._rank.read_labels", interrupt)
    outcome = command("rank", "features", "--labels", "y.npy", *args)
    assert outcome.status == 130
    assert outcome.err.strip() == f"skperturb: interrupted; {advice}"


def test_an_interrupt_while_it_loads_is_one_line_too():
    """Ctrl-C is sent when scikit-learn begins to be imported."""
    code = """
        import os, signal, sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "sklearn":
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, Finder())
        from skperturb._cli import main
        sys.exit(main(["metrics"]))
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 130
    assert result.stderr.strip() == "skperturb: interrupted."


@pytest.mark.parametrize("args", [["--help"], ["--version"], []])
def test_help_and_version_need_no_scientific_library(args):
    code = f"""
        import sys
        from skperturb._cli import main
        main({args})
        loaded = {{"sklearn", "scipy", "numpy", "pandas", "matplotlib"}} & set(sys.modules)
        assert not loaded, loaded
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True)


def test_the_summaries_in_the_help_are_those_of_the_commands(command):
    shown = command("--help").out
    for name in ("rank", "metrics", "demo"):
        module = importlib.import_module(f"skperturb._cli._{name}")
        assert getattr(module, name).get_short_help_str(100) in shown


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_extra_it_says_what_to_install(monkeypatch, command, missing):
    for name in [each for each in sys.modules if each.startswith(("skperturb._cli.", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    outcome = command("--version")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert 'pip install "skperturb[cli]"' in outcome.err


def test_another_missing_module_is_not_blamed_on_the_extra(monkeypatch, command):
    for name in [each for each in sys.modules if each.startswith("skperturb._cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ModuleNotFoundError, match="numpy"):
        command("demo")


def test_the_module_runs_as_a_command():
    command = [sys.executable, "-m", "skperturb", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"skperturb {__version__}\n"


def test_every_metric_has_a_line(command):
    lines = command("metrics").out.splitlines()
    for metric in METRICS:
        first_line = type(metric).__doc__.strip().splitlines()[0].rstrip(".")
        (line,) = [each for each in lines if first_line in each]
        tags = get_tags(metric)
        assert tags.input in line
        assert all(task in line for task in tags.tasks)
        assert find_metric(line.split()[0]) is type(metric)


def test_a_terminal_gets_two_lines_per_metric(command, monkeypatch):
    monkeypatch.setattr("skperturb._cli._metrics.stdout_is_terminal", lambda: True)
    text = command("metrics").out
    assert re.search(r"^logme +Log of .*\n +features; classification, .*; any$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 100


def test_the_list_of_metrics_needs_no_docstrings(command, monkeypatch):
    monkeypatch.setattr(find_metric("knn"), "__doc__", None)  # as `python -OO` leaves it
    assert re.search(r"^knn +features +classification", command("metrics").out, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "range_"),
    [
        ("logme", "any"),
        ("leep", "at most 0"),
        ("transrate", "at least 0"),
        ("knn", "0 to 1"),
        ("gbc", "-2 to 0 for C = 2, -90 to 0 for C = 10"),  # -C(C-1), by hand
    ],
)
def test_the_list_of_metrics_has_their_ranges(command, name, range_):
    (line,) = [each for each in command("metrics").out.splitlines() if each.startswith(f"{name} ")]
    assert line.endswith(f"  {range_}")


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_a_metric_is_found_by_its_class_and_its_short_name(metric):
    name = type(metric).__name__
    short = re.sub("(Score|Probe)$", "", name)
    words = [name, name.lower(), name.upper(), *([short] if len(short) > 1 else [])]
    assert {find_metric(word) for word in words} == {type(metric)}


@pytest.mark.parametrize(
    ("word", "short"), [("h-score", "hscore"), ("nearest_centroid", "nearestcentroid")]
)
def test_punctuation_in_a_metric_does_not_matter(word, short):
    assert find_metric(word) is find_metric(short) is not None


@pytest.mark.parametrize(("word", "near"), [("logem", "logme"), ("consensos", "consensus")])
def test_a_slip_finds_its_metric(command, word, near):
    outcome = command("rank", "features", "--labels", "y.npy", "--metric", word)
    assert f"there is no metric {word!r}. Did you mean {near!r}? There are: cka, " in outcome.err
    outcome = command("rank", "features", "--labels", "y.npy", "--metric", "zzz")
    assert "there is no metric 'zzz'. There are: cka, " in outcome.err


def test_the_first_steps_quote_what_the_command_prints(printed):
    page = Path(__file__).resolve().parents[2] / "docs" / "getting_started.rst"
    names = {
        "LogME behind PCA, the default": "LogME behind PCA",
        "the same behind Spread and Attract": "perturbed",
        "consensus of five metrics": "consensus",
        "mean rank on other tasks: no feature seen": "mean rank on other tasks",
        "number of features": "number of features",
    }
    for quoted, name in names.items():
        taus = re.search(rf"^{name} +([\d.]+) +[\d.]+ +([\d.]+) +[\d.]+$", printed, re.MULTILINE)
        row = rf"^   \* - {re.escape(quoted)}\n     - (.+)\n     - (.+)$"
        cells = re.search(row, page.read_text(encoding="utf-8"), re.MULTILINE)
        assert list(map(float, cells.groups())) == list(map(float, taus.groups()))
