"""CostDisplay: what is drawn of scores against costs, and which models are worth theirs."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skperturb import ModelSelector
from skperturb.plotting import CostDisplay

matplotlib = pytest.importorskip("matplotlib")
NAMES = ["a", "b", "c", "d", "e"]
SCORES = [0.2, 0.7, 0.6, 0.7, np.nan]
COSTS = [5.0, 20.0, 8.0, 10.0, 1.0]


@pytest.fixture(autouse=True)
def closed_figures():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def selector():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    pool = {name: rng.standard_normal((40, 3)) + i * y[:, None] for i, name in enumerate("abc")}
    return ModelSelector(["logme", "knn"]).fit(pool, y)


def test_a_model_is_worth_its_cost_where_no_cheaper_one_is_as_good():
    display = CostDisplay(names=NAMES, scores=SCORES, costs=COSTS)
    assert display.undominated() == ["a", "c", "d"]
    ranks = CostDisplay(names=NAMES, scores=SCORES, costs=COSTS, smaller_is_better=True)
    assert ranks.undominated() == ["a"]


def test_dots_names_and_the_line_are_drawn():
    display = CostDisplay(names=NAMES, scores=SCORES, costs=COSTS, cost_name="params").plot()
    dots, line = display.ax_.lines
    np.testing.assert_array_equal(dots.get_xydata(), np.transpose([COSTS, SCORES])[:4])
    np.testing.assert_array_equal(line.get_xdata(), [5.0, 8.0, 10.0])
    assert [text.get_text() for text in display.ax_.texts] == NAMES[:4]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("params", "score")
    assert display.ax_.get_xscale() == "linear"


def test_costs_of_many_sizes_have_a_logarithmic_axis_without_formulas():
    display = CostDisplay(names=["$a$", "b"], scores=[0, 1], costs=[1e6, 1e9])
    ax = display.plot(color="red").ax_
    assert ax.get_xscale() == "log"
    display.figure_.canvas.draw()
    assert all("$" not in label.get_text() for label in ax.get_xticklabels())
    assert ax.lines[0].get_color() == "red"


def test_of_many_models_the_undominated_are_named():
    n = 40
    names, costs = [f"m{i}" for i in range(n)], np.arange(n)
    display = CostDisplay(names=names, scores=-np.abs(costs - 1.0), costs=costs).plot()
    assert [text.get_text() for text in display.ax_.texts] == ["m0", "m1"]


def test_a_selector_is_drawn_by_its_mean_rank_or_by_one_metric(selector):
    costs = {"a": 1.0, "c": 3.0, "other": 9.0}
    display = CostDisplay.from_selector(selector, costs, cost_name="seconds")
    assert display.ax_.get_ylabel() == "mean rank of 2 metrics, 1 is best"
    assert display.ax_.yaxis_inverted()
    assert display.undominated() == ["a", "c"]
    knn = CostDisplay.from_selector(selector, costs, metric="knn", ax=display.figure_.add_subplot())
    assert knn.score_name == "knn"
    assert not knn.ax_.yaxis_inverted()


def test_what_cannot_be_drawn_is_refused(selector):
    with pytest.raises(NotFittedError):
        CostDisplay.from_selector(ModelSelector(), {})
    with pytest.raises(ValueError, match="`costs` of CostDisplay must know some model that has a"):
        CostDisplay.from_selector(selector, {"other": 1.0})
    with pytest.raises(TypeError, match=r"mapping of names to costs, got list; try dict\(zip\("):
        CostDisplay.from_selector(selector, [1.0, 2.0])
    with pytest.raises(ValueError, match="one entry per model, got 1, 2 and 1"):
        CostDisplay(names=["a"], scores=[1, 2], costs=[1]).plot()
