"""Worth: the study writes the figures where the package reads them, by the package's names."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skperturb import consensus_metrics, make_perturbed
from skperturb.metrics import LogME
from skperturb.selection._worth import FIGURES, name_metrics
from study.contenders import WEAK
from study.grid import CORE, FAST, PCA, PROBE, RAW, SLOW
from study.worth import metrics_of, tabulate_taus, write_worth

_DEFAULT = "CappedPCA() > LogME()"
_COLUMNS = ["ranked by", "features", "tau", "tau low", "tau high", "regret"]


@pytest.mark.parametrize(
    ("method", "metrics"),
    [
        (("LogME", RAW.name), {"score": LogME()}),
        (("LogME", WEAK), {"score": make_perturbed(LogME())}),
        (("all five", RAW.name), consensus_metrics()),
    ],
)
def test_methods_of_the_study_are_the_metrics_of_users(method, metrics):
    assert name_metrics(metrics_of(*method)) == name_metrics(metrics)


@pytest.mark.parametrize(
    "method", [("public LogME", "raw"), ("width", "no features"), ("LogME", "released")]
)
def test_what_users_cannot_rank_by_has_no_name(method):
    assert metrics_of(*method) is None


def test_a_study_is_written_as_the_package_reads_it(tmp_path):
    tuned = [
        ("LogME", PCA.name, 0.125, np.nan, np.nan, 1.0),
        ("mean rank elsewhere", "no features", 0.0, np.nan, np.nan, 1.0),
    ]
    probed = [
        ("LogME", PCA.name, 0.5, 0.251, 0.749, 1.0),
        ("LogME", RAW.name, np.nan, np.nan, np.nan, 1.0),
    ]
    found = {
        "contenders fine-tuned, images": pd.DataFrame(tuned, columns=_COLUMNS),
        "contenders probed, text": pd.DataFrame(probed, columns=_COLUMNS),
        "regression": pd.DataFrame(
            [("rating", "LogME", PCA.name, 0.9)], columns=["task", "metric", "features", "tau"]
        ),
        "hypotheses": None,
    }
    images = SimpleNamespace(title="images", accuracies={"fine-tuned": np.eye(3)})
    measured = {"probed": np.array([[0.5, 0.6, np.nan], [np.nan] * 3])}
    text = SimpleNamespace(title="text", accuracies=measured, models=["a", "b", "c"])
    write_worth(found, [images, text], "here", tmp_path / "worth.json")
    worth = json.loads((tmp_path / "worth.json").read_text())
    assert worth["origin"] == "here"
    assert {name: tuple(each.values()) for name, each in worth["truths"].items()} == {
        "fine-tuned, images": (
            "classification",
            "fine-tuned accuracies",
            "3 image encoders, 3 tasks",
        ),
        "probed, text": ("classification", "linear probes on text", "2 text encoders, 1 task"),
        "regression": ("regression", "linear probes on text", "3 text encoders, 1 task"),
    }
    expected = {"fine-tuned, images": [0.12], "probed, text": [0.5, 0.25, 0.75]}
    assert worth["taus"] == {_DEFAULT: expected | {"regression": [0.9]}}
    taus = tabulate_taus({"probed, text": found["contenders probed, text"]})
    assert list(taus) == [_DEFAULT]


def test_the_names_in_the_package_are_those_of_the_study():
    # A default that changes changes what a name stands for: the study has to write them anew.
    names = [*(FAST | SLOW | PROBE), "all five"]
    names += [" + ".join((CORE[0], each)) for each in CORE[1:]]
    pairs = [(name, each) for name in names for each in (RAW.name, PCA.name, WEAK)]
    known = {name_metrics(metrics) for pair in pairs if (metrics := metrics_of(*pair))}
    assert set(json.loads(FIGURES.read_text(encoding="utf-8"))["taus"]) <= known
