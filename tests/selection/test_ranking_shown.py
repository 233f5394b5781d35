"""A fitted selector as people want it: a data frame, a plot, HTML, names of features, failures."""

import pickle
import sys

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skperturb import FeatureSets, HalvingModelSelector, ModelSelector, make_perturbed
from skperturb.metrics import HScore, LogME
from skperturb.selection import Failure

SELECTORS = [ModelSelector, HalvingModelSelector]


@pytest.fixture(scope="module")
def pool():
    """Return three models of 60 rows, the second one the best."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 6))[np.arange(60) % 3]
    strengths = {"dull": 0.5, "sharp": 3.0, "blind": 0.0}
    return {name: s * means + rng.standard_normal((60, 6)) for name, s in strengths.items()}, y


@pytest.fixture(scope="module")
def failing(pool):
    """Return a selector one of whose models has failed."""
    sets, y = pool
    with pytest.warns(FitFailedWarning):
        return ModelSelector(["logme", "knn"]).fit({**sets, "short": sets["dull"][:-1]}, y)


# ---------------------------------------------------------------- data frame


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize("metric", ["logme", ["logme", "knn"]])
def test_the_frame_is_the_ranking_with_all_results(pool, selector, metric):
    pytest.importorskip("pandas")
    fitted = selector(metric, n_resamples=5).fit(*pool)
    frame = fitted.to_frame()
    assert list(frame["model"]) == fitted.ranking_
    assert list(frame.columns) == list(fitted.results_)
    assert list(frame["rank"]) == sorted(fitted.ranks_)
    for i, name in enumerate(fitted.names_):
        [row] = frame[frame["model"] == name].to_dict("records")
        np.testing.assert_equal(row, {key: column[i] for key, column in fitted.results_.items()})


def test_the_frame_says_why_a_model_failed(failing):
    last = failing.to_frame().iloc[-1]
    assert last["model"] == "short"
    assert last["error"].startswith("ValueError: A feature set must have as many rows as y")
    assert (failing.to_frame()["error"] != "").sum() == 1


def test_without_pandas_the_frame_says_what_to_install(pool, monkeypatch):
    selector = ModelSelector("logme").fit(*pool)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas; install it"):
        selector.to_frame()


def test_the_schema_says_what_each_column_tells(pool):
    selector = ModelSelector(["logme", "knn"], n_resamples=3).fit(*pool)
    assert [column.name for column in selector.results_schema_] == list(selector.results_)
    by_quantity = {}
    for column in selector.results_schema_:
        by_quantity.setdefault(column.quantity, []).append((column.name, column.metric))
    assert by_quantity["score_low"] == [("score_low_logme", "logme"), ("score_low_knn", "knn")]
    assert by_quantity["metric_rank"] == [("rank_logme", "logme"), ("rank_knn", "knn")]
    assert by_quantity["rank"] == [("rank", None)]
    lone = {column.quantity: column for column in ModelSelector("knn").fit(*pool).results_schema_}
    assert lone["score"] == ("score", "score", "score")


# ---------------------------------------------------------------- plot and HTML


def test_plot_is_the_display_of_the_selector(pool):
    plt = pytest.importorskip("matplotlib.pyplot")
    selector = ModelSelector("logme", n_resamples=5).fit(*pool)
    display = selector.plot(accuracies={"dull": 0.5, "sharp": 0.9}, score_name="evidence")
    assert display.rows() == selector.ranking_
    assert display.ax_.get_xlabel() == "evidence"
    assert len(display.axes_) == 2
    plt.close(display.figure_)


def _html_of(selector):
    return selector._repr_html_(), selector._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_notebook_shows_the_ranking_above_the_diagram(pool, selector):
    unfitted = selector("logme", n_resamples=5)
    for html in _html_of(unfitted):
        assert "<table><thead><tr><th>rank</th>" not in html
        assert selector.__name__ in html
    fitted = unfitted.fit(*pool)
    for html in _html_of(fitted):
        summary, table = html.split("</p>", 1)
        assert summary == f"<p>{fitted.summary()}"
        assert table.startswith("<table><thead><tr><th>rank</th><th>model</th><th>score</th>")
        assert html.index(">sharp<") < html.index(">dull<") < html.index(">blind<")
        assert html.index(">blind<") < html.index("sk-container")
        assert "score_low" in html


def test_names_and_reasons_are_text_in_html(pool):
    sets, y = pool
    name = '<script>alert("1")</script>'
    with pytest.warns(FitFailedWarning):
        selector = ModelSelector("logme").fit({name: sets["dull"], "<b>": sets["dull"][:-1]}, y)
    table = selector._repr_html_().split("</table>")[0]
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in table
    assert "<script>" not in table
    assert "<b>" not in table
    assert "<th>error</th>" in table


def test_a_large_pool_is_cut_short_in_html(pool):
    sets, y = pool
    many = {f"m{i}": sets["dull"] + i for i in range(33)}
    html = ModelSelector("knn", diagnostics=None).fit(many, y)._repr_html_()
    assert html.split("</table>")[0].count("<tr>") == 31
    assert "... and 3 more: see to_frame()." in html


def test_where_text_is_wanted_there_is_no_html(pool):
    selector = ModelSelector("logme").fit(*pool)
    with config_context(display="text"):
        assert not hasattr(selector, "_repr_html_")
        assert "text/html" not in selector._repr_mimebundle_()


# ---------------------------------------------------------------- names of features


@pytest.mark.parametrize("selector", SELECTORS)
def test_features_are_named_after_the_best_model(pool, selector):
    pd = pytest.importorskip("pandas")
    sets, y = pool
    fitted = selector("logme").set_output(transform="pandas").fit(sets, y)
    names = [f"sharp_{i}" for i in range(6)]
    assert list(fitted.get_feature_names_out()) == names
    features = fitted.transform(sets)
    assert isinstance(features, pd.DataFrame)
    assert list(features.columns) == names
    np.testing.assert_array_equal(features, sets["sharp"])
    assert list(fitted.fit_transform(sets, y).columns) == names


def test_a_data_frame_keeps_its_own_names_and_index(pool):
    pd = pytest.importorskip("pandas")
    sets, y = pool
    index = [f"row {i}" for i in range(60)]
    frames = {
        name: pd.DataFrame(X, columns=[f"{name}.{c}" for c in "uvwxyz"], index=index)
        for name, X in sets.items()
    }
    selector = ModelSelector("logme").set_output(transform="pandas").fit(frames, y)
    assert list(selector.get_feature_names_out()) == [f"sharp.{c}" for c in "uvwxyz"]
    assert list(selector.transform(frames).index) == index
    model = make_pipeline(ModelSelector("logme"), LogisticRegression()).fit(frames, y)
    assert list(model[1].feature_names_in_) == [f"sharp.{c}" for c in "uvwxyz"]


def test_names_of_features_go_through_a_pipeline(pool):
    sets, y = pool
    selector = ModelSelector("logme")
    model = make_pipeline(selector, make_perturbed(LogME(), n_components=2)[0])
    model.fit(FeatureSets(sets), y)
    assert list(model.get_feature_names_out()) == ["cappedpca0", "cappedpca1"]


def test_nothing_is_shown_before_fit():
    for method in ("get_feature_names_out", "to_frame", "plot", "summary"):
        with pytest.raises(NotFittedError):
            getattr(ModelSelector(), method)()


# ---------------------------------------------------------------- failures


def test_a_failure_prints_as_its_reason_and_keeps_the_traceback(failing):
    failure = failing.failures_["short"]
    assert isinstance(failure, Failure)
    assert str(failure) == failure == failing.results_["error"][3]
    assert failure.traceback.startswith("Traceback (most recent call last):")
    assert "check_n_rows" in failure.traceback


class Moody(HScore):
    """HScore that fails in a place that a traceback names."""

    def _score(self, X, target):
        return self._stumble()

    def _stumble(self):
        msg = "not today"
        raise RuntimeError(msg)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_traceback_leads_into_the_metric(pool, n_jobs):
    metrics = {"moody": Moody(), "logme": LogME()}
    with pytest.raises(ValueError, match="not today") as error:
        ModelSelector(metrics, n_jobs=n_jobs).fit(*pool)
    failure = error.value.failures["sharp"]
    assert failure == "moody: RuntimeError: not today"
    assert "_stumble" in failure.traceback


def test_a_failure_survives_pickling_and_copying(failing):
    again = pickle.loads(pickle.dumps(failing)).failures_["short"]
    assert again == failing.failures_["short"]
    assert again.traceback == failing.failures_["short"].traceback


def test_after_a_failed_fit_a_selector_is_not_fitted(pool):
    selector = clone(ModelSelector("logme"))
    with pytest.raises(ValueError, match=r"^ModelSelector could score none"):
        selector.fit({"bad": pool[0]["dull"][:-1], "worse": np.full((60, 2), np.nan)}, pool[1])
    with pytest.raises(NotFittedError):
        selector.summary()
    assert not [name for name in vars(selector) if name.endswith("_") and name[0] != "_"]
