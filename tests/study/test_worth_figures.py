"""Worth: the study writes the figures where the package reads them, by the package's names."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skperturb import consensus_metrics, make_perturbed
from skperturb.metrics import LogME
from skperturb.selection._worth import FIGURES, name_metrics
from study.grid import BOTH, CORE, FAST, PCA, PROBE, RAW, SLOW
from study.worth import metrics_of, tabulate_taus, write_worth

_DEFAULT = "CappedPCA() > LogME()"
_COLUMNS = ["truth", "ranked by", "features", "tau", "tau low", "tau high", "regret at 1"]


@pytest.mark.parametrize(
    ("method", "metrics"),
    [
        (("LogME", RAW.name), {"score": LogME()}),
        (("LogME", BOTH.name), {"score": make_perturbed(LogME())}),
        (("all five", RAW.name), consensus_metrics()),
    ],
)
def test_methods_of_the_study_are_the_metrics_of_users(method, metrics):
    assert name_metrics(metrics_of(*method)) == name_metrics(metrics)


@pytest.mark.parametrize(
    "method", [("public LogME", "raw"), ("number of features", "baseline"), ("LogME", "released")]
)
def test_what_users_cannot_rank_by_has_no_name(method):
    assert metrics_of(*method) is None


def test_a_study_is_written_as_the_package_reads_it(tmp_path):
    rows = [
        ("probe", "LogME", PCA.name, 0.5, 0.251, 0.749, 1.0),
        ("probe*", "LogME", PCA.name, 0.9, 0.9, 0.9, 1.0),
        ("probe", "LogME", RAW.name, np.nan, np.nan, np.nan, 1.0),
        ("fine-tuned", "LogME", PCA.name, 0.125, np.nan, np.nan, 1.0),
        ("fine-tuned", "random order", "baseline", 0.0, np.nan, np.nan, 1.0),
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    accuracies = {"probe": np.array([[0.5, 0.6, np.nan], [np.nan] * 3]), "fine-tuned": np.eye(3)}
    study = SimpleNamespace(accuracies=accuracies, tasks=["one", "two"])
    verdicts = [
        SimpleNamespace(truth="fine-tuned", tasks=["one", "two"]),
        SimpleNamespace(truth="probe", tasks=["one"]),
        SimpleNamespace(truth="probe*", tasks=["one"]),
    ]
    write_worth(study, verdicts, table, tmp_path / "worth.json")
    worth = json.loads((tmp_path / "worth.json").read_text())
    assert worth["truths"] == {
        "fine-tuned": {
            "task": "classification",
            "accuracies": "fine-tuned accuracies",
            "of": "3 image encoders, 2 tasks",
        },
        "probe": {
            "task": "classification",
            "accuracies": "linear probes",
            "of": "2 image encoders, 1 task",
        },
    }
    assert worth["taus"] == {_DEFAULT: {"probe": [0.5, 0.25, 0.75], "fine-tuned": [0.12]}}
    assert list(tabulate_taus(table)) == [_DEFAULT]


def test_the_names_in_the_package_are_those_of_the_study():
    # A default that changes changes what a name stands for: the study has to write them anew.
    names = [*(FAST | SLOW | PROBE), "all five"]
    names += [" + ".join((CORE[0], each)) for each in CORE[1:]]
    pairs = [(name, each.name) for name in names for each in (RAW, PCA, BOTH)]
    known = {name_metrics(metrics) for pair in pairs if (metrics := metrics_of(*pair))}
    assert set(json.loads(FIGURES.read_text(encoding="utf-8"))["taus"]) <= known
