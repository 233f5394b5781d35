"""DepthDisplay: curves of score against depth, and what they leave out."""

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning, NotFittedError

from skperturb import HalvingModelSelector, ModelSelector
from skperturb.extraction._layers import layer_name, split_layer_name
from skperturb.metrics import KNNScore, LogME
from skperturb.plotting import DepthDisplay

mpl.use("agg")
import matplotlib.pyplot as plt

_SIGNALS = {"deep": [0.1, 0.5, 1.0, 3.0, 0.6], "flat": [0.3, 1.5, 0.2]}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def y():
    return np.repeat(["ant", "bee"], 30)


@pytest.fixture
def pool(y):
    """Two models, the best layers 3 and 1, in an order that is not that of their depths."""
    noise = np.random.default_rng(0).standard_normal((60, 4))
    layers = {
        layer_name(model, depth): noise + signal * (y == "bee")[:, None]
        for model, signals in _SIGNALS.items()
        for depth, signal in enumerate(signals)
    }
    return {"other": noise, **dict(reversed(layers.items()))}


def line(ax, label):
    """Return the one line with a label."""
    [found] = [each for each in ax.lines if each.get_label() == label]
    return found


def labels(ax):
    return [each.get_label() for each in ax.lines]


def words(ax):
    return [each.get_text() for each in ax.texts]


@pytest.mark.parametrize("depth", [0, 7, 123])
@pytest.mark.parametrize("model", ["vit", "timm:a@b", "m@layer02"])
def test_a_name_tells_the_layer_that_it_was_made_of(model, depth):
    assert split_layer_name(layer_name(model, depth)) == (model, depth)


@pytest.mark.parametrize("name", ["vit", "vit@head", "vit@layer", "vit@layer1b", "@layer01"])
def test_other_names_tell_no_layer(name):
    assert split_layer_name(name) == (name, None)


def test_curves_are_scores_in_the_order_of_depth(pool, y):
    selector = ModelSelector(LogME()).fit(pool, y)
    display = DepthDisplay.from_selector(selector)
    scores = dict(zip(selector.names_, selector.scores_, strict=True))
    for model, signals in _SIGNALS.items():
        depths = range(len(signals))
        np.testing.assert_array_equal(line(display.ax_, model).get_xdata(), depths)
        expected = [scores[layer_name(model, depth)] for depth in depths]
        np.testing.assert_array_equal(line(display.ax_, model).get_ydata(), expected)
    assert not any("other" in each for each in labels(display.ax_) + words(display.ax_))
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("layer", "score")
    assert not display.ax_.collections
    assert display.axes_.shape == (1,)
    assert display.figure_ is display.ax_.figure


def test_the_best_layer_is_ringed_and_written(pool, y):
    display = DepthDisplay.from_selector(ModelSelector(LogME()).fit(pool, y))
    assert display.best_layers() == {"flat": 1, "deep": 3}
    for model, depth in display.best_layers().items():
        ring = line(display.ax_, f"_best of {model}")
        drawn = line(display.ax_, model)
        np.testing.assert_array_equal(ring.get_xdata(), [depth])
        np.testing.assert_array_equal(ring.get_ydata(), [drawn.get_ydata()[depth]])
        assert ring.get_color() == drawn.get_color()
    assert words(display.ax_) == ["flat  best at 1", "deep  best at 3"]


@pytest.mark.parametrize("metric", [LogME(), {"k": KNNScore(), "l": LogME()}])
def test_intervals_are_bands(pool, y, metric):
    selector = ModelSelector(metric, n_resamples=10).fit(pool, y)
    name = selector.metric_names_[-1]
    display = DepthDisplay.from_selector(selector, metric=name)
    tail = "" if name == "score" else f"_{name}"
    bands = dict(zip(("flat", "deep"), display.ax_.collections, strict=True))
    for model, band in bands.items():
        rows = [selector.names_.index(layer_name(model, i)) for i in range(len(_SIGNALS[model]))]
        [path] = band.get_paths()
        for end in ("score_low", "score_high"):
            points = np.column_stack([range(len(rows)), selector.results_[end + tail][rows]])
            assert {*map(tuple, points)} <= {*map(tuple, path.vertices)}


def test_accuracies_are_a_panel_below_with_best_layers_of_its_own(pool, y):
    accuracies = {"deep@layer00": 0.5, "deep@layer02": 0.9, "deep@layer03": 0.8, "other": 1.0}
    selector = ModelSelector(LogME()).fit(pool, y)
    display = DepthDisplay.from_selector(
        selector, accuracies=accuracies, score_name="LogME", accuracy_name="probe"
    )
    above, below = display.axes_
    np.testing.assert_array_equal(line(below, "deep").get_ydata(), [0.5, np.nan, 0.9, 0.8, np.nan])
    np.testing.assert_array_equal(line(below, "_best of deep").get_xdata(), [2])
    assert line(below, "deep").get_color() == line(above, "deep").get_color()
    assert words(below) == ["deep  best at 2"]
    assert (above.get_ylabel(), below.get_ylabel()) == ("LogME", "probe")
    assert above.get_xlim() == below.get_xlim()
    assert above.get_position().y0 > below.get_position().y1
    display.figure_.canvas.draw()


@pytest.mark.parametrize("error_score", [np.nan, 1e6])
def test_failed_layers_are_gaps_and_crosses(pool, y, error_score):
    bad = {"deep@layer03": np.full((60, 2), np.nan), "lost@layer09": np.full((60, 2), np.nan)}
    with pytest.warns(FitFailedWarning):
        selector = ModelSelector(LogME(), error_score=error_score).fit({**pool, **bad}, y)
    display = DepthDisplay.from_selector(selector)
    assert np.flatnonzero(np.isnan(line(display.ax_, "deep").get_ydata())) == [3]
    np.testing.assert_array_equal(line(display.ax_, "_failed of deep").get_xdata(), [3])
    assert "_failed of flat" not in labels(display.ax_)
    assert display.best_layers() == {"flat": 1, "deep": 2}
    assert words(display.ax_)[-1] == "lost, failed"


def test_mean_ranks_of_several_metrics_run_downward(pool, y):
    metrics = {"evidence": LogME(), "knn": KNNScore()}
    selector = ModelSelector(metrics, n_resamples=5).fit(pool, y)
    display = DepthDisplay.from_selector(selector)
    ranks = dict(zip(selector.names_, selector.results_["mean_rank"], strict=True))
    expected = [ranks[layer_name("flat", depth)] for depth in range(3)]
    np.testing.assert_array_equal(line(display.ax_, "flat").get_ydata(), expected)
    assert display.best_layers()["flat"] == np.argmin(expected)
    bottom, top = display.ax_.get_ylim()
    assert bottom > top
    assert display.ax_.get_ylabel() == "mean rank of 2 metrics, 1 is best"
    assert not display.ax_.collections
    assert DepthDisplay.from_selector(selector, metric="knn").score_name == "knn"


def test_a_halving_selector_is_drawn_too(pool, y):
    display = DepthDisplay.from_selector(HalvingModelSelector(LogME()).fit(pool, y))
    assert {"deep", "flat"} <= {*labels(display.ax_)}


def test_the_best_of_many_models_have_colours():
    names = [f"m{i}@layer{depth:02d}" for i in range(9) for depth in range(3)]
    display = DepthDisplay(names=names, scores=np.arange(27.0)).plot()
    colours = [line(display.ax_, f"m{i}").get_color() for i in range(9)]
    assert len(set(colours[:3])) == 1  # all quiet
    assert len({*colours[3:]} - {colours[0]}) == 6


def test_the_first_of_equals_is_the_best_and_infinite_scores_are_none():
    names = [f"m@layer{depth:02d}" for depth in (3, 1, 2, 0)]
    display = DepthDisplay(names=names, scores=[5.0, 5.0, np.inf, 1.0]).plot()
    assert display.best_layers() == {"m": 1}
    np.testing.assert_array_equal(line(display.ax_, "_failed of m").get_xdata(), [2])
    display.figure_.canvas.draw()


def test_names_of_short_curves_are_led_to():
    names = ["short@layer00", "short@layer01", "long@layer00", "long@layer09"]
    display = DepthDisplay(names=names, scores=[0.0, 1.0, 4.0, 5.0]).plot()
    leaders = {each.get_text().split()[0]: each.arrow_patch for each in display.ax_.texts}
    assert leaders["short"] is not None
    assert leaders["long"] is None


def test_a_panel_of_ones_own_and_the_look_of_curves_can_be_given():
    _, ax = plt.subplots()
    display = DepthDisplay(names=["m@layer00"], scores=[1.0], intervals=[[0.5], [1.5]])
    assert display.plot(ax=ax, linestyle="--").ax_ is ax
    assert line(ax, "m").get_linestyle() == "--"
    with pytest.raises(ValueError, match="`ax` of DepthDisplay must be 1 Axes, got 2"):
        display.plot(ax=[ax, ax])


def test_a_pool_without_layers_is_refused(y):
    features = np.random.default_rng(0).standard_normal((60, 3))
    selector = ModelSelector(LogME()).fit({"a": features, "b": 2 * features + 1}, y)
    message = "must hold layers, such as 'vit@layer07', got 'a'; .* extracted with layers=\"all\""
    with pytest.raises(ValueError, match=message):
        DepthDisplay.from_selector(selector)


def test_what_does_not_fit_is_refused(pool, y):
    with pytest.raises(NotFittedError):
        DepthDisplay.from_selector(ModelSelector())
    selector = ModelSelector(LogME()).fit(pool, y)
    with pytest.raises(ValueError, match="`metric` must be one of 'score', got 'knn'"):
        DepthDisplay.from_selector(selector, metric="knn")
    with pytest.raises(TypeError, match="`accuracies` of DepthDisplay must be a mapping"):
        DepthDisplay.from_selector(selector, accuracies=[0.5])
    with pytest.raises(ValueError, match="`accuracies` of DepthDisplay must hold at least 1"):
        DepthDisplay.from_selector(selector, accuracies={"other": 0.5})


@pytest.mark.parametrize(("names", "shape"), [([], r"0 names .* \(1,\)"), (["a@layer01"] * 2, "2")])
def test_lengths_must_agree(names, shape):
    with pytest.raises(ValueError, match=f"must have one entry per layer, got {shape}"):
        DepthDisplay(names=names, scores=[0.5]).best_layers()
    with pytest.raises(ValueError, match=r"`intervals` .* must be of shape \(2, 1\), got \(1, 2\)"):
        DepthDisplay(names=["a@layer01"], scores=[0.5], intervals=[[0, 1]]).plot()
