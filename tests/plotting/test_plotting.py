"""What the displays draw."""

import sys

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning, NotFittedError

from skperturb import HalvingModelSelector, ModelSelector
from skperturb.metrics import KNNScore, LogME
from skperturb.plotting import RankingDisplay

matplotlib = pytest.importorskip("matplotlib")
ACCURACIES = {"dull": 0.6, "sharp": 0.9, "blind": np.nan}


@pytest.fixture(autouse=True)
def closed_figures():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture
def y():
    return np.repeat(["ant", "bee"], 30)


@pytest.fixture
def pool(y):
    rng = np.random.default_rng(0)
    signal = (y == "bee")[:, None] * 2.0
    noise = rng.standard_normal((60, 5))
    return {"blind": noise, "dull": noise + signal / 2, "sharp": noise + 3 * signal}


def row_names(display):
    return [label.get_text().split()[0] for label in display.ax_.get_yticklabels()]


def words(axes):
    return [text.get_text() for text in axes.texts]


def dots(axes):
    return axes.lines[0].get_xdata()


def test_the_best_model_is_on_top(pool, y):
    selector = ModelSelector(LogME()).fit(pool, y)
    display = RankingDisplay.from_selector(selector)
    assert row_names(display) == selector.ranking_ == ["sharp", "dull", "blind"]
    np.testing.assert_array_equal(dots(display.ax_), np.sort(selector.scores_)[::-1])
    low, high = display.ax_.get_ylim()
    assert low > high
    assert display.ax_.get_yticklabels()[0].get_text().split() == ["sharp", "1"]
    assert display.ax_.get_xlabel() == "score"
    assert display.axes_.shape == (1,)
    assert display.figure_ is display.ax_.figure


@pytest.mark.parametrize("metric", [LogME(), {"logme": LogME()}, {"k": KNNScore(), "l": LogME()}])
def test_intervals_are_lines_through_the_dots(pool, y, metric):
    selector = ModelSelector(metric, n_resamples=10).fit(pool, y)
    display = RankingDisplay.from_selector(selector, metric=selector.metric_names_[-1])
    (lines,) = display.ax_.collections
    tail = (
        "_l"
        if len(selector.metric_names_) == 2
        else "_logme"
        if "logme" in selector.metric_names_
        else ""
    )
    order = [selector.names_.index(name) for name in selector.ranking_]
    for end, column in enumerate(("score_low", "score_high")):
        drawn = [segment[end, 0] for segment in lines.get_segments()]
        np.testing.assert_array_equal(drawn, selector.results_[column + tail][order])
    assert [segment[0, 1] for segment in lines.get_segments()] == [0, 1, 2]
    assert not RankingDisplay.from_selector(ModelSelector(LogME()).fit(pool, y)).ax_.collections


def test_a_halving_selector_is_drawn_too(pool, y):
    display = RankingDisplay.from_selector(HalvingModelSelector(LogME()).fit(pool, y))
    assert row_names(display)[0] == "sharp"


def test_accuracies_stand_on_the_rows_of_their_models(pool, y):
    selector = ModelSelector(LogME()).fit(pool, y)
    display = RankingDisplay.from_selector(
        selector, accuracies=ACCURACIES, accuracy_name="fine-tuned", score_name="LogME"
    )
    np.testing.assert_array_equal(dots(display.axes_[1]), [0.9, 0.6, np.nan])
    assert words(display.axes_[1]) == ["not measured"]
    assert [axes.get_xlabel() for axes in display.axes_] == ["LogME", "fine-tuned"]
    display.figure_.canvas.draw()


@pytest.mark.parametrize("error_score", [np.nan, 1e6])
def test_failed_models_are_at_the_bottom_and_say_so(pool, y, error_score):
    pool = {"broken": np.full((60, 2), np.nan), **pool}
    with pytest.warns(FitFailedWarning, match="broken"):
        selector = ModelSelector(LogME(), error_score=error_score).fit(pool, y)
    display = RankingDisplay.from_selector(selector)
    assert row_names(display) == ["sharp", "dull", "blind", "broken"]
    assert np.isnan(dots(display.ax_)[-1])
    assert words(display.ax_) == ["failed"]


def test_one_of_several_metrics_is_drawn_in_the_order_of_the_selector(pool, y):
    selector = ModelSelector({"evidence": LogME(), "knn": KNNScore()}).fit(pool, y)
    first = RankingDisplay.from_selector(selector, metric="evidence")
    second = RankingDisplay.from_selector(selector, metric="knn")
    assert (first.score_name, second.score_name) == ("evidence", "knn")
    assert row_names(first) == row_names(second) == selector.ranking_
    order = [selector.names_.index(name) for name in selector.ranking_]
    np.testing.assert_array_equal(dots(second.ax_), selector.scores_[order, 1])


def test_several_metrics_are_drawn_as_their_mean_rank(pool, y):
    pool = {"broken": np.full((60, 2), np.nan), **pool}
    metrics = {"evidence": LogME(), "knn": KNNScore(), "none": KNNScore(n_neighbors=1)}
    with pytest.warns(FitFailedWarning, match="broken"):
        selector = ModelSelector(metrics, n_resamples=5).fit(pool, y)
    display = RankingDisplay.from_selector(selector)
    assert row_names(display) == selector.ranking_
    order = [selector.names_.index(name) for name in selector.ranking_]
    mean_ranks = selector.results_["mean_rank"][order]
    np.testing.assert_array_equal(dots(display.ax_), [*mean_ranks[:-1], np.nan])
    assert display.ax_.get_xlabel() == "mean rank of 3 metrics, 1 is best"
    left, right = display.ax_.get_xlim()
    assert left > right  # the best on the right, as everywhere
    assert not display.ax_.collections


def test_several_metrics_of_a_halving_selector_are_drawn(pool, y):
    selector = HalvingModelSelector({"evidence": LogME(), "knn": KNNScore()}).fit(pool, y)
    assert row_names(RankingDisplay.from_selector(selector)) == selector.ranking_
    assert RankingDisplay.from_selector(selector, metric="knn").score_name == "knn"


def test_an_unknown_metric_names_the_known_ones(pool, y):
    selector = ModelSelector(LogME()).fit(pool, y)
    with pytest.raises(ValueError, match="`metric` must be one of 'score', got 'knn'"):
        RankingDisplay.from_selector(selector, metric="knn")


def test_a_selector_must_be_fitted():
    with pytest.raises(NotFittedError):
        RankingDisplay.from_selector(ModelSelector())


def test_it_draws_into_given_axes():
    from matplotlib.figure import Figure

    axes = Figure().subplots(1, 2)
    display = RankingDisplay(names=["a", "b"], scores=[1, 2], ranks=[2, 1])
    assert display.plot(ax=axes[0], color="red").ax_ is axes[0]
    assert axes[0].lines[0].get_color() == "red"
    display = RankingDisplay(names=["a", "b"], scores=[1, 2], ranks=[2, 1], accuracies={"a": 1})
    assert list(display.plot(ax=axes).axes_) == list(axes)
    with pytest.raises(ValueError, match="`ax` of RankingDisplay must be 2 Axes, got 1"):
        display.plot(ax=axes[0])


def test_models_that_share_a_place_keep_their_order():
    display = RankingDisplay(names=["b", "a", "c"], scores=[1, 1, 2], ranks=[2, 2, 1])
    assert row_names(display.plot()) == display.rows() == ["c", "b", "a"]


def test_accuracies_of_other_models_are_refused():
    display = RankingDisplay(names=["a"], scores=[1], ranks=[1], accuracies={"A": 0.5})
    with pytest.raises(ValueError, match="must hold at least 1 model of the ranking"):
        display.plot()


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = RankingDisplay(names=["a"], scores=[1], ranks=[1])
    with pytest.raises(ImportError, match=r"pip install skperturb\[plot\]"):
        display.plot()


def test_accuracies_must_be_named():
    display = RankingDisplay(names=["a"], scores=[0.5], ranks=[1], accuracies=[0.7])
    with pytest.raises(TypeError, match="must be a mapping of names to accuracies, got list"):
        display.plot()


def test_every_model_needs_a_score_and_a_rank():
    with pytest.raises(ValueError, match="one entry per model, got 2, 1, 2"):
        RankingDisplay(names=["a", "b"], scores=[0.5], ranks=[1, 2]).plot()
