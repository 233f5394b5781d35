"""The report: one page that holds everything, says it safely, and sorts."""

import re
import shutil

import numpy as np
import pytest

from html_pages import BROWSER, Page, in_browser
from skperturb import ModelSelector
from skperturb._cli._accuracies import Measured
from skperturb._cli._labels import Labels
from skperturb._cli._plot import ranking_figure
from skperturb._cli._run import fit_run
from skperturb.metrics import KNNScore, LogME

pytest.importorskip("matplotlib")

N_ROWS = 60
EVIL = '<img src=x onerror=alert("1")>&'  # a file name may be anything but a slash


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    codes = np.arange(N_ROWS) % 3
    (tmp_path / "features").mkdir()
    for width, shift, name in ((5, 4.0, "sharp"), (6, 2.0, "dull"), (7, 0.0, "10"), (8, 1.2, "9")):
        features = rng.standard_normal((N_ROWS, width)) + shift * np.eye(width)[codes]
        np.save(tmp_path / "features" / f"{name}.npy", features)
    np.save(tmp_path / "labels.npy", codes)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def report(folder, command):
    """Write a report with more arguments; its text."""

    def text(*args):
        outcome = command(
            *("rank", "features", "--labels", "labels.npy", "--report", "report.html", *args)
        )
        assert outcome.status == 0, outcome.err
        return (folder / "report.html").read_text(encoding="utf-8")

    return text


def test_the_page_is_whole_and_needs_nothing_else(report):
    text = report("--resamples", 20)
    page = Page(text)
    assert page.open == []
    assert "$" not in re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL)
    sources = {"src", "href", "xlink:href", "action", "data"}
    links = {value for _, found in page.elements for key, value in found.items() if key in sources}
    assert all(link.startswith("#") for link in links)
    assert not {"link", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.elements}
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def test_the_table_is_the_ranking(report, folder, command):
    head, *rows = Page(report()).rows
    assert [cell.strip() for cell in head] == ["rank", "model", "score", "seconds"]
    printed = command("rank", "features", "--labels", "labels.npy").out.splitlines()[2:]
    assert [row[:3] for row in rows] == [line.split()[:3] for line in printed]


def test_an_interval_is_drawn_where_there_is_one(report):
    assert 'class="track"' not in report()
    assert report("--resamples", 20).count('class="track"') == 2 * 4  # of scores and of ranks


def test_lines_of_one_column_are_on_one_scale(report):
    text = report("--resamples", 20)
    head, *rows = Page(text).rows
    column = [cell.strip() for cell in head].index("score interval")
    bounds = [tuple(map(float, row[column].split(" to "))) for row in rows]
    lines = re.findall(r'<line x1="([\d.]+)" y1="6" x2="([\d.]+)" y2="6"/>', text)
    drawn = np.array(lines, dtype=float)[::2]  # the others are of ranks
    # Linear from scores to places: each is the other, up to a shift and a stretch.
    places, scores = drawn.ravel(), np.ravel(bounds)
    slope, shift = np.polyfit(scores, places, 1)
    np.testing.assert_allclose(slope * scores + shift, places, atol=0.1)
    assert places.min() >= 0
    assert places.max() <= 100


def test_what_was_run_stands_on_the_page(report):
    import sklearn

    import skperturb

    text = report("--metric", "knn", "--max-samples", "30", "--resamples", "20")
    assert "skperturb rank features --labels labels.npy" in text
    assert "n_neighbors=" in re.search(r"KNNScore\((.*?)\)", text).group(1)
    assert "30 of 60 rows" in text
    assert f"skperturb {skperturb.__version__}, sklearn {sklearn.__version__}" in text
    assert re.search(r"<dt>Date</dt><dd>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}</dd>", text)


def test_the_default_is_spelled_out_with_its_parameters(report):
    text = report()
    assert "By projected LogME on 60 rows" in text
    assert "CappedPCA(n_components=64" in text
    assert "Spread" not in text
    assert "By perturbed LogME on 60 rows" in report("--perturb")


def test_the_verdict_is_the_one_on_stderr(folder, command):
    outcome = command("rank", "features", "--labels", "labels.npy", "--report", "report.html")
    verdict = re.search(r"^result: (.*)$", outcome.err, re.MULTILINE).group(1)
    text = (folder / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<p class="verdict">(.*?)</p>', text, re.DOTALL).group(1)
    assert found.replace("&#x27;", "'").replace("&gt;", ">") == verdict


def test_failures_and_warnings_are_named_with_their_reasons(report, folder):
    constant = np.load(folder / "features" / "dull.npy")
    constant[:, 0] = 1.0
    np.save(folder / "features" / "constant.npy", constant)
    text = report("missing.npy")
    assert re.search(r'id="failures".*<b>missing</b>: \w', text, re.DOTALL)
    assert re.search(r'id="warnings".*<b>constant</b>: \w', text, re.DOTALL)
    assert '<a href="#failures" title="' in text
    assert 'id="failures"' not in report()


@pytest.mark.parametrize("name", [EVIL, "</script><script>", "$title ${x}", "$\\frac$"])
def test_a_name_is_text_wherever_it_stands(report, folder, name):
    if "/" in name:
        name = name.replace("/", "\u2215")
    shutil.copy(folder / "features" / "sharp.npy", folder / "features" / f"{name}.npy")
    (folder / "features" / f"{name}2.npy").write_text("broken")
    page = Page(report())
    assert name in [row[1].removesuffix(" !") for row in page.rows[1:]]
    assert "img" not in [tag for tag, _ in page.elements]
    assert [tag for tag, _ in page.elements].count("script") == 1


def test_without_matplotlib_the_page_has_no_plot_and_says_so(report, monkeypatch):
    import sys

    assert 'class="wide"><svg' in report()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = report()
    assert "No plot: matplotlib is not installed" in text
    assert "</html>" in text


def test_several_metrics_have_a_column_each(report):
    head, *rows = Page(report("--metric", "logme,knn")).rows
    names = [cell.strip() for cell in head]
    assert {"score_logme", "rank_logme", "score_knn", "mean_rank"} <= set(names)
    assert {len(row) for row in rows} == {len(names)}


def test_a_plot_of_many_models_shows_the_best_of_them():
    pool = {f"model{i}": np.eye(6)[:, :3] + i for i in range(5)}
    selector = ModelSelector({"logme": LogME(), "knn": KNNScore()})
    labels = Labels(np.array([0, 0, 0, 1, 1, 1]), "classification", "y.npy")
    run = fit_run(selector, pool, labels, args=[])
    figure = ranking_figure(run, 3)
    labels = [text.get_text().split()[0] for text in figure.axes[0].get_yticklabels()]
    assert labels == selector.ranking_[:3]
    assert figure.get_suptitle() == "The best 3 of 5 models"
    assert [axes.get_xlabel() for axes in figure.axes] == ["LogME", "KNNScore"]
    assert ranking_figure(run, 5).get_suptitle() == ""
    run.title, run.measured = "Ants", Measured({"model1": 0.5}, [])
    figure = ranking_figure(run, 5)
    assert figure.get_suptitle() == "Ants"
    assert [axes.get_xlabel() for axes in figure.axes] == [
        *("LogME", "KNNScore", "measured accuracy")
    ]


def test_a_title_level_and_accuracies_stand_on_the_page(report, folder):
    (folder / "acc.csv").write_text("model,accuracy\nsharp,91.5\n9,88.25\n")
    text = report(
        *("--title", "<Ants>", "--accuracies", "acc.csv"),
        *("--resamples", 20, "--confidence-level", 0.5),
    )
    assert "<title>&lt;Ants&gt;</title>" in text
    head, *rows = Page(text).rows
    place = [cell.strip() for cell in head].index("accuracy")
    assert {row[1]: row[place] for row in rows} == {
        **{"sharp": "91.5", "9": "88.25"},
        **{"dull": "-", "10": "-"},
    }
    assert "A line is a 50 % interval" in text
    assert "Weighted Kendall tau to the measured accuracies of 2 models: 1.00" in text
    assert re.search(r"<dt>Labels</dt><dd>60 rows, 3 classes of 20 rows each", text)


# In a browser.


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
@pytest.mark.parametrize(
    ("clicks", "order", "direction"),
    [
        (["rank"], "missing 10 9 dull sharp", "descending"),  # it is sorted already
        (["model"], "9 10 dull missing sharp", "ascending"),
        (["model", "model"], "sharp missing dull 10 9", "descending"),
        (["score"], "sharp dull 9 10 missing", "descending"),  # best first
        (["score", "score"], "10 9 dull sharp missing", "ascending"),
        (["score", "rank"], "sharp dull 9 10 missing", "ascending"),
    ],
)
def test_a_click_on_a_head_sorts(report, folder, clicks, order, direction):
    text = report("missing.npy")
    clicked = [
        f'document.querySelectorAll("th button")[{place}].click();'
        for place in map(["rank", "model", "score"].index, clicks)
    ]
    page = folder / "clicked.html"
    page.write_text(text.replace("</script>", f"{''.join(clicked)}</script>"), encoding="utf-8")
    dom = in_browser(page, folder / "profile")
    _, *rows = Page(dom).rows
    assert [row[1].removesuffix(" !") for row in rows] == order.split()
    assert re.findall(r'aria-sort="(\w+)"[^>]*><button[^>]*>(\w+)', dom) == [
        (direction, clicks[-1])
    ]
