"""HalvingModelSelector: few rows for all, all rows for few."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.utils.validation import check_is_fitted

from skperturb import HalvingModelSelector, ModelSelector
from skperturb.metrics import ETran, KNNScore, LogME
from skperturb.selection import NothingScoredError
from skperturb.selection._halving_schedule import halving_schedule


def _seed(random_state):
    """Return the seed that all rounds share."""
    return np.random.RandomState(random_state).randint(2**31 - 1)


@pytest.fixture(scope="module")
def pool():
    """Twelve models, each sharper than the one before."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 200)
    means = rng.standard_normal((3, 6))[np.arange(600) % 3]
    return {f"m{i:02}": i / 3 * means + rng.standard_normal((600, 6)) for i in range(12)}, y


@pytest.mark.parametrize(
    ("n_models", "n_rows", "factor", "fewest", "expected"),
    [
        (9, 900, 3, 100, [(9, 100), (3, 300), (1, 900)]),
        (9, 900, 3, 101, [(9, 300), (3, 900)]),
        (27, 900, 3, 100, [(27, 100), (9, 300), (3, 900)]),
        (8, 1000, 2, 1, [(8, 125), (4, 250), (2, 500), (1, 1000)]),
        (10, 400, 3, 20, [(10, 44), (4, 133), (2, 400)]),
        (1, 900, 3, 1, [(1, 900)]),
        (50, 10, 3, 100, [(50, 10)]),
        (4, 100, 1.3, 10, [(4, 35), (3, 46), (2, 100)]),
    ],
)
def test_rounds(n_models, n_rows, factor, fewest, expected):
    assert halving_schedule(n_models, n_rows, factor, fewest) == expected


def test_the_rounds_are_those_of_plain_selectors(pool):
    sets, y = pool
    halving = HalvingModelSelector(LogME(), random_state=3).fit(sets, y)
    assert (halving.n_candidates_, halving.n_resources_) == ([12, 4, 2], [67, 200, 600])
    left = sets
    for i, n_rows in enumerate(halving.n_resources_):
        alone = ModelSelector(LogME(), max_samples=n_rows, random_state=_seed(3)).fit(left, y)
        ended = [name for name in left if halving.results_["iter"][halving.names_.index(name)] == i]
        for name in ended:
            score = halving.scores_[halving.names_.index(name)]
            assert score == alone.scores_[alone.names_.index(name)]
        left = {name: sets[name] for name in left if name not in ended}
    assert left == {}
    assert halving.ranking_[:2] == alone.ranking_
    assert halving.best_name_ == "m11"
    assert sorted(halving.ranks_) == list(range(1, 13))


def test_rows_of_a_round_are_among_those_of_the_next(pool):
    sets, y = pool
    seen = []

    class Noted(LogME):
        def _score(self, X, target):
            seen.append({tuple(row) for row in X})
            return super()._score(X, target)

    HalvingModelSelector(Noted()).fit(dict.fromkeys("abcdefghi", sets["m05"]), y)
    assert [len(rows) for rows in (seen[0], seen[9], seen[-1])] == [67, 200, 600]
    assert seen[0] < seen[9] < seen[-1]


@pytest.mark.parametrize("metric", [{"logme": LogME(), "knn": KNNScore()}, ETran(), None])
def test_any_metric_can_be_halved(pool, metric):
    halving = HalvingModelSelector(metric).fit(*pool)
    assert halving.best_name_ in ("m10", "m11")
    assert halving.scores_.shape == ((12, 2) if isinstance(metric, dict) else (12,))


def test_failures_leave_and_rank_last(pool):
    sets, y = pool
    with pytest.warns(FitFailedWarning, match="could not score 1 of 13"):
        halving = HalvingModelSelector(LogME()).fit({"bad": sets["m00"][:-1], **sets}, y)
    assert halving.ranking_[-1] == "bad"
    assert halving.ranks_[0] == 13
    assert list(halving.failures_) == ["bad"]
    assert list(halving.failed_) == [True] + 12 * [False]
    assert halving.best_name_ == "m11"


@pytest.mark.parametrize("bad", [["m11"], ["m10", "m11"], [f"m{i:02}" for i in range(2, 12)]])
def test_a_fault_that_only_later_rounds_see_makes_room_for_the_next(pool, bad):
    sets, y = pool
    seen = HalvingModelSelector(LogME()).fit(sets, y)
    late = np.setdiff1d(np.arange(600), seen_rows(seen, 1))
    holed = {name: X.copy() for name, X in sets.items()}
    for name in bad:
        holed[name][late[0], 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        halving = HalvingModelSelector(LogME()).fit(holed, y)
    sound = [name for name in ModelSelector(LogME()).fit(sets, y).ranking_ if name not in bad]
    assert halving.best_name_ == sound[0]
    assert set(halving.failures_) <= set(bad)
    assert halving.ranking_[0] not in halving.failures_
    assert halving.n_resources_[-1] == 600


def seen_rows(halving, round_number):
    """Return the rows of a round, by the seed that all rounds share."""
    n_rows, seed = halving.n_resources_[round_number], _seed(halving.random_state)
    y = np.array(["ant", "bee", "cat"] * 200)
    X = np.random.default_rng(0).standard_normal((600, 2))
    return ModelSelector(LogME(), max_samples=n_rows, random_state=seed).fit([X], y).sample_indices_


def test_the_last_round_says_how_sure_it_is(pool):
    sets, y = pool
    halving = HalvingModelSelector(LogME(), n_resamples=20).fit(sets, y)
    first, second = halving.ranking_[:2]
    assert halving.probability_better(first, second) >= 0.5
    assert halving.summary().startswith(f"After 3 rounds from 12 models: {first} ")
    unsure = HalvingModelSelector(LogME()).fit(sets, y).summary()
    assert unsure.startswith(f"After 3 rounds from 12 models: {first} has the highest score of 2 ")
    with pytest.raises(ValueError, match="'m00' must be one of the models that were resampled"):
        halving.probability_better("m00", first)


def test_results_have_the_columns_of_a_plain_selector_and_two_more(pool):
    sets, y = pool
    metrics = {"logme": LogME(), "knn": KNNScore()}
    halving = HalvingModelSelector(metrics, n_resamples=5).fit(sets, y)
    plain = ModelSelector(metrics, n_resamples=5).fit(sets, y)
    assert halving.results_schema_[:-2] == plain.results_schema_
    assert [column.name for column in halving.results_schema_[-2:]] == ["iter", "n_resources"]
    last = halving.results_["iter"] == halving.n_iterations_ - 1
    assert last.sum() == halving.n_candidates_[-1]
    for name in ("score_low_logme", "rank_high", "p_best"):
        assert np.array_equal(np.isnan(halving.results_[name]), ~last)
    np.testing.assert_array_equal(halving.results_["score_logme"], halving.scores_[:, 0])
    np.testing.assert_array_equal(halving.results_["rank"], halving.ranks_)
    assert (halving.results_["seconds_shared"] > 0).all()
    assert list(halving.to_frame()["model"]) == halving.ranking_


def test_groups_are_whole_in_every_round(pool):
    _, y = pool
    groups = np.arange(600) // 7
    seen = []

    class Noted(LogME):
        def _score(self, X, target):
            seen.append(X[:, 0])
            return super()._score(X, target)

    numbered = np.arange(600.0)[:, None] + np.zeros((600, 2))
    halving = HalvingModelSelector(Noted()).fit(
        dict.fromkeys("abcdefghi", numbered), y, groups=groups
    )
    assert halving.n_iterations_ == 3
    for rows in seen:
        assert np.isin(groups, groups[rows.astype(int)]).sum() == len(rows)
    assert set(seen[0]) < set(seen[9]) < set(seen[-1])


def test_after_a_failed_fit_it_is_not_fitted(pool):
    _, y = pool
    halving = HalvingModelSelector(LogME())
    with pytest.raises(
        NothingScoredError, match=r"^HalvingModelSelector could score none"
    ) as error:
        halving.fit({"bad": np.full((600, 2), np.nan)}, y)
    assert list(error.value.failures) == ["bad"]
    with pytest.raises(NotFittedError):
        check_is_fitted(halving)


def test_warnings_bear_its_own_name(pool):
    sets, y = pool
    with pytest.warns(FitFailedWarning, match="^HalvingModelSelector could not score 1 of 13"):
        HalvingModelSelector(LogME()).fit({"bad": sets["m00"][:-1], **sets}, y)


def test_the_winner_is_handed_on_and_parameters_are_kept(pool):
    sets, y = pool
    halving = clone(HalvingModelSelector(LogME(), factor=2, min_resources=50)).fit(sets, y)
    assert halving.transform(sets) is sets["m11"]
    assert halving.n_resources_ == [75, 150, 300, 600]
    assert HalvingModelSelector(LogME(), min_resources=600).fit(sets, y).n_candidates_ == [12]


def test_jobs_and_order_change_nothing(pool):
    sets, y = pool
    alone = HalvingModelSelector(LogME()).fit(sets, y)
    together = HalvingModelSelector(LogME(), n_jobs=2).fit(dict(reversed(sets.items())), y)
    assert together.ranking_ == alone.ranking_


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"factor": 1}, ValueError, "`factor` of HalvingModelSelector must be .* above 1, got 1"),
        ({"factor": "3"}, TypeError, "got '3'"),
        ({"min_resources": 0}, ValueError, "`min_resources` .* at least 1, got 0"),
        ({"min_resources": "exhaust"}, ValueError, "must be 'smallest' or an integer"),
        ({"min_resources": 0.5}, ValueError, "must be 'smallest' or an integer"),
        ({"n_resamples": 1}, ValueError, "must be 0 or at least 2"),
        ({"metric": {"low": LogME()}}, ValueError, "must not be or begin with 'low', 'high'"),
    ],
)
def test_bad_parameters_raise(pool, params, error, message):
    with pytest.raises(error, match=message):
        HalvingModelSelector(**{"metric": LogME(), **params}).fit(*pool)
