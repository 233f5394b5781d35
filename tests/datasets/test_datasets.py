"""What the bundled pool and the published tables hold."""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from skperturb import AccuracyPredictor
from skperturb.datasets import load_accuracies, load_zoo, load_zoo_history
from skperturb.evaluation import static_ranking, weighted_kendall_tau

# The folders that tools/build_zoo_bundle.py read; they are too large to come with the source.
SOURCES = {
    "images": Path(os.environ.get("SKPERTURB_ZOO_SOURCE", "")),
    "text": Path(os.environ.get("SKPERTURB_TEXT_ZOO_SOURCE", "")),
}
POOLS_OF_ZOO = {"images": ("linear_probe", "finetuned"), "text": ("linear_probe",)}

# Name, models and data sets as the pools are described, and the number of regimes.
POOLS = {
    "supervised11": (11, 11, 3),
    "selfsup12": (12, 13, 3),
    "vit": (13, 11, 1),
    "supervised10": (10, 8, 1),
    "parc_controlled": (32, 7, 1),
    "parc_all": (71, 7, 1),
    "medmnist_dataset": (15, 12, 1),
    "medmnist_model": (9, 11, 1),
    "glue6": (6, 8, 1),
    "vtab_peft": (9, 19, 1),
    "fgvc_peft": (9, 5, 1),
    "caption": (9, 5, 1),
}


@pytest.fixture(scope="module")
def zoo():
    return load_zoo()


@pytest.fixture(scope="module")
def text():
    return load_zoo("text")


@pytest.fixture(scope="module")
def trash(zoo):
    (task,) = zoo.tasks
    return task


def test_the_zoo_has_one_task_with_features_and_accuracies_of_four(zoo, trash):
    assert trash.name == "trash"
    assert set(zoo) == {"tasks", "accuracies", "families", "models", "flagged", "DESCR"}
    for regime in ("linear_probe", "finetuned"):
        assert set(zoo.accuracies[regime]) == {"trash", "sign", "seedlings", "dtd10"}
        np.testing.assert_equal(trash[regime], zoo.accuracies[regime]["trash"])


@pytest.mark.parametrize(("pool", "n_models"), [("images", 24), ("text", 21)])
def test_every_model_has_features_facts_and_an_entry_of_each_accuracy(pool, n_models):
    zoo = load_zoo(pool)
    assert len(zoo.models) == n_models
    assert all(set(task.feature_sets) == set(zoo.models) for task in zoo.tasks)
    for regime in zoo.accuracies.values():
        assert all(set(accuracies) == set(zoo.models) for accuracies in regime.values())
        assert set(regime) == set(zoo.families)
    for facts in zoo.models.values():
        assert set(facts) == {"architecture", "pretraining", "params_millions", "source", "licence"}
        assert all(facts.values())


def test_the_pool_of_text_has_groups_and_a_regression(text):
    president, rating = text.tasks
    assert (president.name, rating.name) == ("sotu_president16", "movie_rating")
    assert len(president.class_names) == 16
    np.testing.assert_array_equal(np.unique(president.labels), range(16))
    assert president.groups.shape == (250,)
    assert 16 < len(set(president.groups)) < 100
    for group in set(president.groups):  # an address has one speaker
        assert len(set(president.labels[president.groups == group])) == 1
    assert rating.class_names is rating.groups is None
    assert rating.labels.dtype == np.float64
    assert len(set(rating.labels)) > 100


def test_the_names_of_the_classes_are_those_of_the_labels(text):
    president = text.tasks[0]
    first = president.class_names[president.labels[0]]
    assert first == "Woodrow Wilson"
    assert "woodrow_wilson" in president.groups[0]


def test_text_was_probed_on_seven_tasks_of_six_families(text):
    assert set(text.accuracies) == {"linear_probe"}
    assert len(text.accuracies.linear_probe) == 7
    assert len(set(text.families.values())) == 6
    assert text.families["movie_rating"] == text.families["movie_sentiment"] == "movie"
    assert text.accuracies.linear_probe["movie_rating"]["e5_small_q4"] == 0.5832
    assert not text.flagged


def test_encoders_whose_licence_asks_for_more_are_not_bundled(text):
    assert not any(name.startswith(("fasttext", "spacy_fr")) for name in text.models)


def test_an_unknown_pool_of_the_zoo_is_named():
    with pytest.raises(ValueError, match="`pool` of load_zoo must be 'images' or 'text', got 'x'"):
        load_zoo("x")
    with pytest.raises(ValueError, match="`pool` of load_zoo_history must be 'images' or 'text'"):
        load_zoo_history("x")


def test_features_are_finite_float32_of_300_rows(trash):
    for features in trash.feature_sets.values():
        assert features.dtype == np.float32
        assert features.shape[0] == 300
        assert np.isfinite(features).all()
    widths = [features.shape[1] for features in trash.feature_sets.values()]
    assert (min(widths), max(widths)) == (64, 1792)


def test_features_are_float16_on_disk():
    path = files("skperturb.datasets") / "data" / "zoo_trash.npz"
    with path.open("rb") as file, np.load(file) as arrays:
        assert {arrays[name].dtype for name in arrays if name != "labels"} == {np.dtype("f2")}


def test_labels_are_indices_into_the_class_names(trash):
    assert trash.labels.shape == (300,)
    assert trash.labels.dtype == np.int64
    assert trash.class_names == ["cardboard", "glass", "metal", "paper", "plastic", "trash"]
    np.testing.assert_array_equal(np.unique(trash.labels), range(6))


def test_accuracies_are_shares_or_missing(zoo):
    for regime, n_missing in (("linear_probe", 0), ("finetuned", 3 + 2)):
        table = [list(accuracies.values()) for accuracies in zoo.accuracies[regime].values()]
        assert np.isnan(table).sum() == n_missing
        assert np.nanmin(table) >= 0
        assert np.nanmax(table) <= 1


@pytest.mark.parametrize(
    ("regime", "task", "model", "percent"),
    [
        ("finetuned", "trash", "efficientnet_lite0", 86.5),
        ("finetuned", "seedlings", "doodlenet", 19.1),
        ("linear_probe", "trash", "efficientnet_lite1", 78.7),
        ("linear_probe", "sign", "mobilenet_v1_100", 92.2),
        ("finetuned", "sign", "mobilenet_v2_tv", 99.6),
        ("finetuned", "trash", "efficientnet_lite1", 85.0),
    ],
)
def test_accuracies_are_the_measured_ones(zoo, regime, task, model, percent):
    assert zoo.accuracies[regime][task][model] * 100 == pytest.approx(percent, abs=0.06)


def test_three_encoders_are_flagged_with_a_reason(zoo):
    assert set(zoo.flagged) == {"opennsfw_resnet50_1by2", "doodlenet", "cifar_resnet20"}
    assert all(zoo.flagged.values())


def test_two_loads_share_nothing():
    first, second = load_zoo(), load_zoo()
    name = "doodlenet"
    first.tasks[0].feature_sets[name][:] = 0
    first.tasks[0].finetuned[name] = 0.0
    first.flagged.clear()
    assert second.tasks[0].feature_sets[name].any()
    assert first.accuracies.finetuned["trash"][name] > 0
    assert load_zoo().flagged


@pytest.mark.parametrize("pool", POOLS_OF_ZOO)
def test_the_bundle_is_the_source(pool):
    folder = SOURCES[pool]
    if not (folder / "accuracies.json").is_file():
        pytest.skip("SKPERTURB_ZOO_SOURCE or SKPERTURB_TEXT_ZOO_SOURCE names no such folder")
    for task in load_zoo(pool).tasks:
        n = len(task.labels)
        for name, features in task.feature_sets.items():
            np.testing.assert_array_equal(features, np.load(folder / task.name / f"{name}.npy")[:n])
        if task.groups is not None:
            groups = np.load(folder / task.name / "groups.npy")
            np.testing.assert_array_equal(task.groups, groups[:n])


@pytest.mark.parametrize("name", POOLS)
def test_a_published_table_has_the_size_it_is_known_for(name):
    table = load_accuracies(name)
    n_models, n_datasets, n_regimes = POOLS[name]
    assert table.accuracies.shape == (n_datasets, n_models)
    assert (len(table.datasets), len(table.models)) == (n_datasets, n_models)
    assert len(table.regimes) == n_regimes
    assert table.regime == table.regimes[0]
    assert table.sources
    assert table.unit in table.DESCR
    assert np.nanmin(table.accuracies) >= 0
    assert np.nanmax(table.accuracies) <= 100


def test_published_numbers_stand_where_they_belong():
    table = load_accuracies("supervised11")
    place = table.datasets.index("aircraft"), table.models.index("resnet152")
    assert table.accuracies[place] == 86.29


def test_a_regime_can_be_chosen():
    table = load_accuracies("supervised11", regime="linear_ft")
    assert table.regime == "linear_ft"
    assert "SUN397" in table.DESCR
    assert "SUN397" not in load_accuracies("supervised11").DESCR


def test_gaps_of_published_tables_are_nan():
    selfsup, parc = load_accuracies("selfsup12"), load_accuracies("parc_all")
    assert np.isnan(selfsup.accuracies).sum() == 2 * 2
    assert len(selfsup.sources) == 2
    assert np.isnan(parc.accuracies).sum() == 71 * 7 - 459


@pytest.mark.parametrize(
    ("name", "regime", "tau"),
    [
        ("supervised11", "vanilla_ft", 0.836),
        ("supervised11", "last_block_ft", 0.705),
        ("selfsup12", "linear_ft", 0.789),
        ("vit", "vanilla_ft", 0.777),
    ],
)
def test_the_static_ranking_is_as_good_as_it_is_known_to_be(name, regime, tau):
    accuracies = load_accuracies(name, regime=regime).accuracies
    pairs = zip(accuracies, static_ranking(accuracies), strict=True)
    taus = [weighted_kendall_tau(*pair) for pair in pairs]
    assert np.mean(taus) == pytest.approx(tau, abs=0.02)


def test_an_unknown_pool_names_the_known_ones():
    with pytest.raises(ValueError, match=r"one of 'supervised11', .*'caption', got 'nope'"):
        load_accuracies("nope")


def test_an_unknown_regime_names_the_known_ones():
    with pytest.raises(ValueError, match=r"of 'vit' must be one of 'vanilla_ft', got 'nope'"):
        load_accuracies("vit", regime="nope")


@pytest.mark.parametrize(
    ("pool", "regime", "n_tasks", "n_models"),
    [
        ("images", "finetuned", 4, 24),
        ("images", "linear_probe", 4, 24),
        ("text", "linear_probe", 7, 21),
    ],
)
def test_the_history_has_scores_and_accuracies_of_each_task(pool, regime, n_tasks, n_models):
    history, zoo = load_zoo_history(pool, regime=regime), load_zoo(pool)
    assert len(history.tasks) == len(history.accuracies) == n_tasks
    for task, accuracies in zip(history.tasks, history.accuracies, strict=True):
        assert len(task.scores) == n_models
        assert {*map(len, task.scores.values())} == {3 if task.name == "movie_rating" else 6}
        assert task.family == zoo.families[task.name]
        known = zoo.accuracies[regime][task.name]
        assert accuracies == {m: a for m, a in known.items() if m in accuracies}
        assert len(accuracies) > 20
        assert all(0 < a < 1 for a in accuracies.values())


def test_the_history_of_a_pool_has_a_regime_of_its_own():
    assert load_zoo_history() == load_zoo_history("images", regime="finetuned")
    assert load_zoo_history("text") == load_zoo_history("text", regime="linear_probe")


def test_the_history_leaves_out_flagged_encoders(zoo):
    history = load_zoo_history(flagged=False)
    for task, accuracies in zip(history.tasks, history.accuracies, strict=True):
        assert not zoo.flagged.keys() & (task.scores.keys() | accuracies.keys())


def test_the_history_scores_as_the_predictor_does(zoo):
    selector = AccuracyPredictor().fit_selector(zoo.tasks[0].feature_sets, zoo.tasks[0].labels)
    [task] = [each for each in load_zoo_history().tasks if each.name == "trash"]
    assert list(task.scores) == selector.names_
    stored = np.array(
        [[row[name] for name in selector.metric_names_] for row in task.scores.values()]
    )
    # Of 300 of the 700 rows: the same order, not the same numbers.
    for column, other in zip(stored.T, selector.scores_.T, strict=True):
        assert spearmanr(column, other).statistic > 0.8


def test_an_unknown_regime_of_the_history_is_named():
    with pytest.raises(
        ValueError, match="must be 'linear_probe' or 'finetuned' for images, got 'probe'"
    ):
        load_zoo_history(regime="probe")
    with pytest.raises(ValueError, match="must be 'linear_probe' for text, got 'finetuned'"):
        load_zoo_history("text", regime="finetuned")
