"""ModelRanker: past tasks as samples, and what a search over them finds."""

import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, weightedtau
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, LeaveOneOut, cross_val_score
from sklearn.neighbors import NearestCentroid
from sklearn.utils import get_tags

from skperturb import ModelRanker, ModelSelector, make_perturbed
from skperturb.datasets import load_zoo
from skperturb.evaluation import weighted_kendall_tau
from skperturb.metrics import NCTI, HScore, LogME

_SEPARATIONS = {"sharp": 4.0, "fair": 2.0, "dull": 1.0, "blind": 0.0}
_TRUTH = {"sharp": 0.9, "fair": 0.8, "dull": 0.7, "blind": 0.4}


def gaussian_task(seed, separations=_SEPARATIONS):
    """Return a pool whose classes lie so many standard deviations apart, and its labels."""
    rng = np.random.default_rng(seed)
    y = np.array(["ant", "bee", "cat"] * 15)
    corners = np.eye(3)[np.arange(45) % 3]
    sets = {
        name: np.hstack([separation * corners, np.zeros((45, i + 2))])
        + rng.standard_normal((45, 5 + i))
        for i, (name, separation) in enumerate(separations.items())
    }
    return sets, y


class Width(BaseEstimator):
    """A metric that can be checked by hand: the number of features, to some power."""

    def __init__(self, power=1, refused=None):
        self.power = power
        self.refused = refused

    def fit(self, X, y):
        """Look at the width alone."""
        if X.shape[1] == self.refused:
            msg = f"no width of {self.refused}"
            raise ValueError(msg)
        self.score_ = float(X.shape[1]) ** self.power
        return self


def task_of_widths(*widths):
    """Return a task whose models have no more to say than how many features they have."""
    return {f"w{width}": np.zeros((4, width)) for width in widths}, ["ant", "bee"] * 2


@pytest.fixture(scope="module")
def tasks():
    """Three tasks with the models in different order, and twice the same truth."""
    names = list(_SEPARATIONS)
    turned = [names, names[::-1], [names[2], names[0], names[3], names[1]]]
    return [
        gaussian_task(seed, {name: _SEPARATIONS[name] for name in order})
        for seed, order in enumerate(turned)
    ]


# ---------------------------------------------------------------- by hand


def test_predictions_are_the_scores_in_the_order_of_each_task():
    tasks = [task_of_widths(3, 1, 2), task_of_widths(5, 4)]
    scores = ModelRanker(Width()).fit(tasks, [[1, 2, 3], [1, 2]]).predict(tasks)
    assert isinstance(scores, list)
    np.testing.assert_array_equal(scores[0], [3.0, 1.0, 2.0])
    np.testing.assert_array_equal(scores[1], [5.0, 4.0])
    assert {each.dtype for each in scores} == {np.dtype(float)}


def test_the_score_is_the_mean_over_tasks():
    tasks = [task_of_widths(1, 2), task_of_widths(1, 2), task_of_widths(1, 2)]
    accuracies = [[0.1, 0.2], [0.2, 0.1], [0.3, 0.4]]
    ranker = ModelRanker(Width()).fit(tasks, accuracies)
    assert ranker.score(tasks, accuracies) == pytest.approx((1 - 1 + 1) / 3)
    assert ranker.score(tasks[:1], accuracies[:1]) == 1.0
    assert type(ranker.score(tasks, accuracies)) is float


def test_well_separated_classes_are_ranked_by_their_separation(tasks):
    ranker = ModelRanker(LogME()).fit(tasks, [_TRUTH] * 3)
    assert ranker.score(tasks, [_TRUTH] * 3) == pytest.approx(1.0)
    assert ranker.score(tasks, [{n: -a for n, a in _TRUTH.items()}] * 3) == pytest.approx(-1.0)


def test_tied_scores_count_as_chance():
    tasks, accuracies = [task_of_widths(1, 2), task_of_widths(1, 2)], [[0.1, 0.2]] * 2
    ranker = ModelRanker(Width(power=0)).fit(tasks, accuracies)
    assert ranker.score(tasks, accuracies) == 0.0


def test_several_metrics_predict_minus_the_mean_rank():
    tasks = [task_of_widths(1, 2, 3, 4)]
    metrics = {"wide": Width(), "narrow": Width(-1), "even": Width(0)}
    ranker = ModelRanker(metrics).fit(tasks, [[1, 2, 3, 4]])
    mean_ranks = np.mean([[4, 3, 2, 1], [1, 2, 3, 4], [1, 1, 1, 1]], axis=0)
    np.testing.assert_allclose(ranker.predict(tasks)[0], -mean_ranks)


def test_a_model_that_one_of_several_metrics_cannot_score_is_nan():
    tasks = [task_of_widths(1, 2, 3)]
    ranker = ModelRanker({"all": Width(), "picky": Width(refused=3)}).fit(tasks, [[1, 2, 3]])
    with pytest.warns(FitFailedWarning, match="could not score 1 of 3 models"):
        scores = ranker.predict(tasks)[0]
    np.testing.assert_array_equal(np.isnan(scores), [False, False, True])
    assert scores[1] > scores[0]


# ---------------------------------------------------------------- oracle


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_score_is_that_of_a_naive_loop(seed):
    rng = np.random.default_rng(seed)
    tasks, accuracies, expected = [], [], []
    for _ in range(3):
        strengths = {f"m{i}": rng.uniform(0, 3) for i in range(int(rng.integers(3, 7)))}
        sets, y = gaussian_task(rng.integers(2**32), strengths)
        truth = rng.uniform(size=len(sets))
        truth[0] = np.nan
        scores = [LogME().fit(X, y).score_ for X in sets.values()][1:]
        tasks.append((sets, y))
        accuracies.append(truth)
        expected.append(weightedtau(truth[1:], rankdata(scores))[0])
    ranker = ModelRanker(LogME()).fit(tasks, accuracies)
    assert ranker.score(tasks, accuracies) == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_pool_metric_is_scored_within_each_task(tasks):
    ranker = ModelRanker(NCTI()).fit(tasks, [_TRUTH] * 3)
    for (sets, y), scores in zip(tasks, ranker.predict(tasks), strict=True):
        np.testing.assert_array_equal(scores, ModelSelector(NCTI()).fit(sets, y).scores_)


def test_a_classifier_and_the_default_are_those_of_the_selector(tasks):
    for metric in (NearestCentroid(), None):
        ranker = ModelRanker(metric).fit(tasks, [_TRUTH] * 3)
        expected = ModelSelector(metric).fit(*tasks[1]).scores_
        np.testing.assert_array_equal(ranker.predict(tasks)[1], expected)


# ---------------------------------------------------------------- what changes nothing


@settings(max_examples=10)
@given(order=st.permutations(list(_SEPARATIONS)))
def test_the_order_of_the_models_changes_nothing(order):
    sets, y = gaussian_task(0)
    truth = {"sharp": 0.5, "fair": 0.9, "dull": 0.1, "blind": 0.7}
    turned = [({name: sets[name] for name in order}, y)]
    ranker = ModelRanker(HScore()).fit(turned, [truth])
    assert ranker.score(turned, [truth]) == pytest.approx(ranker.score([(sets, y)], [truth]))


def test_names_and_arrays_say_the_same(tasks):
    truth = {"sharp": 0.5, "fair": 0.9, "dull": 0.1, "blind": 0.7}
    arrays = [[truth[name] for name in sets] for sets, _ in tasks]
    ranker = ModelRanker(LogME()).fit(tasks, [truth] * 3)
    by_name = ranker.score(tasks, [truth] * 3)
    assert by_name == ranker.score(tasks, arrays) == ranker.score(tasks, np.array(arrays))
    assert by_name == ranker.score(tuple(tasks), tuple(arrays))


def test_a_series_is_read_by_its_index(tasks):
    pd = pytest.importorskip("pandas")
    series = pd.Series(_TRUTH).sort_index()
    ranker = ModelRanker(LogME()).fit(tasks, [series] * 3)
    assert ranker.score(tasks, [series] * 3) == pytest.approx(1.0)
    table = pd.DataFrame([_TRUTH] * 3)
    assert ranker.score(tasks, table.to_dict("records")) == pytest.approx(1.0)


@pytest.mark.parametrize("gap", [{"w9": np.nan}, {"w9": None}, {}], ids=["NaN", "None", "missing"])
def test_a_model_without_accuracy_is_left_out(gap):
    truth = {"w1": 0.1, "w2": 0.2, "elsewhere": 0.9} | gap
    tasks = [task_of_widths(9, 1, 2)]
    ranker = ModelRanker(Width()).fit(tasks, [truth])
    assert ranker.score(tasks, [truth]) == 1.0
    assert ranker.score(tasks, [truth | {"w9": 0.0}]) < 1.0
    assert len(ranker.predict(tasks)[0]) == 3


def test_pairs_sequences_and_objects_are_tasks():
    sets, y = task_of_widths(2, 1)
    tasks = [
        (sets, y),
        (list(sets.values()), y),
        (list(sets.items()), y),
        SimpleNamespace(feature_sets=sets, labels=y),
    ]
    accuracies = [{"w1": 1, "w2": 2}, {0: 2, "1": 1}, [2, 1], {"w1": 1, "w2": 2}]
    ranker = ModelRanker(Width()).fit(tasks, accuracies)
    assert ranker.score(tasks, accuracies) == 1.0
    assert ranker.n_tasks_ == 4


def test_a_task_of_the_zoo_is_a_task():
    task = load_zoo().tasks[0]
    selector = ModelSelector(HScore()).fit(task.feature_sets, task.labels)
    expected = weighted_kendall_tau(
        [task.finetuned[name] for name in selector.names_], selector.scores_
    )
    ranker = ModelRanker(HScore()).fit([task], [task.finetuned])
    assert ranker.score([task], [task.finetuned]) == expected


# ---------------------------------------------------------------- scikit-learn

_GRID = {"metric__power": [-1, 0, 1]}


def test_fit_scores_no_model():
    tasks = [task_of_widths(1, 2)]
    ranker = ModelRanker(Width(refused=1)).fit(tasks, [[1, 2]])  # a failure would warn
    assert {name for name in vars(ranker) if name.endswith("_")} == {"n_tasks_"}
    with pytest.warns(FitFailedWarning, match="no width of 1"):
        ranker.predict(tasks)


def test_the_metric_of_the_user_is_not_fitted(tasks):
    metric = LogME()
    ModelRanker(metric).fit(tasks, [_TRUTH] * 3).predict(tasks)
    assert not hasattr(metric, "score_")


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("cv", [LeaveOneOut(), KFold(2)], ids=str)
def test_a_search_finds_the_setting_that_orders_the_models(cv, n_jobs):
    tasks = [task_of_widths(1, 2), task_of_widths(4, 3), task_of_widths(5, 7, 6)]
    accuracies = [{"w1": 0.9, "w2": 0.1}, [0.2, 0.3], np.array([0.7, 0.5, 0.6])]
    search = GridSearchCV(ModelRanker(Width()), _GRID, cv=cv, n_jobs=n_jobs)
    search.fit(tasks, accuracies)
    assert search.best_params_ == {"metric__power": -1}
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], [1.0, 0.0, -1.0])
    assert search.best_estimator_.n_tasks_ == 3
    assert search.score(tasks, accuracies) == 1.0
    new = task_of_widths(8, 2)
    np.testing.assert_array_equal(search.predict([new])[0], [1 / 8, 1 / 2])


def test_a_search_over_the_perturbation_compares_what_a_loop_compares(tasks):
    alphas = [-0.4, 0.0, 0.2]
    truth = {"sharp": 0.5, "fair": 0.9, "dull": 0.1, "blind": 0.7}
    search = GridSearchCV(
        ModelRanker(make_perturbed(LogME())),
        {"metric__attract__alpha": alphas},
        cv=LeaveOneOut(),
        refit=False,
    ).fit(tasks, [truth] * 3)
    for place, (sets, y) in enumerate(tasks):
        for alpha, found in zip(
            alphas, search.cv_results_[f"split{place}_test_score"], strict=True
        ):
            metric = make_perturbed(LogME(), alpha=alpha)
            scores = [clone(metric).fit(X, y)[-1].score_ for X in sets.values()]
            assert found == weighted_kendall_tau([truth[name] for name in sets], scores)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_validation_gives_one_figure_per_fold(tasks, n_jobs):
    alone = cross_val_score(ModelRanker(LogME()), tasks, [_TRUTH] * 3, cv=3, n_jobs=n_jobs)
    np.testing.assert_allclose(alone, [1.0, 1.0, 1.0])


def test_a_nested_search_is_a_ranker(tasks):
    search = GridSearchCV(ModelRanker(Width()), _GRID, cv=LeaveOneOut())
    widest = [[-X.shape[1] for X in sets.values()] for sets, _ in tasks]
    np.testing.assert_allclose(cross_val_score(search, tasks, widest, cv=LeaveOneOut()), 1.0)


def test_parameters_of_the_pipeline_are_reached_and_cloned():
    ranker = ModelRanker(make_perturbed(LogME(), alpha=0.1), n_jobs=2)
    assert ranker.get_params(deep=True)["metric__attract__alpha"] == 0.1
    copy = clone(ranker).set_params(metric__attract__alpha=0.3, n_jobs=1)
    assert copy.metric["attract"].alpha == 0.3
    assert ranker.metric["attract"].alpha == 0.1
    assert clone(ModelRanker({"h": HScore()})).metric["h"].get_params() == HScore().get_params()


def test_a_fitted_ranker_can_be_pickled(tasks):
    ranker = ModelRanker(LogME()).fit(tasks, [_TRUTH] * 3)
    copy = pickle.loads(pickle.dumps(ranker))
    np.testing.assert_array_equal(copy.predict(tasks), ranker.predict(tasks))


def test_the_number_of_jobs_changes_nothing(tasks):
    alone = ModelRanker(LogME()).fit(tasks, [_TRUTH] * 3).predict(tasks)
    together = ModelRanker(LogME(), n_jobs=2).fit(tasks, [_TRUTH] * 3).predict(tasks)
    np.testing.assert_allclose(together, alone, rtol=1e-10)


def test_tags_say_that_samples_are_no_rows():
    tags = get_tags(ModelRanker())
    assert tags.target_tags.required
    assert not tags.input_tags.two_d_array


# ---------------------------------------------------------------- failures


def test_a_bad_set_ranks_last_and_is_named():
    sets, y = task_of_widths(3, 1, 2)
    tasks = [(sets | {"short": np.zeros((3, 9))}, y)]
    truth = [[0.3, 0.1, 0.2, 0.0]]
    ranker = ModelRanker(Width()).fit(tasks, truth)
    with pytest.warns(FitFailedWarning, match=r"could not score 1 of 4 models.*'short'"):
        np.testing.assert_array_equal(ranker.predict(tasks)[0], [3.0, 1.0, 2.0, np.nan])
    with pytest.warns(FitFailedWarning, match="'short'"):
        assert ranker.score(tasks, truth) == pytest.approx(1.0)


@pytest.mark.parametrize("metric", [Width(), {"a": Width(), "b": Width(-1)}], ids=["one", "two"])
def test_a_task_that_cannot_be_scored_counts_as_chance(metric):
    sets, y = task_of_widths(1, 2)
    broken = SimpleNamespace(feature_sets=sets, labels=y[:-1], name="torn")
    tasks, accuracies = [task_of_widths(2, 1), broken], [[2, 1]] * 2
    ranker = ModelRanker(metric).fit(tasks, accuracies)
    message = r"Task 'torn' could not be scored; .* NaN\. .*which have 4 rows, got 3 entries"
    with pytest.warns(FitFailedWarning, match=message):
        first, second = ranker.predict(tasks)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(second, [np.nan, np.nan])
    whole = ranker.score(tasks[:1], accuracies[:1])
    with pytest.warns(FitFailedWarning, match=message):
        assert ranker.score(tasks, accuracies) == whole / 2


def test_a_search_goes_on_past_a_broken_task():
    sets, y = task_of_widths(1, 2)
    tasks = [task_of_widths(1, 2), (sets, y[:-1]), task_of_widths(3, 4)]
    search = GridSearchCV(ModelRanker(Width()), _GRID, cv=LeaveOneOut())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        search.fit(tasks, [[1, 2]] * 3)
    assert search.best_params_ == {"metric__power": 1}
    assert search.best_score_ == pytest.approx(2 / 3)


_ONE = [task_of_widths(1, 2)]
_NAMED = [SimpleNamespace(feature_sets=_ONE[0][0], labels=_ONE[0][1], name="waste")]


@pytest.mark.parametrize(
    ("tasks", "accuracies", "error", "message"),
    [
        ([], [], ValueError, "`tasks` .* must hold at least 1 task, got none"),
        (_ONE[0][0], [[1, 2]], TypeError, "`tasks` .* must be a sequence.* got dict; put a lone"),
        (iter(_ONE), [[1, 2]], TypeError, "`tasks` .* must be a sequence .* got list_iterator"),
        (
            _ONE[0],
            [[1, 2]] * 2,
            TypeError,
            r"Task 0 must be a tuple \(feature_sets, y\).*dict",
        ),
        ([*_ONE, 7], [[1, 2]] * 2, TypeError, "Task 1 must be a tuple .* got int"),
        ([(_ONE[0][0], None)], [[1, 2]], ValueError, "Task 0 must have labels, got None"),
        ([({}, ["ant"])], [[1, 2]], ValueError, "must hold at least 1 feature set"),
        (_ONE, None, ValueError, "requires accuracies to be passed, but the target y is None"),
        (_ONE, [[1, 2]] * 3, ValueError, "must have one entry per task, 1, got 3"),
        (_ONE, {"w1": 1}, TypeError, "`accuracies` of ModelRanker must be a sequence .* got dict"),
        (_ONE, [[1, 2, 3]], ValueError, r"Task 0 must have one accuracy .* 2 models, .*\(3,\)"),
        (_ONE, [0.5], ValueError, r"got an array of shape \(\); give them by name"),
        (_ONE, [[1, np.inf]], ValueError, "Task 0 must have finite accuracies, .* got infinity"),
        (_ONE, [{"a": 1}], ValueError, "for models of its pool, such as 'w1', got .* as 'a'"),
        (_ONE, [{}], ValueError, "got only names that it does not hold: none"),
        (_ONE, [[1, np.nan]], ValueError, "Task 0 must have .* at least 2 models, got 1; leave"),
        (_NAMED, [{"w1": 1}], ValueError, "Task 'waste' must have .* at least 2 models, got 1"),
    ],
)
def test_bad_input_raises_in_fit_and_in_score(tasks, accuracies, error, message):
    fitted = ModelRanker(Width()).fit(_ONE, [[1, 2]])
    with pytest.raises(error, match=message):
        fitted.score(tasks, accuracies)
    with pytest.raises(error, match=message):
        ModelRanker(Width()).fit(tasks, accuracies)


def test_a_frame_of_accuracies_says_how_to_pass_it():
    pd = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"got DataFrame; .*`frame.to_dict\('records'\)`"):
        ModelRanker(Width()).fit(_ONE, pd.DataFrame([{"w1": 1, "w2": 2}]))


def test_a_search_without_accuracies_says_what_is_missing():
    search = GridSearchCV(ModelRanker(Width()), _GRID, cv=LeaveOneOut())
    with pytest.raises(ValueError, match="ModelRanker requires accuracies to be passed"):
        search.fit(_ONE * 2)


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        (LogME, TypeError, "`metric` of ModelRanker must be a metric, .* got <class"),
        ({"a": LogME(), "b": None}, TypeError, "must be a metric, .* got None as 'b'"),
        ({}, ValueError, "`metric` of ModelRanker must hold at least 1 metric, got an empty"),
    ],
)
def test_a_bad_metric_raises_in_fit(metric, error, message):
    with pytest.raises(error, match=message):
        ModelRanker(metric).fit(_ONE, [[1, 2]])


@pytest.mark.parametrize("method", ["predict", "score"])
def test_an_unfitted_ranker_says_so(method):
    arguments = [_ONE] if method == "predict" else [_ONE, [[1, 2]]]
    with pytest.raises(NotFittedError):
        getattr(ModelRanker(LogisticRegression()), method)(*arguments)
