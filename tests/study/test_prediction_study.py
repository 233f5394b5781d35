"""The study of predictions on a small folder whose outcome is known, and its own arithmetic."""

import json

import numpy as np
import pytest

from study.prediction.__main__ import tables, write_csv
from study.prediction.alternatives import SETS
from study.prediction.contenders import DEFAULT, fit_without, mean_rank
from study.prediction.folders import Truth, load_truths, score_task
from study.prediction.measures import interval_over_families, regret_curves
from study.prediction.picture import draw_regrets

_MODELS = ["best", "good", "fair", "poor", "worst"]


@pytest.fixture(scope="module")
def truth():
    """Five tasks in four families, on which all metrics and the past are right."""
    rng = np.random.default_rng(0)
    metrics = sorted({name for names in SETS.values() for name in names} | {"LogME"})
    scores = [
        {
            m: {name: -place + 0.01 * rng.standard_normal() for name in metrics}
            for place, m in enumerate(_MODELS)
        }
        for _ in range(5)
    ]
    accuracies = [{m: 0.9 - 0.1 * i - 0.01 * t for i, m in enumerate(_MODELS)} for t in range(5)]
    return Truth(
        "probe", [f"t{i}" for i in range(5)], ["a", "a", "b", "c", "d"], scores, accuracies
    )


def test_tasks_of_the_same_family_are_left_out_together(truth):
    assert truth.others(0) == [2, 3, 4]
    assert truth.others(3) == [0, 1, 2, 4]
    assert fit_without(truth, 0).n_tasks_ == 3


def test_a_truth_that_all_know_is_told_by_all(truth, tmp_path):
    found = tables([truth])
    head, *rows = found["orders"]
    assert head[:3] == ["truth", "ordered by", "tau"]
    assert [row[2] for row in rows] == ["1.00"] * 6
    assert {tuple(row[4:]) for row in rows} == {("0.0", "0.0", "0.0")}
    others = dict(found["alternatives"][1:])
    assert others.pop("gradient-boosted trees") == "0.00"  # too few models for a single leaf
    assert list(others.values()) == ["1.00"] * (len(SETS) + 2)
    assert [row[1] for row in found["learning"][1:]] == [1, 2, 3, 4]
    assert [row[1] for row in found["calibration"][1:]] == [0, 1, 3]
    write_csv(tmp_path / "orders.csv", found["orders"])
    assert (
        (tmp_path / "orders.csv").read_text().splitlines()[1].startswith("probe,exact LogME,1.00")
    )


def test_curves_fall_to_nothing(truth, tmp_path):
    curves = regret_curves(truth, 4)
    assert {each.shape for each in curves.values()} == {(5, 4)}
    for title, each in curves.items():
        assert (np.diff(each, axis=1) <= 1e-9).all(), title
    assert curves["suggested, one at a time"].max() < 1e-9
    # Of five models 10 points apart the first is 20 points from the best on the mean.
    assert curves["random order"][:, 0].mean() == pytest.approx(20.0, abs=1.0)
    draw_regrets({"probe": curves}, tmp_path / "regret.png")
    assert (tmp_path / "regret.png").stat().st_size > 1000


def test_the_mean_rank_is_over_the_tasks_that_count(truth):
    np.testing.assert_allclose(mean_rank(truth, 0, [2, 3]), [1, 0.75, 0.5, 0.25, 0])
    np.testing.assert_allclose(mean_rank(truth, 0, []), 0.5)


def test_intervals_draw_families_and_not_tasks(truth):
    low, high = interval_over_families(truth, np.array([0.0, 0.0, 1.0, 1.0, 1.0]))
    assert low < 0.6
    assert high == 1.0


def test_a_folder_is_scored_by_all_metrics_that_take_its_targets(tmp_path):
    rng = np.random.default_rng(0)
    record = {}
    for task, target in {"classes": np.arange(60) % 3, "numbers": rng.standard_normal(60)}.items():
        (tmp_path / task).mkdir()
        kind = "labels" if task == "classes" else "targets"
        np.save(tmp_path / task / f"{kind}.npy", target)
        for model in ("a", "b"):
            np.save(tmp_path / task / f"{model}.npy", rng.standard_normal((60, 6)))
        record[task] = {"models": {m: {"linear_probe": a} for m, a in (("a", 0.5), ("b", -0.1))}}
    (tmp_path / "accuracies.json").write_text(json.dumps(record))
    assert set(DEFAULT) < set(score_task(tmp_path / "classes")["a"])
    assert {"ridge", "logme", "knn"} < set(score_task(tmp_path / "numbers")["a"])

    class NoMemory:
        def cache(self, function):
            return function

    [truth] = load_truths(tmp_path, "text", {"linear probe": "linear_probe"}, NoMemory())
    assert truth.title == "linear probe, text"
    assert truth.accuracies[0] == {"a": 0.5, "b": 0.002}  # an R^2 below 0 has no logit
