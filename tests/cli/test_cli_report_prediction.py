"""The report and the plot of `skperturb rank` where accuracies are predicted."""

import csv
import io
import re
import shutil
import sys

import numpy as np
import pytest

from html_pages import BROWSER, Page, in_browser
from skperturb import History, ModelSelector
from skperturb._cli._labels import Labels
from skperturb._cli._prediction import predict_run
from skperturb._cli._prediction_plot import prediction_figure
from skperturb._cli._run import fit_run
from skperturb.metrics import LogME

pytest.importorskip("matplotlib")

N_ROWS = 60
SHIFTS = {"sharp": 4.0, "dull": 1.0, "blind": 0.0}
PAST = {"sharp": 0.7, "dull": 0.9, "blind": 0.4}
EVIL = '<img src=x onerror=alert("1")>&'
HISTORY = ("--history", "history.db", "--task-name", "new")
HEADS = [
    *("rank", "model", "predicted", "interval", "p_best"),
    *("rank by metrics", "moved", "past tasks"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A pool, and a history of three tasks on which "dull" was best, whatever the metrics say."""
    rng = np.random.default_rng(0)
    codes = np.arange(N_ROWS) % 3
    (tmp_path / "features").mkdir()
    for width, (name, shift) in zip((5, 6, 7), SHIFTS.items(), strict=True):
        features = rng.standard_normal((N_ROWS, width)) + shift * np.eye(width)[codes]
        np.save(tmp_path / "features" / f"{name}.npy", features)
    np.save(tmp_path / "labels.npy", codes)
    for task in ("one", "two", "three"):
        History(tmp_path / "history.db").add_accuracies(task, PAST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rank(folder, command):
    """Rank with more arguments, and write a report; the outcome and the text of the report."""

    def run(*args):
        outcome = command(
            *("rank", "features", "--labels", "labels.npy", "--report", "report.html", *args)
        )
        assert outcome.status == 0, outcome.err
        return outcome, (folder / "report.html").read_text(encoding="utf-8")

    return run


def section_of(text):
    """Return the section of predicted accuracies, and the rows of its table."""
    [section] = re.findall(r'<section id="prediction">.*?</section>', text, re.DOTALL)
    head, *rows = Page(section).rows
    assert [cell.strip() for cell in head] == HEADS
    return section, rows


def verdict_of(text):
    return re.search(r'<p class="verdict">(.*?)</p>', text, re.DOTALL).group(1)


def test_the_table_is_what_was_printed(rank):
    outcome, text = rank(*HISTORY, "--format", "csv")
    _, rows = section_of(text)
    printed = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [row[0] for row in rows] == ["1", "2", "3"]
    for row, line in zip(rows, printed, strict=True):
        low, high = map(float, row[3].split(" to "))
        assert row[1].split()[0] == line["model"]
        assert float(row[2]) == pytest.approx(float(line["predicted"]), abs=6e-4)
        assert (low, high) == pytest.approx((float(line["low"]), float(line["high"])), abs=6e-4)
        assert float(row[4]) == pytest.approx(float(line["p_best"]), abs=6e-3)
        assert [row[5], row[7]] == [line["rank_by_metrics"], line["past_tasks"]]


def test_what_history_did_stands_beside_the_rank_by_metrics(rank):
    _, rows = section_of(rank(*HISTORY)[1])
    assert {row[1].split()[0]: row[5:] for row in rows} == {
        "dull": ["2", "up 1", "3"],
        "sharp": ["1", "down 1", "3"],
        "blind": ["3", "0", "3"],
    }


def test_the_page_says_what_stderr_says(rank):
    outcome, text = rank(*HISTORY)
    source, first, following = re.findall(r"^history: (.*)$", outcome.err, re.MULTILINE)
    assert f'<p class="summary">{source[0].upper()}{source[1:]}</p>' in text
    verdict = verdict_of(text)
    assert verdict == f"H{first[1:]} F{following[1:]}"
    assert verdict.startswith("Highest prediction: dull, by the metrics sharp. Fine-tune next:")
    assert "<h2>Ranking by metrics alone</h2>" in text
    assert '<p class="summary">sharp has the best mean rank of 3 models by' in text


def test_measured_and_suggested_models_are_marked(rank):
    outcome, text = rank(*HISTORY, "--known", "dull=0.55")
    suggested = re.search(r"fine-tune next: (\w+);", outcome.err).group(1)
    _, rows = section_of(text)
    marks = {row[1].split()[0]: " ".join(row[1].replace("!", "").split()[1:]) for row in rows}
    rest = {"sharp", "blind"} - {suggested}
    assert marks == {"dull": "measured", suggested: "fine-tune next", **dict.fromkeys(rest, "")}
    assert [row[2:4] for row in rows if row[1].startswith("dull")] == [["0.550", "0.550 to 0.550"]]


def test_nothing_is_suggested_where_all_is_measured(rank):
    known = (each for name in SHIFTS for each in ("--known", f"{name}={PAST[name]}"))
    _, text = rank(*HISTORY, *known)
    section, _ = section_of(text)
    assert section.count('class="tag">measured') == 3
    assert "fine-tune next" not in text.lower()


def test_the_picture_of_the_predictions_stands_on_the_page(rank):
    section, _ = section_of(rank(*HISTORY)[1])
    [picture] = re.findall(r'<div class="wide">(<svg.*?</svg>)\s*</div>', section, re.DOTALL)
    assert "var(--mark)" in picture
    assert "#1f77b4" not in picture


def test_two_pictures_do_not_number_their_groups_alike(rank):
    _, text = rank(*HISTORY)
    groups = re.findall(r'<g id="([^"]*)"', text)
    assert len(groups) == len(set(groups))


def test_the_page_is_whole_and_has_a_level(rank):
    _, text = rank(*HISTORY, "--confidence-level", 0.5)
    page = Page(text)
    assert page.open == []
    assert "$" not in re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL)
    assert "A line is a 50 % interval" in section_of(text)[0]


def test_without_a_prediction_the_page_has_none(rank):
    _, text = rank()
    assert 'id="prediction' not in text
    assert "<h2>Ranking</h2>" in text
    assert 'class="summary"' not in text


def test_without_a_past_the_page_says_that_accuracies_are_guesses(rank):
    _, text = rank("--known", "sharp=0.9")
    section, rows = section_of(text)
    assert "No past task to learn from" in section
    assert {row[7] for row in rows} == {"0"}


def test_warnings_of_a_prediction_stand_on_the_page(rank, folder):
    scores = {"sharp": {"m": 1.0}, "dull": {"m": 2.0}}
    History(folder / "history.db").add_scores(scores, task="one")
    outcome, text = rank(*HISTORY, "--metric", "hscore")
    note = "no past task has scores by these metrics; only its accuracies count."
    assert f"warning: {note}" in outcome.err
    assert f"<li>{note}</li>" in re.search(r'id="warnings".*?</ul>', text, re.DOTALL).group()


def test_a_failed_model_has_a_prediction_and_no_rank_by_metrics(rank, folder):
    (folder / "features" / "blind.npy").write_text("broken")
    section, rows = section_of(rank(*HISTORY)[1])
    [row] = [row for row in rows if row[1].startswith("blind")]
    assert row[5:] == ["failed", "-", "3"]
    assert 0 < float(row[2]) < 1
    assert '<a href="#failures"' in section


@pytest.mark.parametrize("name", [EVIL, "<\u2215script><script>", "$title {source}", "$\\frac$"])
def test_a_name_is_text_wherever_it_stands(rank, folder, name):
    shutil.copy(folder / "features" / "sharp.npy", folder / "features" / f"{name}.npy")
    (folder / "features" / "sharp.npy").unlink()
    History(folder / "history.db").add_accuracies("four", {name: 0.99, "dull": 0.5})
    outcome, text = rank(*HISTORY, "--title", name)
    page, (_, rows) = Page(text), section_of(text)
    assert name in [row[1].removesuffix(" fine-tune next").removesuffix(" !") for row in rows]
    assert name in outcome.err
    assert "img" not in [tag for tag, _ in page.elements]
    assert [tag for tag, _ in page.elements].count("script") == 1


def test_without_matplotlib_the_page_has_the_table_alone(rank, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    section, rows = section_of(rank(*HISTORY)[1])
    assert len(rows) == 3
    assert "No plot: matplotlib is not installed" in section


def test_the_plot_is_of_the_predictions(rank, folder, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "skperturb.plotting.PredictionDisplay.plot",
        lambda self, ax: drawn.append((self.rows(), len(ax))),
    )
    rank(*HISTORY, "--plot", "plot.svg")
    assert drawn == [(["dull", "sharp", "blind"], 2)] * 2  # the file, and the page
    assert (folder / "plot.svg").stat().st_size > 0


def test_a_wrong_history_leaves_no_report(folder, command):
    outcome = command(
        *("rank", "features", "--labels", "labels.npy", "--report", "report.html"),
        *("--history", "labels.npy", "--task-name", "new"),
    )
    assert outcome.status == 2
    assert "must be a history that can be read and written" in outcome.err
    assert not (folder / "report.html").exists()


def test_a_report_that_cannot_be_written_does_not_cost_the_prediction(folder, command, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skperturb._cli._rank.save_plot", fail)
    outcome = command(
        *("rank", "features", "--labels", "labels.npy", "--plot", "plot.png", *HISTORY),
    )
    assert outcome.status == 2
    assert "cannot write plot.png: No space left on device." in outcome.err
    assert "dull" in outcome.out


def test_a_picture_of_many_models_shows_the_best_of_them(folder):
    pool = {f"model{i}": np.eye(6)[:, :3] + i * np.eye(6)[:, 1:4] for i in range(5)}
    labels = Labels(np.array([0, 0, 0, 1, 1, 1]), "classification", "y.npy")
    run = fit_run(ModelSelector({"logme": LogME()}), pool, labels, args=[])
    options = {"history": None, "task_name": None, "known": [("model2", 0.99)]}
    prediction = predict_run(run, options)
    figure = prediction_figure(run, prediction, 3)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == prediction.columns["model"][:3]
    assert "model2" in names
    assert figure.get_suptitle() == "The best 3 of 5 models"
    legend = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert legend == ["history", "metrics", "measured here"]
    run.title = "Ants"
    assert prediction_figure(run, prediction, 5).get_suptitle() == "Ants"


# In a browser.


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_each_table_sorts_by_itself(rank, folder):
    text = rank(*HISTORY)[1]
    clicks = [
        f'document.querySelectorAll("#predictions th button")[{HEADS.index("rank by metrics")}]',
        'document.querySelectorAll("#ranking th button")[1]',
    ]
    script = "".join(f"{click}.click();" for click in clicks)
    page = folder / "clicked.html"
    page.write_text(text.replace("</script>", f"{script}</script>"), encoding="utf-8")
    dom = in_browser(page, folder / "profile")
    _, rows = section_of(dom)
    assert [row[1].split()[0] for row in rows] == ["sharp", "dull", "blind"]
    ranking = re.search(r'<table id="ranking">.*?</table>', dom, re.DOTALL).group()
    assert [row[1].split()[0] for row in Page(ranking).rows[1:]] == ["blind", "dull", "sharp"]
