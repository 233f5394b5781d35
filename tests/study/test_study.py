"""The study runs on a small zoo, and its own arithmetic agrees with what it stands for."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_values import case, cases_with, published

import skperturb
from skperturb.evaluation import regret_at_k, weighted_kendall_tau
from skperturb.metrics import LogME
from study.__main__ import main
from study.figures import resample_means
from study.grid import all_settings, grid_cells
from study.public_logme import PublicLogME
from study.resample_figures import regrets, weighted_taus
from study.scoring import fingerprint
from study.tuning import choose_elsewhere, choose_left_out, mean_rank

_LABELS_FROM_ZERO = [
    name
    for name in cases_with("LogME", "logme/thuml_fixed_point")
    if name not in ("labels_gap", "labels_negative", "labels_onebased", "multilabel", "regression")
]


@pytest.fixture
def draws():
    """Many small sets of accuracies and scores, with ties and gaps."""
    rng = np.random.default_rng(0)
    accuracies, scores = rng.integers(0, 8, (2, 60, 12)).astype(float)
    accuracies[rng.random(accuracies.shape) < 0.2] = np.nan
    scores[rng.random(scores.shape) < 0.1] = np.nan
    return accuracies, scores


@pytest.mark.parametrize(
    ("many", "one"), [(weighted_taus, weighted_kendall_tau), (regrets, regret_at_k)]
)
def test_figures_of_many_draws_are_those_of_each(draws, many, one):
    expected = [one(*row) for row in zip(*draws, strict=True)]
    np.testing.assert_allclose(many(*draws), expected, atol=1e-12)


@pytest.mark.parametrize("name", _LABELS_FROM_ZERO)
def test_the_public_logme_returns_what_the_public_code_does(name):
    data = case(name)
    theirs = published(name, "LogME", "logme/thuml_fixed_point")
    assert PublicLogME().fit(data.X, data.y).score_ == pytest.approx(theirs, abs=1e-9)


def test_the_public_logme_rewards_width_where_the_evidence_does_not():
    rng = np.random.default_rng(0)
    y, X = np.arange(50) % 2, rng.standard_normal((50, 400))
    widths = [100, 200, 400]
    public = [PublicLogME().fit(X[:, :d], y).score_ for d in widths]
    exact = [LogME().fit(X[:, :d], y).score_ for d in widths]
    assert np.all(np.diff(public) > 0.5)
    assert np.ptp(exact) < 0.2


@pytest.mark.parametrize(
    "module",
    [
        "_chunked.py",
        "_backend/numpy_backend.py",
        "decomposition/_gram_pca.py",
        "metrics/_logme.py",
        "metrics/_linalg/evidence.py",
        "perturbation/_spread.py",
    ],
)
def test_what_was_kept_is_of_the_code_that_computes_scores(module, tmp_path, monkeypatch):
    package = Path(skperturb.__file__).parent
    copy = shutil.copytree(package, tmp_path / "skperturb")
    monkeypatch.setattr(skperturb, "__file__", str(copy / "__init__.py"))
    before = fingerprint()
    with (copy / module).open("a") as file:
        file.write("# other code")
    assert fingerprint() != before


def test_every_setting_has_a_name_of_its_own():
    names = [each.name for each in all_settings()]
    assert len(set(names)) == len(names)
    seen = [(cell.setting.name, name) for cell in grid_cells(quick=False) for name in cell.metrics]
    assert len(set(seen)) == len(seen)


def test_a_task_has_no_say_in_what_is_chosen_for_it():
    taus = np.array([[1.0, 0.0, 0.5], [0.0, 0.9, 0.6], [0.0, 0.1, 0.2]])
    assert choose_elsewhere(taus).tolist() == [1, 0, 2]
    accuracies = np.array([[1.0, 2, 3], [1, 2, 3], [np.nan] * 3])
    good, bad = np.tile([1.0, 2, 3], (3, 1)), np.tile([3.0, 2, 1], (3, 1))
    mixed = np.stack([good[0], bad[1], good[2]])
    scores, choices = choose_left_out(accuracies, {"bad": bad, "mixed": mixed})
    assert choices == ["bad", "mixed"]  # mixed is right on the first task alone
    np.testing.assert_array_equal(scores, [bad[0], mixed[1], [np.nan] * 3])


def test_mean_ranks_give_ties_the_better_place_and_failures_none():
    scores = [np.array([[3.0, 1, 1, np.nan]]), np.array([[1.0, 3, 2, 4]])]
    np.testing.assert_array_equal(mean_rank(scores), [[-2.5, -2, -2.5, np.nan]])


def test_a_right_order_stays_right_in_every_draw():
    accuracies = np.array([[0.5, 0.6, 0.7, 0.8], [np.nan, 0.6, 0.8, 0.7]])
    taus, lost = resample_means(accuracies, accuracies, n_draws=20)
    assert np.all((taus == 1) | (taus < 1) & (lost == 0))
    assert taus.max() == 1


@pytest.fixture
def zoo(tmp_path):
    """Two tasks of four models; the clearer a model shows the classes, the more accurate."""
    rng = np.random.default_rng(0)
    noises = {"clear": 0.3, "fair": 1.0, "dim": 3.0, "dull": 9.0}
    known = {}
    for task, n_classes in {"one": 2, "two": 3}.items():
        (tmp_path / task).mkdir()
        y = np.arange(42) % n_classes
        np.save(tmp_path / task / "labels.npy", y)
        for width, (name, noise) in enumerate(noises.items(), 5):
            X = 3.0 * np.eye(n_classes, width)[y] + noise * rng.standard_normal((42, width))
            np.save(tmp_path / task / f"{name}.npy", X.astype(np.float16))
        models = {name: {"linear_probe": 1 / (1 + noise)} for name, noise in noises.items()}
        known[task] = {"models": models}
    for name, record in known["one"]["models"].items():
        record["finetune"] = record["linear_probe"] if name != "dull" else None
    (tmp_path / "accuracies.json").write_text(json.dumps(known))
    return tmp_path


def test_the_command_scores_judges_and_goes_on_from_what_it_kept(zoo, tmp_path, monkeypatch):
    out = tmp_path / "out"
    argv = ["study", str(zoo), "--out", str(out), "--jobs", "1", "--quick"]
    monkeypatch.setattr(sys, "argv", argv)
    main()
    judged = pd.read_csv(out / "judged.csv")
    probe = judged[(judged["truth"] == "probe") & (judged["metric"] == "LogME")]
    assert (probe.loc[probe["setting"] == "PCA", "tau"] == 1).all()
    assert judged.loc[judged["truth"] == "fine-tuned", "task"].unique().tolist() == ["one"]
    searches = pd.read_csv(out / "searches.csv")
    assert searches["truth"].unique().tolist() == ["probe"]  # one task leaves none to learn from
    assert (searches["plain LogME"] == 1).all()
    page = (out / "study.md").read_text(encoding="utf-8")
    assert "Nothing." in page
    assert all((out / f"{name}.png").stat().st_size for name in ("conditions", "strengths"))
    kept = {path: path.stat().st_mtime_ns for path in (out / "cache").rglob("output.pkl")}
    main()
    assert kept == {path: path.stat().st_mtime_ns for path in (out / "cache").rglob("output.pkl")}
    assert (out / "study.md").read_text(encoding="utf-8") == page
