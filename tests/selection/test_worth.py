"""Worth: the sentence says what the study measured of these very metrics, and nothing of others."""

import json

import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import CappedPCA, ModelSelector, consensus_metrics, make_perturbed
from skperturb.metrics import LEEP, PARC, HScore, KNNScore, LogME
from skperturb.selection import _worth
from skperturb.selection._worth import FIGURES, describe_worth, name_metrics

_UNKNOWN = "A score is no accuracy; how well this one predicts accuracies was not measured."
_DEFAULT = make_pipeline(CappedPCA(), LogME())


@pytest.fixture
def figures(monkeypatch):
    """Figures that are easy to see again."""
    known = {
        "truths": {
            "tuned": {"task": "classification", "accuracies": "tuned ones", "of": "9 nets"},
            "probe": {"task": "classification", "accuracies": "probes", "of": "8 nets"},
            "error": {"task": "regression", "accuracies": "errors", "of": "7 nets"},
        },
        "taus": {
            "LogME()": {"tuned": [0.5, 0.25, 0.75], "probe": [0.125], "error": [0.25]},
            "KNNScore() + LogME()": {"probe": [-0.5, -1, 0.0]},
        },
    }
    monkeypatch.setattr(_worth, "_read_figures", lambda: known)


@pytest.mark.parametrize(
    ("metrics", "task", "expected"),
    [
        (
            [LogME()],
            "classification",
            "A score is no accuracy: in our study the order by this one agreed with tuned ones at "
            "0.50 [0.25, 0.75] (9 nets) and with probes at 0.12 (8 nets), where 1 is the same "
            "order and 0 chance (weighted Kendall tau).",
        ),
        (
            [LogME(), KNNScore()],
            "classification",
            "A mean rank is no accuracy: in our study the order by this one agreed with probes at "
            "-0.50 [-1.00, 0.00] (8 nets), where 1 is the same order and 0 chance (weighted "
            "Kendall tau).",
        ),
        (
            [LogME()],
            "regression",
            "A score is no accuracy: in our study the order by this one agreed with errors at "
            "0.25 (7 nets), where 1 is the same order and 0 chance (weighted Kendall tau).",
        ),
        ([LogME()], "multilabel", _UNKNOWN),
        ([HScore()], "classification", _UNKNOWN),
        ([LogME(tol=1e-3)], "classification", _UNKNOWN),
        (
            [LogME(), HScore()],
            "classification",
            "A mean rank is no accuracy; how well this one predicts accuracies was not measured.",
        ),
    ],
)
def test_sentences(figures, metrics, task, expected):
    assert describe_worth(dict(enumerate(metrics)), task) == expected


def test_another_scorer_was_not_measured(figures):
    assert describe_worth({"score": LogME()}, "classification", "f1_macro") == _UNKNOWN


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ([LogME()], "LogME()"),
        ([LogME(task="classification")], "LogME()"),
        ([Pipeline([("any", CappedPCA()), ("name", LogME())])], "CappedPCA() > LogME()"),
        ([make_pipeline(CappedPCA(), make_pipeline(None, LogME()))], "CappedPCA() > LogME()"),
        ([make_pipeline(CappedPCA(32), LogME())], "CappedPCA(n_components=32) > LogME()"),
        (
            [make_perturbed(LogME())],
            "CappedPCA() > Spread(force=0.25, unit='radius') > Attract() > LogME()",
        ),
        ([LogME(), HScore()], "HScore() + LogME()"),
        ([KNNScore(task="regression")], "KNNScore()"),
    ],
)
def test_metrics_are_known_by_what_they_compute(metrics, expected):
    assert name_metrics(dict(enumerate(metrics))) == expected
    with config_context(print_changed_only=False):
        assert name_metrics(dict(enumerate(metrics))) == expected


def test_a_namesake_is_another_metric():
    class LogME(HScore):
        """Not the metric of that name."""

    assert name_metrics({"score": LogME()}) == f"{__name__}.LogME()"
    assert describe_worth({"score": LogME()}, "classification") == _UNKNOWN


@pytest.mark.parametrize(
    "metrics",
    [
        {"score": _DEFAULT},
        {"score": make_perturbed(LogME())},
        {"score": PARC()},
        {"score": make_pipeline(StandardScaler(), LogisticRegression(C=0.01))},
        consensus_metrics(),
    ],
)
def test_the_library_knows_what_its_own_recommendations_are_worth(metrics):
    said = describe_worth(metrics, "classification")
    assert "agreed with fine-tuned accuracies at 0." in said
    assert "with linear probes at 0." in said


def test_the_figures_are_taus_with_their_intervals():
    worth = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert {"origin", "truths", "taus"} == set(worth)
    assert all({"task", "accuracies", "of"} == set(each) for each in worth["truths"].values())
    for taus in worth["taus"].values():
        assert set(taus) <= set(worth["truths"])
        for tau, *interval in taus.values():
            assert -1 <= tau <= 1
            assert not interval or interval[0] <= tau <= interval[1]


def test_a_selector_says_what_its_ranking_is_worth():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    pool = {name: rng.random((40, 3)) for name in "ab"}

    def say(metric, y=y):
        return ModelSelector(metric).fit(pool, y).summary()

    assert say(None).endswith(describe_worth({"score": _DEFAULT}, "classification"))
    assert say(["logme", "hscore"]).endswith(
        describe_worth({"logme": LogME(), "hscore": HScore()}, "classification")
    )
    assert "linear probes on text at 0.94 (24 text encoders, 1 task)" in say(
        LogME(), rng.random(40)
    )
    assert say(KNNScore(n_neighbors=7), rng.random(40)).endswith(_UNKNOWN)
    assert say(Ridge(), rng.random(40)).endswith(_UNKNOWN)
    posteriors = {name: X / X.sum(axis=1, keepdims=True) for name, X in pool.items()}
    assert ModelSelector(LEEP()).fit(posteriors, y).summary().endswith(_UNKNOWN)
