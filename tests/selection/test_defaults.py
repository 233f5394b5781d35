"""The metrics that the library recommends: what they are, and that they rank as they say."""

import numpy as np
import pytest
from scipy.stats import rankdata

from skperturb import HalvingModelSelector, ModelSelector, consensus_metrics
from skperturb.datasets import load_zoo
from skperturb.selection import NothingScoredError


@pytest.fixture(scope="module")
def zoo_task():
    """Return 6 narrow feature sets, labels, and accuracies of the models."""
    task = load_zoo().tasks[0]
    names = sorted(task.feature_sets, key=lambda name: task.feature_sets[name].shape[1])[1:7]
    sets = {name: task.feature_sets[name][:150] for name in names}
    return sets, task.labels[:150], {name: task.linear_probe[name] for name in names}


def test_every_call_returns_new_metrics():
    first, second = consensus_metrics(), consensus_metrics()
    assert list(first) == ["HScore", "KNNScore", "LogME", "NearestCentroidScore", "RidgeProbe"]
    assert not {map(id, first.values())} & {map(id, second.values())}


def test_the_consensus_is_the_mean_of_the_ranks_that_each_metric_gives_alone(zoo_task):
    sets, y, _ = zoo_task
    together = ModelSelector(consensus_metrics()).fit(sets, y)
    alone = [ModelSelector(metric).fit(sets, y).ranks_ for metric in consensus_metrics().values()]
    np.testing.assert_array_equal(together.ranks_, rankdata(np.mean(alone, axis=0), method="min"))


def test_all_that_ranks_takes_the_consensus(zoo_task):
    sets, y, _ = zoo_task
    rounds = HalvingModelSelector(consensus_metrics()).fit(sets, y)
    assert sorted(rounds.ranking_) == sorted(sets)


def test_a_target_without_classes_is_refused_by_name(zoo_task):
    sets, y, _ = zoo_task
    with pytest.raises(NothingScoredError, match="HScore needs class labels"):
        ModelSelector(consensus_metrics()).fit(sets, np.linspace(0.0, 1.0, len(y)))
