"""AccuracyPredictor: what it learns, what it predicts, and what it refuses."""

import copy
import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from simulated import as_task, simulate_history
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skperturb import AccuracyPredictor, ModelSelector, make_perturbed
from skperturb.evaluation import weighted_kendall_tau
from skperturb.metrics import HScore, KNNScore, LogME

_SEPARATIONS = {"sharp": 4.0, "fair": 2.0, "dull": 1.0, "blind": 0.0}
_TRUTH = {"sharp": 0.9, "fair": 0.8, "dull": 0.7, "blind": 0.4}


def gaussian_task(seed, separations=_SEPARATIONS):
    """Return a pool whose classes lie so many standard deviations apart, and its labels."""
    rng = np.random.default_rng(seed)
    y = np.array(["ant", "bee", "cat"] * 15)
    corners = np.eye(3)[np.arange(45) % 3]
    sets = {
        name: separation * corners + rng.standard_normal((45, 3))
        for name, separation in separations.items()
    }
    return sets, y


@pytest.fixture(scope="module")
def history():
    """Twelve past tasks of twelve models."""
    return simulate_history(12)


@pytest.fixture(scope="module")
def predictor(history):
    """A predictor that has learned from them."""
    return AccuracyPredictor().fit(history.tasks, history.accuracies)


@pytest.fixture(scope="module")
def new():
    """One more task of the same models."""
    return simulate_history(1, seed=0).tasks[0]


def fit_two(**params):
    """Fit on two tasks of three models."""
    tasks = [{"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 3.0, "b": 1.0, "c": 2.0}]
    return AccuracyPredictor(**params).fit(tasks, [[0.9, 0.8, 0.7], [0.8, 0.5, 0.6]])


# ---------------------------------------------------------------- what it learns


def test_history_alone_orders_models_as_they_did_before():
    tasks = [dict.fromkeys("abc", 1.0) for _ in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constant scores, tested below
        predictor = AccuracyPredictor().fit(tasks, [[0.9, 0.7, 0.8]] * 3)
    assert predictor.predict(tasks[0]).argsort().tolist() == [1, 2, 0]
    np.testing.assert_allclose(predictor.coef_, 0.0, atol=1e-9)


def test_metrics_alone_order_models_without_history():
    tasks = [{f"t{t}m{i}": float(i) for i in range(4)} for t in range(5)]
    predictor = AccuracyPredictor().fit(tasks, [[0.5, 0.6, 0.7, 0.8]] * 5)
    assert predictor.predict({"x": 5.0, "y": -1.0, "z": 2.0}).argsort().tolist() == [1, 2, 0]
    assert predictor.consensus_coef_ + predictor.coef_[0] > 0.5


def test_a_metric_that_misleads_gets_a_negative_weight():
    tasks = [{f"t{t}m{i}": float(-i) for i in range(4)} for t in range(5)]
    predictor = AccuracyPredictor().fit(tasks, [[0.5, 0.6, 0.7, 0.8]] * 5)
    assert predictor.consensus_coef_ + predictor.coef_[0] < -0.5
    assert predictor.predict({"x": 5.0, "y": -1.0, "z": 2.0}).argsort().tolist() == [0, 2, 1]


def test_true_weights_are_recovered_in_proportion():
    past = simulate_history(60, n_models=40, weights=(0.6, 0.3, 0.0), models=0.5)
    predictor = AccuracyPredictor().fit(past.tasks, past.accuracies)
    total = predictor.coef_ + predictor.consensus_coef_ / np.sqrt(3)  # of independent metrics
    np.testing.assert_allclose(total / total[0], [1.0, 0.5, 0.0], atol=0.1)
    effects = np.array(list(predictor.model_effects_.values()))
    assert np.corrcoef(effects, past.effects)[0, 1] > 0.98
    truth = np.array([np.var(past.effects), 0.45, 0.25])
    shares = np.array(list(predictor.variance_shares_.values()))
    np.testing.assert_allclose(shares, truth / truth.sum(), atol=0.06)
    assert list(predictor.variance_shares_) == ["models", "metrics", "noise"]


def test_both_parts_beat_each_alone(history):
    ahead = simulate_history(80)  # the first twelve are the same tasks
    tests = ahead.tasks[12:], ahead.accuracies[12:]
    taus = {
        effects: AccuracyPredictor(effects=effects)
        .fit(history.tasks, history.accuracies)
        .score(*tests)
        for effects in ("both", "models", "metrics")
    }
    assert taus["both"] > max(taus["models"], taus["metrics"]) + 0.05


def test_fitting_only_the_good_models_does_not_make_them_look_middling():
    past = simulate_history(30, models=1.0, weights=(0.1,), noise=0.2)
    best = np.argsort(past.effects)[-6:]
    chosen = [f"model{i:02d}" for i in best]
    partly = [
        {name: each[name] for name in (chosen if t % 2 else each)}
        for t, each in enumerate(past.accuracies)
    ]
    predictor = AccuracyPredictor().fit(past.tasks, partly)
    effects = np.array(list(predictor.model_effects_.values()))
    assert np.corrcoef(effects, past.effects)[0, 1] > 0.97


def test_known_noise_is_not_charged_to_the_tasks():
    past = simulate_history(60, noise=0.2)
    rng = np.random.default_rng(0)
    error = 0.03
    noisy = [
        {
            name: float(np.clip(a + error * rng.standard_normal(), 0.01, 0.99))
            for name, a in row.items()
        }
        for row in past.accuracies
    ]
    errors = [dict.fromkeys(row, error) for row in noisy]
    told = AccuracyPredictor().fit(past.tasks, noisy, standard_errors=errors)
    untold = AccuracyPredictor().fit(past.tasks, noisy)
    assert told.variances_.noise < 0.5 * untold.variances_.noise


# ---------------------------------------------------------------- calibration


@pytest.fixture(scope="module")
def trials():
    """Posteriors and true accuracies of 150 tasks after 60 past ones."""
    everything = simulate_history(210)
    past = everything.tasks[:60], everything.accuracies[:60]
    predictor = AccuracyPredictor().fit(*past)
    truths = [np.array(list(row.values())) for row in everything.accuracies[60:]]
    return predictor, everything.tasks[60:], truths


@pytest.mark.parametrize("confidence", [0.5, 0.95])
@pytest.mark.parametrize("n_known", [0, 1, 4])
def test_intervals_hold_the_truth_as_often_as_they_say(trials, confidence, n_known):
    predictor, tasks, truths = trials
    inside = []
    for task, truth in zip(tasks, truths, strict=True):
        known = dict(zip(list(task)[:n_known], truth.tolist(), strict=False))
        low, high = predictor.posterior(task, known).interval(confidence)
        inside.append(((low <= truth) & (truth <= high))[n_known:])
    assert np.mean(inside) == pytest.approx(confidence, abs=0.05)


def test_probability_of_being_best_is_met(trials):
    predictor, tasks, truths = trials
    likely = [predictor.probability_best(task) for task in tasks]
    first = [each.argmax() for each in likely]
    hits = np.mean([truth.argmax() == i for truth, i in zip(truths, first, strict=True)])
    said = np.mean([each.max() for each in likely])
    assert hits == pytest.approx(said, abs=0.1)


def test_expected_regret_is_met(trials):
    predictor, tasks, truths = trials
    said = np.mean([predictor.expected_regret(task) for task in tasks])
    lost = [
        truth.max() - truth[predictor.predict(task).argmax()]
        for task, truth in zip(tasks, truths, strict=True)
    ]
    assert said == pytest.approx(np.mean(lost), rel=0.3)


def test_deviations_are_those_of_the_draws(predictor, new):
    posterior = predictor.posterior(new, {"model03": 0.8})
    draws = posterior.sample(40_000, random_state=1)
    np.testing.assert_allclose(draws.std(axis=0), posterior.std, rtol=0.03, atol=1e-12)
    low, high = posterior.interval(0.5)
    np.testing.assert_allclose(np.quantile(draws, 0.25, axis=0), low, atol=0.01)
    np.testing.assert_allclose(np.quantile(draws, 0.75, axis=0), high, atol=0.01)


# ---------------------------------------------------------------- what is measured on the task


def test_a_measured_accuracy_is_kept(predictor, new):
    mean, std = predictor.predict(new, return_std=True, known={"model03": 0.77})
    assert mean[3] == 0.77
    assert std[3] == 0.0
    assert (std[[0, 1, 2]] > 0).all()


def test_a_measurement_with_an_error_is_shrunk(predictor, new):
    before = predictor.predict(new)[3]
    mean, std = predictor.predict(new, return_std=True, known={"model03": (0.3, 0.05)})
    assert 0.3 < mean[3] < before
    assert 0.0 < std[3] < 0.06


def test_measurements_move_the_level_of_the_task(predictor, new):
    low = predictor.predict(new, known={"model03": 0.4})
    high = predictor.predict(new, known={"model03": 0.9})
    assert (low < high).all()


def test_measurements_narrow_what_is_open(predictor, new):
    _, before = predictor.predict(new, return_std=True)
    _, after = predictor.predict(new, return_std=True, known={"model03": 0.8, "model07": 0.85})
    assert (after < before).all()


def test_regret_falls_as_models_are_measured(trials):
    predictor, tasks, truths = trials
    losses = {"suggested": [], "in order": []}
    for task, truth in zip(tasks[:60], truths, strict=False):
        names, known = list(task), {}
        for _ in range(3):
            [name] = predictor.suggest(task, known=known)
            assert name not in known
            known[name] = truth[names.index(name)]
        losses["suggested"].append(truth.max() - max(known.values()))
        losses["in order"].append(truth.max() - truth[:3].max())
    assert np.mean(losses["suggested"]) < 0.3 * np.mean(losses["in order"])


def test_several_suggestions_are_different_models(predictor, new):
    names = predictor.suggest(new, n=5)
    assert len(set(names)) == 5
    assert names[0] == predictor.suggest(new)[0]
    assert len(predictor.suggest(new, known={"model00": 0.5}, n=99)) == 11


def test_explanation_adds_up(predictor, new):
    known = {"model03": 0.77}
    parts = predictor.explain(new, known)
    assert list(parts) == [
        "model", "level", "history", "consensus", "m0", "m1", "measured", "link", "accuracy"
    ]  # fmt: skip
    total = sum(parts[name] for name in ("level", "history", "consensus", "m0", "m1", "measured"))
    np.testing.assert_allclose(total, parts["link"])
    np.testing.assert_allclose(expit(parts["link"]), parts["accuracy"])
    assert parts["accuracy"][3] == pytest.approx(0.77)
    np.testing.assert_array_equal(predictor.explain(new)["measured"], 0.0)


# ---------------------------------------------------------------- gaps


def test_nothing_learned_is_the_mean_rank_of_the_metrics():
    with pytest.warns(UserWarning, match="no past task to learn from; it ranks models by the mean"):
        predictor = AccuracyPredictor().fit([], [])
    task = as_task("abc", np.array([[1.0, 20.0], [3.0, 30.0], [2.0, -np.inf]]))
    mean, std = predictor.predict(task, return_std=True)
    assert mean[0] == mean[2] < mean[1]  # mean ranks 1.5, 3, 1.5
    assert (std > 0.05).all()
    assert predictor.n_tasks_ == 0
    parts = predictor.explain(task)
    np.testing.assert_allclose(parts["level"] + parts["consensus"], parts["link"])


def test_a_first_measurement_helps_without_history():
    with pytest.warns(UserWarning, match="no past task"):
        predictor = AccuracyPredictor().fit([], [])
    task = {"a": 0.1, "b": 0.5, "c": 0.9}
    before, after = predictor.posterior(task), predictor.posterior(task, {"b": 0.93})
    assert after.std[2] < before.std[2]
    assert (after.mean > before.mean).all()


def test_one_past_task_is_enough():
    tasks, truth = [{"a": 3.0, "b": 2.0, "c": 1.0}], [[0.9, 0.8, 0.7]]
    mean, std = AccuracyPredictor().fit(tasks, truth).predict(tasks[0], return_std=True)
    assert mean.argsort().tolist() == [2, 1, 0]
    assert ((std > 0.01) & (std < 0.4)).all()


def test_missing_scores_models_and_accuracies_are_gaps(history):
    tasks = copy.deepcopy(history.tasks)
    accuracies = [dict(row) for row in history.accuracies]
    tasks[0]["model00"]["m1"] = np.nan
    tasks[1]["model00"]["m1"] = None
    del tasks[2]["model01"]["m0"]
    tasks[3] = {name: {} for name in tasks[3]}  # accuracies without scores
    del tasks[4]["model02"], accuracies[4]["model02"]
    del accuracies[5]["model03"]
    accuracies[6]["model04"] = np.nan
    accuracies[7]["model05"] = None
    predictor = AccuracyPredictor().fit(tasks, accuracies)
    assert predictor.n_tasks_ == 12
    assert all(np.isfinite(each).all() for each in predictor.predict(tasks))


def test_the_order_of_models_may_differ_between_tasks(history):
    turned = [dict(reversed(task.items())) for task in history.tasks]
    first = AccuracyPredictor().fit(history.tasks, history.accuracies)
    second = AccuracyPredictor().fit(turned, history.accuracies)
    new = history.tasks[0]
    np.testing.assert_allclose(first.predict(new), second.predict(new), rtol=1e-6)
    assert first.suggest(new) == second.suggest(new)


def test_strangers_have_wider_intervals_than_their_twins(predictor, new):
    # On the mean over models: of one far from the level an unknown scale widens the interval.
    strangers = {f"stranger{name}": row for name, row in new.items()}
    low, high = logit(predictor.posterior(new | strangers).interval())
    known, unknown = np.split(high - low, 2)
    assert unknown.mean() > known.mean()


# ---------------------------------------------------------------- relatives


def test_a_new_model_borrows_from_its_family():
    rng = np.random.default_rng(0)
    family = {f"{kind}{i}": kind for kind in ("good", "bad") for i in range(6)}
    known = [name for name in family if not name.endswith("5")]
    tasks, accuracies = [], []
    for _ in range(8):
        tasks.append({name: float(rng.standard_normal()) for name in known})
        z = [1.0 if family[name] == "good" else -1.0 for name in known]
        accuracies.append(
            expit(1 + 0.4 * np.array(z) + 0.05 * rng.standard_normal(len(z))).tolist()
        )
    new = dict.fromkeys(family, 0.0) | {"good0": 1e-9}
    alone = AccuracyPredictor().fit(tasks, accuracies)
    related = AccuracyPredictor(relatives=family).fit(tasks, accuracies)
    assert related.kinship_share_ == 0.9
    names = list(new)
    mean, std = related.predict(new, return_std=True)
    assert mean[names.index("good5")] > mean[names.index("bad5")] + 0.05
    unrelated, wide = alone.predict(new, return_std=True)
    assert unrelated[names.index("good5")] == pytest.approx(unrelated[names.index("bad5")])
    assert std[names.index("good5")] < wide[names.index("good5")]
    assert std[names.index("good5")] > std[names.index("good1")]


def test_relatives_that_say_nothing_are_not_used(history):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"size": rng.random(12), "family": list("aabbccddeeff")}, index=list(history.tasks[0])
    )
    frame.iloc[3, 0] = np.nan
    predictor = AccuracyPredictor(relatives=frame).fit(history.tasks, history.accuracies)
    assert predictor.kinship_share_ == 0.0


# ---------------------------------------------------------------- scikit-learn's ways


def test_tasks_come_as_features_or_as_scores():
    pools = [gaussian_task(seed) for seed in range(3)]
    selector = ModelSelector({"h": HScore(), "knn": KNNScore()}, diagnostics=None)
    fitted = [clone(selector).fit(*pool) for pool in pools]
    names = list(_SEPARATIONS)
    frames = [pd.DataFrame(s.scores_, index=names, columns=s.metric_names_) for s in fitted]
    named = [SimpleNamespace(name="t" + str(i), scores=f) for i, f in enumerate(frames)]
    objects = [SimpleNamespace(feature_sets=sets, labels=y, name="") for sets, y in pools]
    for i, each in enumerate(objects):
        each.name = f"t{i}"
    forms = [pools, fitted, frames, [f.to_dict("index") for f in frames], named, objects]
    found = []
    for tasks in forms:
        predictor = AccuracyPredictor(selector).fit(tasks, [_TRUTH] * 3)
        assert predictor.metric_names_ == ["h", "knn"]
        found.append(predictor.predict(tasks[0]))
        np.testing.assert_array_equal(predictor.predict(tasks)[0], found[-1])
    for each in found[1:]:
        np.testing.assert_allclose(each, found[0])
    assert found[0].argsort().tolist() == [3, 2, 1, 0]


class CountingScore(HScore):
    """HScore that counts how often it was fitted."""

    n_fits = 0

    def fit(self, X, y):
        """Count, and fit."""
        type(self).n_fits += 1
        return super().fit(X, y)


def test_a_model_is_scored_once_per_task(monkeypatch):
    monkeypatch.setattr(CountingScore, "n_fits", 0)
    selector = ModelSelector(CountingScore(), n_resamples=5, diagnostics="all")
    predictor = AccuracyPredictor(selector)
    predictor.fit([gaussian_task(0), gaussian_task(1)], [_TRUTH] * 2)
    assert CountingScore.n_fits == 2 * len(_TRUTH)
    assert predictor.fit_selector(*gaussian_task(2)).get_params()["n_resamples"] == 5


def test_groups_of_a_task_reach_the_selector():
    sets, y = gaussian_task(0)
    task = SimpleNamespace(feature_sets=sets, labels=y, groups=np.arange(45) // 3)
    predictor = AccuracyPredictor(ModelSelector(HScore()))
    assert predictor.fit([task], [_TRUTH]).predict(task).shape == (4,)
    task.groups = task.groups[:-1]
    with pytest.raises(ValueError, match="groups"):
        predictor.predict(task)


def test_default_metrics_take_classes_and_other_targets():
    sets, y = gaussian_task(0)
    target = np.arange(45) % 3 + np.linspace(0, 0.1, 45)
    predictor = AccuracyPredictor().fit([(sets, y), (sets, target)], [_TRUTH, _TRUTH])
    assert predictor.metric_names_ == ["ridge", "logme", "knn", "sfda", "gbc", "lda"]
    assert predictor.predict((sets, y)).argsort().tolist() == [3, 2, 1, 0]


def test_score_is_the_mean_weighted_tau(predictor):
    ahead = simulate_history(15)
    tests = ahead.tasks[12:], ahead.accuracies[12:]
    taus = [
        weighted_kendall_tau(list(row.values()), mean)
        for row, mean in zip(tests[1], predictor.predict(tests[0]), strict=True)
    ]
    assert predictor.score(*tests) == pytest.approx(np.mean(taus))


def test_a_search_over_a_perturbation_leaves_one_task_out(tmp_path):
    pools = [gaussian_task(seed) for seed in range(4)]
    selector = ModelSelector(make_perturbed(LogME(), n_components=None), memory=tmp_path)
    search = GridSearchCV(
        AccuracyPredictor(selector, effects="metrics"),
        {"selector__metric__attract__alpha": [0.2, 0.5]},
        cv=LeaveOneOut(),
    )
    search.fit(pools, [_TRUTH] * 4)
    assert search.best_params_ == {"selector__metric__attract__alpha": 0.2}
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(1.0)
    assert search.predict(pools[0]).shape == (4,)


def test_cross_validation_takes_standard_errors(history):
    errors = [dict.fromkeys(row, 0.01) for row in history.accuracies]
    taus = cross_val_score(
        AccuracyPredictor(),
        history.tasks,
        history.accuracies,
        cv=4,
        params={"standard_errors": errors},
    )
    assert taus.shape == (4,)
    assert (taus > 0.3).all()


def test_fitting_leaves_everything_as_it_was(history):
    tasks, accuracies = copy.deepcopy(history.tasks), copy.deepcopy(history.accuracies)
    predictor = AccuracyPredictor()
    before = repr(predictor.get_params())
    assert predictor.fit(tasks, accuracies) is predictor
    predictor.predict(tasks[0], known={"model00": 0.5})
    assert (tasks, accuracies) == (history.tasks, history.accuracies)
    assert repr(predictor.get_params()) == before


def test_clone_and_pickle(predictor, new):
    copied = pickle.loads(pickle.dumps(predictor))
    np.testing.assert_array_equal(copied.predict(new), predictor.predict(new))
    with pytest.raises(NotFittedError):
        clone(predictor).predict(new)


def test_tags_say_that_a_target_is_needed():
    tags = get_tags(AccuracyPredictor())
    assert tags.target_tags.required
    assert not tags.input_tags.two_d_array


def test_any_figure_of_merit_with_the_identity_link():
    past = simulate_history(10)
    points = [{n: 100 * float(logit(a)) for n, a in row.items()} for row in past.accuracies]
    predictor = AccuracyPredictor(link="identity").fit(past.tasks, points)
    mean, std = predictor.predict(past.tasks[0], return_std=True)
    truth = np.array(list(points[0].values()))
    assert weighted_kendall_tau(truth, mean) > 0.5
    assert np.abs(mean - truth).max() < 5 * std.max()
    low, high = predictor.posterior(past.tasks[0]).interval()
    assert ((low < mean) & (mean < high)).all()


# ---------------------------------------------------------------- what it refuses, or says


@pytest.mark.parametrize(
    ("accuracies", "message"),
    [
        ([[90.0, 80.0, 70.0]], r"Task '0' must have accuracies in \(0, 1\), got 90 for 'a'; they "
         "look like per cent: divide by 100"),
        ([[0.9, 80.0, 0.7]], "got 80 for 'b'; they look like per cent"),
        ([[0.9, -0.2, 0.7]], "got -0.2 for 'b'; `link='identity'` takes other"),
        ([[0.9, 1.0, 0.7]], r"got 1 for 'b'; give 1/\(2 n\) or 1 - 1/\(2 n\)"),
        ([[0.9, np.inf, 0.7]], "Task '0' must have finite accuracies"),
        ([[0.9, 0.7]], r"one number in `accuracies` for each of its 3 models, got .* \(2,\)"),
        ([{"x": 0.5, "y": 0.4}], "of its own models, such as 'a', got only names .* 'x'"),
        ([[0.9, 0.8, 0.7]] * 2, "`accuracies` of AccuracyPredictor must have one entry per task"),
        (None, "requires accuracies to be passed, but the target y is None"),
    ],
)  # fmt: skip
def test_wrong_accuracies_are_refused(accuracies, message):
    with pytest.raises(ValueError, match=message):
        AccuracyPredictor().fit([{"a": 1.0, "b": 2.0, "c": 3.0}], accuracies)


@pytest.mark.parametrize(
    ("tasks", "error", "message"),
    [
        ([{}], ValueError, "Task '0' must hold at least 1 model, got none"),
        ([3], TypeError, "Task '0' must be a tuple .* got int"),
        ([{"a": "high"}], TypeError, "number as score of 'a' by 'score', got str"),
        ([{"a": np.ones((3, 2))}], TypeError, "got ndarray; features come with labels"),
        ([({"a": np.ones((3, 2))}, None)], ValueError, "Task '0' must have labels, got None"),
        ({"a": 1.0}, TypeError, "`tasks` of AccuracyPredictor must be a sequence .* got dict"),
        ([pd.DataFrame({"s": [1, 2]}, index=["a", "a"])], ValueError, "each model once, got 'a'"),
        ([pd.DataFrame([[1, 2]], columns=["s", "s"])], ValueError, "each metric once, got 's'"),
    ],
)
def test_wrong_tasks_are_refused(tasks, error, message):
    with pytest.raises(error, match=message):
        AccuracyPredictor().fit(tasks, [{"a": 0.5}])


def test_a_task_twice_is_refused():
    task = SimpleNamespace(name="pets", scores={"a": 1.0, "b": 2.0})
    with pytest.raises(ValueError, match="must hold each task once, got 'pets' twice"):
        AccuracyPredictor().fit([task, task], [[0.5, 0.6]] * 2)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"a": 0.5}, "Task '2' is left out: it has the accuracies of 1 model; 2 are needed"),
        ({}, "Task '2' is left out: it has the accuracies of 0 models; 2 are needed"),
        ([0.5, 0.5, 0.5], "Task '2' is left out: it has the same accuracy for all models"),
    ],
)
def test_a_task_without_contrast_is_left_out_by_name(row, message):
    tasks = [{"a": 3.0, "b": 2.0, "c": 1.0}] * 3
    with pytest.warns(UserWarning, match=message):
        predictor = AccuracyPredictor().fit(tasks, [[0.9, 0.8, 0.7], [0.8, 0.5, 0.6], row])
    assert predictor.n_tasks_ == 2


def test_a_model_that_the_task_does_not_hold_is_left_out_by_name():
    tasks = [{"a": 3.0, "b": 2.0}]
    with pytest.warns(UserWarning, match="Task '0': left out 'resnet5', not among the models"):
        AccuracyPredictor().fit(tasks, [{"a": 0.9, "b": 0.8, "resnet5": 0.7}])


def test_constant_scores_are_left_out_by_name():
    with pytest.warns(UserWarning, match="Task '0': left out 'score', which gives all models"):
        AccuracyPredictor().fit([{"a": 1.0, "b": 1.0}], [[0.9, 0.8]])


def test_a_task_that_cannot_be_scored_is_predicted_from_history():
    sets, y = gaussian_task(0)
    predictor = AccuracyPredictor(ModelSelector(HScore())).fit([(sets, y)], [_TRUTH])
    broken = {name: np.full((45, 3), np.nan) for name in sets}
    with pytest.warns(FitFailedWarning, match="Task '0' could not be scored, so its scores are"):
        mean = predictor.predict((broken, y))
    assert mean.argsort().tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"effects": "all"}, ValueError, "`effects` of AccuracyPredictor must be 'both' or"),
        (
            {"link": "probit"},
            ValueError,
            "`link` of AccuracyPredictor must be 'logit' or 'identity'",
        ),
        ({"n_samples": 1}, ValueError, "`n_samples` of AccuracyPredictor must be an integer"),
        ({"random_state": "x"}, ValueError, "`random_state` of AccuracyPredictor"),
        ({"selector": LogME()}, TypeError, "must be a ModelSelector or None, got LogME"),
        ({"relatives": 3}, TypeError, "`relatives` of AccuracyPredictor must map each model"),
    ],
)
def test_wrong_parameters_are_refused(params, error, message):
    with pytest.raises(error, match=message):
        fit_two(**params)


@pytest.mark.parametrize(
    ("known", "error", "message"),
    [
        (
            {"z": 0.5},
            ValueError,
            "Task '0' must hold every model of `known`, got 'z'; it holds 'a'",
        ),
        ({"a": 91.0}, ValueError, "got 91 for 'a'; they look like per cent"),
        ({"a": (0.9, -1.0)}, ValueError, "standard errors of at least 0, got -1 for 'a'"),
        ([0.9], TypeError, "`known` must be a mapping of model to accuracy, got list"),
    ],
)
def test_wrong_measurements_are_refused(known, error, message):
    with pytest.raises(error, match=message):
        fit_two().predict({"a": 1.0, "b": 2.0}, known=known)


def test_measurements_come_one_per_task():
    predictor = fit_two()
    tasks = [{"a": 1.0, "b": 2.0}] * 2
    means = predictor.predict(tasks, known=[{"a": 0.75}, None])
    assert means[0][0] == 0.75
    with pytest.raises(ValueError, match="`known` must have one entry per task, 2, got 1"):
        predictor.predict(tasks, known=[{"a": 0.75}])


def test_standard_errors_are_checked():
    tasks = [{"a": 1.0, "b": 2.0}]
    with pytest.raises(ValueError, match=r"standard errors of at least 0, got -0\.1 for 'a'"):
        AccuracyPredictor().fit(tasks, [[0.5, 0.6]], standard_errors=[[-0.1, 0.1]])
    with pytest.raises(ValueError, match="`standard_errors` of AccuracyPredictor must have one"):
        AccuracyPredictor().fit(tasks, [[0.5, 0.6]], standard_errors=[])


def test_metrics_without_a_name_must_be_the_same():
    rng, y = np.random.default_rng(0), np.arange(30) % 3
    pool = {name: rng.standard_normal((30, 4)) for name in "abc"}
    piped = make_pipeline(StandardScaler(), LogME())
    logme, knn, behind = (
        ModelSelector(metric, diagnostics=None).fit(pool, y)
        for metric in (LogME(), KNNScore(n_neighbors=2), piped)
    )
    accuracies = [[0.5, 0.6, 0.7]] * 2
    with pytest.raises(ValueError, match="metric as the others, LogME, got KNNScore; give metrics"):
        AccuracyPredictor().fit([logme, knn], accuracies)
    unnamed = dict(zip(logme.names_, logme.scores_, strict=True))
    predictor = AccuracyPredictor().fit([logme, unnamed], accuracies)
    with pytest.raises(ValueError, match="LogME, got StandardScaler > LogME"):
        predictor.predict(behind)
    assert predictor.predict(logme).shape == (3,)


def test_scores_by_other_metrics_are_refused():
    predictor = fit_two()
    with pytest.raises(
        ValueError, match="must have scores by 'score', as past tasks have, got 'm0'"
    ):
        predictor.predict(as_task("ab", np.ones((2, 1))))


def test_confidence_must_be_a_probability():
    posterior = fit_two().posterior({"a": 1.0, "b": 2.0})
    with pytest.raises(ValueError, match=r"`confidence` must be in \(0, 1\), got 95"):
        posterior.interval(95)
