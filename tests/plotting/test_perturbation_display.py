"""What the bump chart draws, and where."""

import sys
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning

from skperturb import make_perturbed
from skperturb.evaluation import weighted_kendall_tau
from skperturb.metrics import KNNScore, LDAScore, LogME
from skperturb.plotting import PerturbationDisplay
from skperturb.plotting._chart_layout import (
    assign_rows,
    choose_scale,
    find_notable,
    rank_models,
    separate_labels,
    smooth_path,
)
from skperturb.plotting._panels import rank_ticks, relative_scores

matplotlib = pytest.importorskip("matplotlib")
ALPHAS = [0, 0.1, 0.2]
SCORES = np.array([[9.0, 5, 1], [7, 8, 1], [2, 3, 4]])


@pytest.fixture(autouse=True)
def closed_figures():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture
def y():
    return np.repeat(["ant", "bee", "cow"], 15)


@pytest.fixture
def pool(y):
    rng = np.random.default_rng(0)
    signal = np.eye(3)[np.unique(y, return_inverse=True)[1]]
    widths = {"blind": 0.0, "dull": 0.7, "fair": 1.5, "sharp": 4.0}
    return {
        name: rng.standard_normal((45, 6)) + np.pad(width * signal, ((0, 0), (0, 3)))
        for name, width in widths.items()
    }


def stored(scores=SCORES, **params):
    scores = np.asarray(scores)
    names = [f"model {i}" for i in range(scores.shape[1])]
    params = {"param_range": range(len(scores)), "names": names} | params
    return PerturbationDisplay(scores=scores, **params)


def lines(axes):
    """Return the lines of the models by name, the points at the strengths alone."""
    found = {}
    for line in axes.lines:
        if not line.get_label().startswith("_"):
            start, step = line.get_markevery()
            found[line.get_label()] = line.get_xydata()[start::step]
    return found


def labels(display, axes=None):
    """Return the names at the right end, top first."""
    axes = display.ax_ if axes is None else axes
    known = [text for text in axes.texts if text.get_text().startswith(tuple(display.names))]
    display.figure_.draw_without_rendering()
    extent = matplotlib.text.Text.get_window_extent  # an annotation would add its leader
    boxes = {text.get_text(): extent(text) for text in known}
    return sorted(boxes, key=lambda name: -boxes[name].y0), boxes


def crosses(axes):
    return [
        tuple(point)
        for line in axes.lines
        if line.get_marker() == "x"
        for point in line.get_xydata()
    ]


def test_scores_are_those_of_the_pipeline_at_every_strength(pool, y):
    pipeline = make_perturbed(LogME(), n_components=4, alpha=0.3)
    display = PerturbationDisplay.from_estimator(
        pipeline, pool, y, param_name="attract__alpha", param_range=ALPHAS
    )
    expected = [
        [
            clone(pipeline).set_params(attract__alpha=alpha).fit(X, y)[-1].score_
            for X in pool.values()
        ]
        for alpha in ALPHAS
    ]
    np.testing.assert_allclose(display.scores, expected, rtol=1e-9)
    np.testing.assert_array_equal(display.ranks, stats.rankdata(-np.array(expected), axis=1))
    assert pipeline.get_params()["attract__alpha"] == 0.3
    assert (display.names, display.param_name) == (list(pool), "attract__alpha")
    assert display.score_name == "LogME"
    assert display.figure_ is display.ax_.figure


def test_every_set_is_opened_once_and_the_workers_change_nothing(pool, y):
    opened = []

    def opener(name):
        return lambda: opened.append(name) or pool[name]

    arguments = {"param_name": "n_neighbors", "param_range": [1, 3, 5]}
    lazy = {name: opener(name) for name in pool}
    one = PerturbationDisplay.from_estimator(KNNScore(), lazy, y, **arguments)
    two = PerturbationDisplay.from_estimator(KNNScore(), pool, y, n_jobs=2, **arguments)
    assert opened == list(pool)
    np.testing.assert_allclose(one.scores, two.scores, rtol=1e-12)
    assert one.score_name == "KNNScore"


def test_rows_can_be_drawn_and_results_kept(pool, y, tmp_path):
    arguments = {"param_name": "attract__alpha", "param_range": ALPHAS}
    pipeline = make_perturbed(LDAScore())
    whole = PerturbationDisplay.from_estimator(pipeline, pool, y, **arguments)
    part = PerturbationDisplay.from_estimator(
        pipeline, pool, y, max_samples=0.5, memory=tmp_path, **arguments
    )
    assert not np.allclose(whole.scores, part.scores)
    assert list(tmp_path.iterdir())


def test_lines_run_through_the_ranks_and_end_at_the_names():
    display = stored().plot()
    drawn = lines(display.ax_)
    for i, name in enumerate(display.names):
        np.testing.assert_array_equal(drawn[name][:, 0], [0, 1, 2])
        np.testing.assert_array_equal(drawn[name][:, 1], display.ranks[:, i])
    assert labels(display)[0] == ["model 2", "model 1", "model 0"]
    low, high = display.ax_.get_ylim()
    assert low > high
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["0", "1", "2"]


def test_strengths_are_drawn_in_ascending_order():
    display = stored(param_range=[2, 0, 1]).plot()
    assert labels(display)[0] == ["model 0", "model 1", "model 2"]
    np.testing.assert_array_equal(lines(display.ax_)["model 0"], [[0, 2], [1, 3], [2, 1]])


def test_ties_share_a_row_but_not_a_label():
    display = stored([[3.0, 2, 1], [5, 1, 5]]).plot()
    drawn = lines(display.ax_)
    assert drawn["model 0"][1, 1] == drawn["model 2"][1, 1] == 1
    assert labels(display)[0] == ["model 0", "model 2", "model 1"]


def test_a_model_that_fails_is_crossed_and_says_so(pool, y):
    pool = {"broken": np.full((45, 2), np.nan), **pool}
    with pytest.warns(FitFailedWarning, match="broken"):
        display = PerturbationDisplay.from_estimator(
            make_perturbed(LogME()), pool, y, param_name="spread__force", param_range=[0, 1]
        )
    assert labels(display)[0][-1] == "broken, failed"
    assert crosses(display.ax_) == [(0, 5), (1, 5)]
    assert np.isnan(lines(display.ax_)["broken"][:, 1]).all()
    assert np.isnan(display.scores[:, 0]).all()


def test_a_failure_at_one_strength_is_a_gap():
    nan = np.nan
    display = stored([[3, 2, nan, 1], [nan, 2, nan, 1], [3, 2, 1, nan]]).plot()
    drawn = lines(display.ax_)
    np.testing.assert_array_equal(drawn["model 0"][:, 1], [1, np.nan, 1])
    np.testing.assert_array_equal(drawn["model 1"][:, 1], [2, 1, 2])
    assert sorted(crosses(display.ax_)) == [(0, 4), (1, 3), (1, 4), (2, 4)]
    assert labels(display)[0] == ["model 0", "model 1", "model 2", "model 3, failed"]


def test_the_last_column_is_the_measured_order():
    accuracies = {"model 0": 0.7, "model 1": 0.9, "other": 0.1}
    display = stored(accuracies=accuracies, accuracy_name="fine-tuned").plot()
    assert labels(display)[0] == ["model 1  0.900", "model 0  0.700", "model 2, not measured"]
    assert display.ax_.get_xticklabels()[-1].get_text() == "fine-tuned"
    taus = [weighted_kendall_tau([0.7, 0.9, np.nan], row) for row in SCORES]
    np.testing.assert_array_equal(display.agreement(), taus)
    written = [text.get_text() for text in display.ax_.texts[-3:]]
    assert written == [f"{tau:.2f}" for tau in taus] == ["-1.00", "1.00", "1.00"]
    assert [text.get_fontweight() for text in display.ax_.texts[-3:]] == ["normal", "bold", "bold"]
    assert "fine-tuned" in display.ax_.get_title(loc="left")


def test_models_that_were_not_measured_keep_their_order():
    display = stored(SCORES[::2], accuracies={"model 1": 0.5}).plot()
    assert display.ranks[-1].tolist() == [3, 2, 1]
    missing = ["model 2, not measured", "model 0, not measured"]
    assert labels(display)[0] == ["model 1  0.500", *missing]


def test_one_accuracy_makes_no_correlation():
    display = stored(accuracies={"model 0": 71.5}).plot()
    assert labels(display)[0][0] == "model 0  71.5"
    assert display.ax_.get_title(loc="left") == ""
    with pytest.raises(ValueError, match="must hold at least 2 measured models, got 1"):
        display.agreement()


def test_accuracies_of_other_models_are_refused():
    with pytest.raises(ValueError, match="`accuracies` of PerturbationDisplay must hold at least"):
        stored(accuracies={"other": 0.5}).plot()
    with pytest.raises(TypeError, match="must be a mapping of names to accuracies, got list"):
        stored(accuracies=[0.1, 0.2, 0.3]).plot()
    with pytest.raises(TypeError, match="must be a mapping of names to accuracies, got ndarray"):
        stored(accuracies=np.array([0.1, 0.2, 0.3])).agreement()


def test_the_models_that_matter_are_in_colour():
    scores = np.array([[6.0, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1]])
    scores[1, [1, 5, 3]] = [0.5, 7, 1]
    ranks, scored = rank_models(scores), np.ones_like(scores, dtype=bool)
    assert find_notable(ranks, scored) == [0, 5, 1]
    assert find_notable(ranks, scored, np.array([0, 0, 0, 9, np.nan, 0])) == [0, 5, 1, 3]
    assert find_notable(ranks[:, :4], scored[:, :4]) == [0, 1, 2, 3]
    assert find_notable(ranks[[0, 0]], scored) == [0]
    scored[0, 5] = False  # a model that failed at first did not climb
    assert find_notable(ranks, scored) == [0, 5, 4, 1]
    colours = {line.get_label(): line.get_color() for line in stored(scores).plot().ax_.lines}
    assert colours["model 2"] == colours["model 4"] != colours["model 0"]
    assert len(set(colours.values())) == 4


def test_models_can_be_picked_out():
    display = stored().plot(highlight=["model 2"])
    colours = {line.get_label(): line.get_color() for line in display.ax_.lines}
    assert colours["model 0"] == colours["model 1"] != colours["model 2"]
    with pytest.raises(ValueError, match=r"`highlight` .* must hold names of models, got 'resnet'"):
        display.plot(highlight=["resnet"])
    with pytest.raises(TypeError, match=r"`highlight` .* must be a list of names, got 'model 2'"):
        display.plot(highlight="model 2")


@pytest.mark.parametrize("n_models", [2, 24, 40])
@pytest.mark.parametrize("kind", ["rank", "score"])
@pytest.mark.parametrize("own_axes", [True, False])
@pytest.mark.parametrize("measured", [True, False])
def test_labels_do_not_overlap(n_models, kind, own_axes, measured):
    from matplotlib.figure import Figure

    rng = np.random.default_rng(n_models)
    scores = rng.standard_exponential((5, n_models))
    scores[-1, : n_models // 3] = 1.0
    scores[-1, -1 - n_models // 8] = np.nan
    accuracies = {f"model {i}": rng.random() for i in range(n_models)} if measured else None
    ax = None if own_axes else Figure(figsize=(8, 5), layout="constrained").subplots()
    display = stored(scores, accuracies=accuracies).plot(ax, kind=kind)
    names, boxes = labels(display)
    assert len(names) == n_models
    for above, below in pairwise(names):
        assert boxes[above].y0 >= boxes[below].y1 - 1  # a box is a little higher than its ink
    ticks = [tick.get_window_extent() for tick in display.ax_.get_xticklabels()]
    for left, right in pairwise(ticks):
        assert left.x1 <= right.x0
    width = display.figure_.bbox.width
    assert all(box.x0 > ticks[4].x0 and box.x1 <= width for box in boxes.values())


def test_both_panels_share_the_colours_but_not_the_names():
    display = stored().plot(kind="both")
    assert display.axes_.shape == (2,)
    assert display.ax_ is display.axes_[1]
    assert not display.axes_[0].texts
    assert len(labels(display)[0]) == 3
    left, right = (
        {line.get_label(): line.get_color() for line in ax.lines} for ax in display.axes_
    )
    assert left == right


def test_scores_are_drawn_relative_to_the_pool_or_as_they_are():
    display = stored(score_name="evidence").plot(kind="score", relative=False)
    assert display.ax_.get_ylabel() == "evidence"
    for i, name in enumerate(display.names):
        np.testing.assert_array_equal(lines(display.ax_)[name][:, 1], SCORES[:, i])
    assert labels(display)[0] == ["model 2", "model 1", "model 0"]
    relative = lines(stored().plot(kind="score").ax_)
    expected = stats.zscore(SCORES, axis=1)
    drawn = np.stack([relative[name][:, 1] for name in display.names], axis=1)
    np.testing.assert_allclose(drawn, expected, rtol=1e-12, atol=1e-12)


def test_relative_scores_know_of_failures_and_of_equal_scores():
    scores = np.array([[0.1, 0.1, 0.1], [1.0, np.nan, 3.0], [np.nan] * 3, [1, -np.inf, 3]])
    expected = [[0, 0, 0], [-1, np.nan, 1], [np.nan] * 3, [-1, np.nan, 1]]
    np.testing.assert_array_equal(relative_scores(scores), expected)


@pytest.mark.parametrize(
    ("strengths", "scale"),
    [
        ([0, 0.1, 0.2], "linear"),
        ([-1, 0, 2], "linear"),
        ([1, 10, 100], "log"),
        ([0, 1, 10, 100], "even"),
        ([0.1, 0.11, 5, 500], "even"),
    ],
)
def test_the_axis_suits_the_strengths(strengths, scale):
    strengths = np.array(strengths, dtype=np.float64)
    assert choose_scale(strengths) == scale
    display = stored(np.resize(SCORES, (len(strengths), 3)), param_range=strengths).plot()
    assert display.ax_.get_xscale() == ("log" if scale == "log" else "linear")
    expected = range(len(strengths)) if scale == "even" else strengths
    np.testing.assert_allclose(lines(display.ax_)["model 0"][:, 0], expected)
    texts = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert texts == [f"{each:g}" for each in strengths]


def test_many_strengths_are_written_in_part():
    rng = np.random.default_rng(0)
    strengths = np.linspace(0, 1, 25).round(2)
    accuracies = {"model 0": 0.1, "model 1": 0.2, "model 2": 0.3}
    display = stored(rng.random((25, 3)), param_range=strengths, accuracies=accuracies).plot()
    *texts, last = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert last == "measured"
    assert texts == [f"{each:g}" if i % 3 == 0 else "" for i, each in enumerate(strengths)]
    display.figure_.draw_without_rendering()
    ticks = [tick.get_window_extent() for tick in display.ax_.get_xticklabels() if tick.get_text()]
    taus = [text.get_window_extent() for text in display.ax_.texts[3:] if text.get_text()]
    assert len(taus) == 9
    for boxes in (ticks, taus):
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_it_draws_into_given_axes():
    from matplotlib.figure import Figure

    left, right = Figure().subplots(1, 2)
    assert stored().plot(left, linewidth=7).ax_ is left
    assert left.lines[0].get_linewidth() == 7
    assert list(stored().plot([left, right], kind="both").axes_) == [left, right]
    with pytest.raises(ValueError, match="`ax` of PerturbationDisplay must be 2 Axes, got 1"):
        stored().plot(left, kind="both")


@pytest.mark.parametrize(
    "strengths", [[], [1], 0.5, [0, 0], [0, np.nan], [0, np.inf], ["a", "b"], [True, False]]
)
def test_strengths_must_be_different_numbers(strengths, pool, y):
    message = "`param_range` of PerturbationDisplay must be at least 2 different finite numbers"
    with pytest.raises(ValueError, match=message):
        PerturbationDisplay.from_estimator(
            LogME(), pool, y, param_name="alpha", param_range=strengths
        )
    with pytest.raises(ValueError, match=message):
        stored(param_range=strengths).plot()


def test_an_unknown_parameter_names_the_known_ones(pool, y):
    message = r"got 'alpha'; those that are numbers are 'attract__alpha', .*'spread__force'\."
    with pytest.raises(ValueError, match=message):
        PerturbationDisplay.from_estimator(
            make_perturbed(LogME()), pool, y, param_name="alpha", param_range=ALPHAS
        )


@pytest.mark.parametrize("pipeline", [LogME, {"a": LogME()}, None])
def test_the_pipeline_must_be_an_estimator(pipeline, pool, y):
    with pytest.raises(TypeError, match="`pipeline` of PerturbationDisplay must be an estimator"):
        PerturbationDisplay.from_estimator(
            pipeline, pool, y, param_name="alpha", param_range=ALPHAS
        )


def test_options_and_shapes_are_checked():
    with pytest.raises(ValueError, match=r"`kind` .* must be 'rank' or 'score' or 'both', got 'k'"):
        stored().plot(kind="k")
    with pytest.raises(ValueError, match="`xscale` of PerturbationDisplay must be 'auto' or"):
        stored().plot(xscale="cubic")
    with pytest.raises(ValueError, match="'linear' or 'even' for strengths of 0 or below, got"):
        stored().plot(xscale="log")
    with pytest.raises(ValueError, match=r"per strength .* \(2, 3\), got shape \(3, 3\)"):
        stored(param_range=[0, 1]).plot()


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install skperturb\[plot\]"):
        stored().plot()


def test_without_matplotlib_nothing_is_scored(monkeypatch, pool, y):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    opened = []
    lazy = {name: lambda name=name: opened.append(name) or pool[name] for name in pool}
    with pytest.raises(ImportError, match=r"pip install skperturb\[plot\]"):
        PerturbationDisplay.from_estimator(
            KNNScore(), lazy, y, param_name="n_neighbors", param_range=[1, 3]
        )
    assert opened == []


def test_rows_are_ranks_and_failures_have_one_each():
    scores = np.array([[np.nan, 2.0, 2.0, np.nan, 1.0]])
    np.testing.assert_array_equal(assign_rows(scores, rank_models(scores)), [[4, 1, 1, 5, 3]])


def test_the_curve_keeps_the_points_and_never_overshoots():
    x, y = np.array([0.0, 1, 3]), np.array([2.0, 5, 4])
    curve_x, curve_y = smooth_path(x, y)
    step = (len(curve_x) - 1) // 2
    np.testing.assert_array_equal(curve_x[::step], x)
    np.testing.assert_array_equal(curve_y[::step], y)
    assert (np.diff(curve_y[: step + 1]) > 0).all()
    assert (np.diff(curve_y[step:]) < 0).all()
    broken = smooth_path(x, np.array([2.0, np.nan, 4]))[1]
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(broken)), [0, 2 * step])


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_set_apart_by_the_least_shift(seed):
    rng = np.random.default_rng(seed)
    values, gap = rng.random(7) ** 3, 0.12
    found = separate_labels(values, gap, 0.0, 1.0)
    order = np.argsort(values)
    assert np.diff(found[order]).min() >= gap - 1e-9
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-9
    best = optimize.minimize(
        lambda p: np.sum((p - values[order]) ** 2),
        np.linspace(0, 1, 7),
        bounds=[(0, 1)] * 7,
        constraints={"type": "ineq", "fun": lambda p: np.diff(p) - gap},
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(found[order], best.x, atol=1e-5)


def test_labels_without_room_share_what_there_is():
    np.testing.assert_allclose(separate_labels(np.zeros(5), 1.0, 0.0, 1.0), np.linspace(0, 1, 5))


@pytest.mark.parametrize(
    ("n_models", "ticks"),
    [
        (1, [1]),
        (2, [1, 2]),
        (6, [1, 2, 3, 4, 5, 6]),
        (24, [1, 5, 10, 15, 20, 24]),
        (11, [1, 5, 11]),
    ],
)
def test_few_ranks_are_written(n_models, ticks):
    assert rank_ticks(n_models) == ticks
