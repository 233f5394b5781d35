"""Diagnostics: each says something that a user can act on, and can be switched off."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.utils import get_tags

from discovery import METRICS, takes_features, with_variants
from feature_files import make_target
from skperturb import HalvingModelSelector, ModelSelector, make_perturbed
from skperturb.metrics import KNNScore, LogME, RidgeProbe, TransRate
from skperturb.selection.features.stats import feature_stats


@pytest.fixture(scope="module")
def pool():
    """Four models of 60 rows."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    means = rng.standard_normal((3, 6))[np.arange(60) % 3]
    sets = {name: i * means + rng.standard_normal((60, 6)) for i, name in enumerate("abc")}
    return sets | {"wide": rng.standard_normal((60, 90))}, y


def _warned(metric, sets, y, **params):
    selector = ModelSelector(metric, **params).fit(sets, y)
    return dict(zip(selector.names_, selector.results_["warnings"], strict=True))


def test_a_sound_pool_is_not_warned_of(pool):
    sets, y = pool
    assert set(_warned(LogME(), sets, y).values()) == {""}


def test_constant_features_are_counted(pool):
    sets, y = pool
    holed = sets["a"].copy()
    holed[:, [1, 4]] = 3.0
    found = _warned(LogME(), {**sets, "holed": holed}, y)
    assert found["holed"] == "2 of 6 features are constant."
    assert found["a"] == ""


def test_a_group_of_duplicates_is_named_once(pool):
    sets, y = pool
    copies = {"copy": sets["b"].copy(), "third": sets["b"].astype(object).astype(float)}
    found = _warned(LogME(), {**sets, **copies}, y)
    assert found.pop("b") == "Same features as 'copy' and 'third': drop all but one."
    assert set(found.values()) == {""}


def test_models_that_differ_in_few_rows_are_no_duplicates(pool):
    sets, y = pool
    sharp = np.eye(3)[np.arange(60) % 3] + 1e-3 * sets["a"][:, :3]
    other = sharp.copy()
    other[1] *= 1.01
    found = _warned(KNNScore(), {"sharp": sharp, "other": other, "a": sets["a"]}, y)
    assert "Same features" not in found["sharp"] + found["other"]


def test_many_ties_are_named_in_few_words(pool):
    sets, y = pool
    many = {f"m{i}": sets["b"][:, np.roll(np.arange(6), i)] for i in range(6)}
    found = _warned(LogME(), many, y)
    assert found.pop("m0") == "Same score as 'm1', 'm2', 'm3' and 2 others by LogME."
    assert set(found.values()) == {""}


def test_a_saturated_score_is_named(pool):
    sets, y = pool
    sharp = np.eye(3)[np.arange(60) % 3] + 1e-3 * sets["a"][:, :3]
    found = _warned(KNNScore(), {**sets, "sharp": sharp}, y)
    assert "KNNScore is at its highest value, 1" in found["sharp"]
    assert found["a"] == ""


def test_ties_are_named(pool):
    sets, y = pool
    tied = {**sets, "rotated": sets["b"][:, ::-1]}
    found = _warned(LogME(), tied, y)
    assert found.pop("b") == "Same score as 'rotated' by LogME."
    assert set(found.values()) == {""}
    both = _warned(["logme", "hscore"], tied, y)
    assert both["b"] == "Same score as 'rotated' by LogME and HScore."


def test_a_tie_that_another_metric_breaks_is_no_warning(pool):
    sets, y = pool
    sharp = np.eye(3)[np.arange(60) % 3]
    tied = {name: sharp + noise * sets["a"][:, :3] for name, noise in [("x", 1e-3), ("y", 1e-2)]}
    alone = _warned(KNNScore(), tied, y, diagnostics=["tied"])
    assert alone == {"x": "Same score as 'y' by KNNScore.", "y": ""}
    assert set(_warned(["knn", "logme"], tied, y, diagnostics=["tied"]).values()) == {""}


def test_a_tie_with_one_of_several_duplicates_is_still_named(pool):
    sets, y = pool
    tied = {**sets, "copy": sets["b"].copy(), "rotated": sets["b"][:, ::-1]}
    found = _warned(LogME(), tied, y)
    assert found["b"].endswith("drop all but one. Same score as 'rotated' by LogME.")


# ---------------------------------------------------------------- rows of data frames


@pytest.fixture
def frames(pool):
    """The first models as data frames whose rows have names."""
    sets, y = pool
    names = [f"image_{i:03d}" for i in range(60)]
    return {name: pd.DataFrame(sets[name], index=names) for name in "abc"}, y


def test_data_frames_of_the_same_rows_are_not_warned_of(frames):
    sets, y = frames
    named = pd.Series(y, index=sets["a"].index)
    for target in (y, named):
        assert set(_warned(LogME(), sets, target).values()) == {""}


def test_a_data_frame_in_another_order_is_named(frames):
    sets, y = frames
    sets["b"] = sets["b"].iloc[::-1]
    found = _warned(LogME(), sets, y)
    assert found["b"] == (
        "The index of 'b' differs from the first set's, 'a': reindex it, or reset it if its rows "
        "are those of the others, in the same order."
    )
    assert found["a"] == found["c"] == ""
    assert _warned(LogME(), sets, y, diagnostics=["constant"])["b"] == ""


def test_the_index_of_the_labels_comes_first(frames):
    sets, y = frames
    named = pd.Series(y, index=sets["a"].index)
    sets = {"only": sets["a"].iloc[::-1], "array": sets["b"].to_numpy()}
    for selector in (ModelSelector(LogME()), HalvingModelSelector(LogME(), n_resamples=0)):
        found = dict(zip(sets, selector.fit(sets, named).results_["warnings"], strict=True))
        assert found["only"].startswith("The index of 'only' differs from that of y: reindex it")
        assert found["array"] == ""


def test_numbers_of_rows_in_another_order_are_told_from_names(frames):
    sets, y = frames
    numbered = sets["a"].reset_index(drop=True)
    shuffled = numbered.sample(frac=1.0, random_state=0)
    found = _warned(LogME(), {"numbered": numbered, "shuffled": shuffled, "named": sets["b"]}, y)
    assert "differs from the first set's, 'numbered'" in found["shuffled"]
    assert found["numbered"] == found["named"] == ""
    # What train_test_split leaves of a series, beside features that were computed of it.
    labels = pd.Series(y, index=range(40, 100))
    found = _warned(LogME(), [numbered], labels, diagnostics=["misaligned"])
    assert set(found.values()) == {""}


def test_only_the_rows_that_are_looked_at_are_compared(frames):
    sets, y = frames
    sets["b"] = sets["b"].iloc[::-1]
    found = _warned(LogME(), sets, pd.Series(y, index=sets["a"].index), max_samples=20)
    assert found["a"] == ""
    assert "differs from that of y" in found["b"]


def test_too_wide_for_the_metric(pool):
    sets, y = pool
    found = _warned(TransRate(), sets, y)
    assert found["wide"].startswith("90 features for 60 rows: TransRate overrates wide features")
    behind_pca = make_perturbed(TransRate(), n_components=16)
    assert _warned(behind_pca, sets, y, diagnostics=["wide"])["wide"] == ""
    assert _warned(RidgeProbe(), sets, y)["wide"] == ""


@pytest.mark.parametrize("diagnostics", [None, [], ["tied"]])
def test_each_can_be_switched_off(pool, diagnostics):
    sets, y = pool
    holed = sets["a"].copy()
    holed[:, 1] = 3.0
    bad = {**sets, "holed": holed, "copy": sets["b"].copy()}
    found = _warned(LogME(), bad, y, diagnostics=diagnostics)
    assert found["holed"] == ""
    assert found["copy"] == ""


def test_one_can_be_asked_for(pool):
    sets, y = pool
    holed = {**sets, "holed": sets["b"] * [1, 0, 1, 1, 1, 1], "copy": sets["b"]}
    found = _warned(KNNScore(), holed, y, diagnostics=["constant"])
    assert found == dict.fromkeys(holed, "") | {"holed": "1 of 6 features are constant."}


@pytest.mark.parametrize("diagnostics", ["some", ["constant", "spam"], 3])
def test_unknown_ones_are_named(pool, diagnostics):
    with pytest.raises(ValueError, match="must be 'all', None or a list of 'leaking', 'mis"):
        ModelSelector(LogME(), diagnostics=diagnostics).fit(*pool)


@pytest.mark.parametrize("kind", ["array", "sparse", "pandas", "polars"])
def test_facts_are_those_of_a_naive_count(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 12)) * (rng.random((200, 12)) < 0.02)
    X[:, 3], X[:, 5] = 0.0, 2.0
    X[7, 4] = 1.0
    constant = sum(len(set(column)) == 1 for column in X.T)
    assert constant >= 2
    if kind == "sparse":
        X = sparse.csr_matrix(X)
    elif kind != "array":
        frames = pytest.importorskip(kind)
        X = frames.DataFrame(X).rename(columns=str) if kind == "pandas" else frames.DataFrame(X)
    facts = feature_stats(X, make_target(np.arange(200) % 2), 200)
    assert facts[:3] == (200, 12, constant)


@pytest.mark.filterwarnings("ignore:SFDA scored")  # saturated, which is what is tested
@pytest.mark.parametrize("metric", with_variants(METRICS), ids=repr)
def test_metrics_that_suffer_from_width_say_so(metric):
    if not takes_features(metric) or get_tags(metric).wide:
        return
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    narrow, wide = (metric.fit(rng.standard_normal((60, d)), y).score_ for d in (4, 240))
    assert wide > narrow + 0.2
