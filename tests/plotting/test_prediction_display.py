"""PredictionDisplay and RegretDisplay: what is drawn, and where."""

import matplotlib as mpl
import numpy as np
import pytest

from skperturb import AccuracyPredictor
from skperturb.plotting import PredictionDisplay, RegretDisplay

mpl.use("agg")
import matplotlib.pyplot as plt

_PAST = [{"a": 1.0, "b": 3.0, "c": 2.0}, {"a": 2.0, "b": 1.0, "c": 3.0}]
_NEW = {"a": 0.0, "b": 0.5, "c": 1.0}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def predictor():
    """A predictor of three models."""
    return AccuracyPredictor().fit(_PAST, [[0.9, 0.8, 0.7], [0.8, 0.6, 0.5]])


def lines(ax, label):
    """Return the horizontal places of the dots with a label."""
    [line] = [each for each in ax.lines if each.get_label() == label]
    return np.asarray(line.get_xdata(), dtype=float)


def test_rows_are_models_with_the_best_on_top(predictor):
    display = PredictionDisplay.from_predictor(predictor, _NEW)
    accuracies = predictor.predict(_NEW)
    assert display.rows() == [list(_NEW)[i] for i in np.argsort(-accuracies)]
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == display.rows()
    drawn = lines(display.ax_, "predicted, 50 and 95 %")
    np.testing.assert_allclose(drawn, np.sort(accuracies)[::-1])
    assert display.ax_.get_ylim()[0] > display.ax_.get_ylim()[1]  # row 0 on top


def test_measured_models_are_marked(predictor):
    display = PredictionDisplay.from_predictor(predictor, _NEW, known={"b": 0.4})
    row = display.rows().index("b")
    measured = lines(display.ax_, "measured")
    assert measured[row] == 0.4
    assert np.isnan(np.delete(measured, row)).all()
    assert np.isnan(lines(display.ax_, "predicted, 50 and 95 %")[row])


def test_bars_are_the_parts_of_the_prediction(predictor):
    display = PredictionDisplay.from_predictor(predictor, _NEW, known={"b": 0.4})
    assert [each.get_label() for each in display.axes_[1].containers] == [
        "history",
        "metrics",
        "measured here",
    ]
    columns = predictor.explain(_NEW, {"b": 0.4})
    total = sum(
        np.array([bar.get_width() for bar in container])
        for container in display.axes_[1].containers
    )
    order = [columns["model"].index(name) for name in display.rows()]
    np.testing.assert_allclose(total, (columns["link"] - columns["level"])[order])


def test_intervals_lie_round_the_predictions(predictor):
    display = PredictionDisplay.from_predictor(predictor, _NEW, parts=False)
    assert display.axes_.shape == (1,)
    segments = [each.get_segments() for each in display.ax_.collections]
    wide, narrow = (np.array([s[:, 0] for s in each]) for each in segments)
    accuracies = lines(display.ax_, "predicted, 50 and 95 %")
    assert (wide[:, 0] < narrow[:, 0]).all()
    assert ((narrow[:, 0] < accuracies) & (accuracies < narrow[:, 1])).all()


def test_panels_can_be_given(predictor):
    _, axes = plt.subplots(1, 2)
    display = PredictionDisplay.from_predictor(predictor, _NEW, ax=axes)
    assert display.axes_[0] is axes[0]
    with pytest.raises(ValueError, match="`ax` of PredictionDisplay must be 2 Axes, got 1"):
        PredictionDisplay.from_predictor(predictor, _NEW, ax=axes[0])


def test_regrets_are_means_over_tasks():
    display = RegretDisplay({"suggested": [[2.0, 0.0], [4.0, 1.0]], "random": [5.0, 3.0]}).plot()
    np.testing.assert_array_equal(lines(display.ax_, "suggested"), [1, 2])
    [line] = [each for each in display.ax_.lines if each.get_label() == "suggested"]
    np.testing.assert_array_equal(line.get_ydata(), [3.0, 0.5])
    np.testing.assert_array_equal(display.means()["random"], [5.0, 3.0])
    assert display.ax_.get_ylim()[0] == 0.0
    assert display.ax_.get_ylabel() == "regret (accuracy)"


def test_regrets_can_be_drawn_in_a_panel_of_ones_own():
    _, ax = plt.subplots()
    assert RegretDisplay({"x": [1.0, 0.0]}, unit="points").plot(ax, color="red").ax_ is ax
    assert ax.get_ylabel() == "regret (points)"
