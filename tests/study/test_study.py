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
from skperturb.evaluation import weighted_kendall_tau
from skperturb.metrics import LogME
from study.__main__ import main
from study.ceiling import ceilings, seed_errors
from study.dataset import FINE_TUNED, PROBED, Study, network_of
from study.elsewhere import choose_elsewhere, mean_rank, mean_rank_elsewhere
from study.figures import by_family, draw_networks, draw_taus, student_interval
from study.grid import HYPOTHESIS_SETTINGS, all_settings, grid_cells, raw_settings
from study.hypotheses import CLAIMS, hypotheses_table
from study.public_logme import PublicLogME
from study.resample_figures import weighted_taus, weighted_taus_of_counts
from study.scoring import fingerprint, stamp

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


def test_taus_of_many_draws_are_those_of_each(draws):
    expected = [weighted_kendall_tau(*row) for row in zip(*draws, strict=True)]
    np.testing.assert_allclose(weighted_taus(*draws), expected, atol=1e-12)


def test_a_model_that_is_drawn_twice_counts_as_two(draws):
    counts = np.random.default_rng(1).integers(0, 4, draws[0].shape)
    for accuracies, scores, count in zip(*draws, counts, strict=True):
        copies = np.repeat(accuracies, count)[None], np.repeat(scores, count)[None]
        counted = weighted_taus_of_counts(accuracies, scores, count[None])
        np.testing.assert_allclose(counted, weighted_taus(*copies), atol=1e-12)


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


def test_other_files_of_a_task_are_not_taken_for_the_ones_that_were_scored(tmp_path):
    np.save(tmp_path / "labels.npy", [0, 1])
    before = stamp(tmp_path)
    assert stamp(tmp_path) == before
    np.save(tmp_path / "model.npy", [[1.0], [2.0]])
    assert stamp(tmp_path) != before


def test_every_setting_has_a_name_of_its_own():
    names = [each.name for each in [*all_settings(), *raw_settings()]]
    assert len(set(names)) == len(names)
    seen = [(cell.setting.name, name) for cell in grid_cells(quick=False) for name in cell.metrics]
    assert len(set(seen)) == len(seen)
    assert set(HYPOTHESIS_SETTINGS) <= {name for name, _ in seen}


@pytest.mark.parametrize("quick", [True, False])
def test_every_claim_of_the_plan_is_computed(quick):
    seen = {(name, cell.setting.name) for cell in grid_cells(quick) for name in cell.metrics}
    for claim in CLAIMS:
        for metric, before, after in [*claim.gains, *(claim.less or [])]:
            assert {(metric, before), (metric, after)} <= seen
        assert claim.weights is None or sum(claim.weights) == pytest.approx(1)


def test_a_task_and_its_family_have_no_say_in_what_is_chosen_for_it():
    accuracies = np.array([[1.0, 2, 3], [1, 2, 3], [1, 2, 3], [np.nan] * 3])
    good, bad = np.tile([1.0, 2, 3], (4, 1)), np.tile([3.0, 2, 1], (4, 1))
    mixed = np.stack([good[0], good[1], bad[2], good[3]])
    candidates = {"bad": bad, "mixed": mixed}
    scores, choices = choose_elsewhere(accuracies, ["a", "a", "b", "b"], candidates)
    assert choices == ["bad", "bad", "mixed", None]  # mixed is right on both tasks of a alone
    np.testing.assert_array_equal(scores, [bad[0], bad[1], mixed[2], [np.nan] * 3])


def test_the_mean_rank_elsewhere_sees_other_families_alone():
    accuracies = np.array([[3.0, 2, 1], [3, 2, 1], [1, 2, 3]])
    scores = mean_rank_elsewhere(accuracies, ["a", "a", "b"])
    assert [np.argmax(row) for row in scores] == [2, 2, 0]


def test_mean_ranks_give_ties_the_better_place_and_failures_none():
    scores = [np.array([[3.0, 1, 1, np.nan]]), np.array([[1.0, 3, 2, 4]])]
    np.testing.assert_array_equal(mean_rank(scores), [[-2.5, -2, -2.5, np.nan]])


def test_a_mean_over_families_is_not_one_over_tasks():
    np.testing.assert_array_equal(by_family([0.0, 1.0, 1.0, np.nan], ["a", "b", "b", "c"]), [0, 1])


def test_layers_and_copies_of_a_network_are_drawn_together():
    models = ["minilm_fp32@layer0", "minilm_fp32@layer6", "minilm_int8", "glove"]
    networks = [network_of(model) for model in models]
    counts = draw_networks(networks, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(counts[:, :3], counts[:, [0, 0, 0]])
    assert set(map(tuple, counts[:, 2:].tolist())) == {(0, 2), (1, 1), (2, 0)}


def study_of(accuracies, scores=None, families=None):
    """Return a study of that truth by the metric that a claim is about."""
    n_tasks, n_models = accuracies.shape
    tasks = [f"task{place}" for place in range(n_tasks)]
    models = [f"model{place}" for place in range(n_models)]
    return Study(
        "images",
        tasks,
        families or tasks,
        models,
        models,
        np.ones(accuracies.shape),
        scores or {},
        *({}, {}, [], {}),
        {PROBED: accuracies},
    )


def test_a_right_order_stays_right_in_every_draw():
    accuracies = np.array([[0.5, 0.6, 0.7, 0.8], [0.5, 0.6, 0.8, 0.7]])
    draws = draw_taus(study_of(accuracies), PROBED, accuracies, 50)
    assert np.all((draws == 1) | (draws < 0.6))  # or one network alone, or two that are tied
    assert np.median(draws) == 1


def test_a_claim_is_called_what_both_intervals_allow(monkeypatch):
    monkeypatch.setattr("study.hypotheses.DRAWS", 200)
    rng = np.random.default_rng(0)
    accuracies = rng.random((6, 30))
    right, wrong = accuracies, rng.random((6, 30))
    names = {(metric, each) for claim in CLAIMS for metric, *both in claim.gains for each in both}
    scores = {(m, s): right if s not in ("raw", "PCA") else wrong for m, s in names}
    table = hypotheses_table(study_of(accuracies, scores), study_of(accuracies, scores))
    found = {name: set(own["is"]) for name, own in table.groupby("")}
    assert all(each == {"gain"} for name, each in found.items() if name != "H5b")
    assert found["H5b"] == {"not certain; above .05 excluded"}  # both gain alike
    one = {name: each[:1] for name, each in scores.items()}
    table = hypotheses_table(*[study_of(accuracies[:1], one)] * 2)
    assert set(table["is"]) == {"one task"}


def test_students_interval_is_that_of_the_books():
    low, high = student_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert (low + high) / 2 == pytest.approx(2.5)
    assert (high - low) / 2 == pytest.approx(3.182 * np.sqrt(5 / 3) / 2, abs=1e-3)


def test_the_ceiling_falls_with_the_noise_of_the_truth():
    accuracies = np.linspace(0.5, 0.9, 24)[None]
    own = [ceilings(accuracies, np.full((1, 24), error))[0] for error in (1e-9, 0.02, 0.05)]
    assert own[0] == pytest.approx(1)
    assert 1 > own[1] > own[2] > 0


def test_the_error_between_seeds_shrinks_toward_certainty():
    errors = seed_errors(np.array([0.75, 0.5, 0.99]))
    assert errors[0] == 0.017
    assert errors[1] > errors[0] > errors[2]


@pytest.fixture
def zoos(tmp_path):
    """Two folders of two tasks and four models; the clearer a model, the more accurate."""
    rng = np.random.default_rng(0)
    noises = {"clear": 0.3, "fair": 1.0, "dim": 3.0, "dull": 9.0}
    for folder in ("images", "text"):
        known = {}
        for task, n_classes in {"one": 2, "two": 3}.items():
            path = tmp_path / folder / task
            path.mkdir(parents=True)
            y = np.arange(42) % n_classes
            np.save(path / "labels.npy", y)
            np.save(path / "groups.npy", np.arange(42) // 2)
            for width, (name, noise) in enumerate(noises.items(), 5):
                X = 3.0 * np.eye(n_classes, width)[y] + noise * rng.standard_normal((42, width))
                np.save(path / f"{name}.npy", X.astype(np.float16))
            models = {name: {"linear_probe": 1 / (1 + noise)} for name, noise in noises.items()}
            known[task] = {"models": models}
        for name, record in known["one"]["models"].items():
            record["finetune"] = record["linear_probe"] if name != "dull" else None
        (tmp_path / folder / "accuracies.json").write_text(json.dumps(known))
    return tmp_path / "images", tmp_path / "text"


def test_the_command_judges_the_claims_and_goes_on_from_what_it_kept(zoos, tmp_path, monkeypatch):
    out = tmp_path / "out"
    argv = ["study", *map(str, zoos), "--out", str(out), "--jobs", "1", "--quick"]
    monkeypatch.setattr(sys, "argv", argv)
    main()
    taus = pd.read_csv(out / "taus.csv")
    probe = taus[(taus["truth"] == PROBED) & (taus["metric"] == "LogME")]
    assert (probe.loc[probe["features"] == "PCA", "tau"] == 1).all()
    assert taus.loc[taus["truth"] == FINE_TUNED, "task"].unique().tolist() == ["one"]
    claims = pd.read_csv(out / "hypotheses.csv")
    assert len(claims) % len(CLAIMS) == 0
    kept = {path: path.stat().st_mtime_ns for path in (out / "cache").rglob("output.pkl")}
    main()
    assert kept == {path: path.stat().st_mtime_ns for path in (out / "cache").rglob("output.pkl")}
