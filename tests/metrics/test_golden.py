"""Published numbers as second witnesses; the first are the oracles of the other tests."""

import numpy as np
import pytest
from golden_values import NAMES, case, cases_with, published, record

from skperturb import Attract, CappedPCA
from skperturb.metrics import GBC, HScore, KNNScore, LogME, NearestCentroidScore

_LABELS_FROM_ZERO = [
    name for name in NAMES if name not in ("labels_gap", "labels_negative", "labels_onebased")
]


def _ours(metric, name):
    data = case(name)
    return metric.fit(data.X, data.y).score_


def _pairs(metric, implementation, names=_LABELS_FROM_ZERO):
    known = [name for name in cases_with(metric, implementation) if name in names]
    return pytest.mark.parametrize("name", known), lambda name: published(
        name, metric, implementation
    )


_tllib, _tllib_logme = _pairs("LogME", "logme/tllib")
_thuml, _thuml_logme = _pairs("LogME", "logme/thuml_fixed_point")
_bare, _bare_h = _pairs("HScore(shrinkage=None)", "hscore/tllib")
_shrunk, _shrunk_h = _pairs("HScore()", "hscore_reg/tllib")
_diagonal, _diagonal_gbc = _pairs("GBC(diagonal)", "gbc_diagonal/google_tf")
_lda, _published_lda = _pairs("NearestCentroidScore", "lda/prafful")
_parc, _parc_knn = _pairs("KNN(1, leave-one-out) x 100", "knn/parc_1")


@_tllib
def test_logme_agrees_with_tllib_which_stops_early(name):
    assert _ours(LogME(), name) == pytest.approx(_tllib_logme(name), abs=1e-4)
    assert _ours(LogME(), name) >= _tllib_logme(name) - 1e-9


@_thuml
def test_logme_agrees_with_its_authors_where_they_are_scale_free(name):
    if name == "scale_large":  # 1e-5 in their denominators is not small there
        assert _ours(LogME(), name) > _thuml_logme(name) + 0.4
    else:
        assert _ours(LogME(), name) == pytest.approx(_thuml_logme(name), abs=5e-4)


def test_logme_does_not_care_for_the_names_of_the_classes_as_its_authors_do():
    variants = ["labels_contiguous", "labels_gap", "labels_negative", "labels_string"]
    assert len({_ours(LogME(), name) for name in variants}) == 1
    theirs = [published(name, "LogME", "logme/thuml_fixed_point") for name in variants[:3]]
    assert np.ptp(theirs) > 3


@_bare
def test_unshrunk_h_score_agrees_with_tllib(name):
    # rank_deficient has directions at 1e-5 of the features, which pinv amplifies.
    tolerance = 1e-5 if name == "rank_deficient" else 1e-9
    assert _ours(HScore(shrinkage=None), name) == pytest.approx(_bare_h(name), rel=tolerance)


@_shrunk
def test_shrunk_h_score_agrees_with_tllib_up_to_n_over_n_minus_1(name):
    n_samples = len(case(name).X)
    ours = _ours(HScore(), name) * n_samples / (n_samples - 1)
    assert ours == pytest.approx(_shrunk_h(name), rel=1e-9)


@_diagonal
def test_diagonal_gbc_agrees_with_its_authors_float32(name):
    assert _ours(GBC(), name) == pytest.approx(_diagonal_gbc(name), rel=2e-5)


def test_spherical_gbc_counts_the_determinant_d_times_and_theirs_once():
    theirs = published("small", "GBC(spherical)", "gbc_spherical/google_tf")
    assert _ours(GBC(covariance="spherical"), "small") == pytest.approx(-1.07931, abs=1e-5)
    assert theirs == pytest.approx(-1.11655, abs=1e-5)


@_lda
def test_nearest_centroid_is_what_was_published_as_lda(name):
    assert _ours(NearestCentroidScore(), name) == pytest.approx(_published_lda(name), rel=1e-9)


@_parc
def test_nearest_neighbour_agrees_with_parc(name):
    ours = _ours(KNNScore(n_neighbors=1, metric="euclidean"), name)
    assert 100 * ours == pytest.approx(_parc_knn(name), abs=1e-9)


def _released_attract(name):
    """What the authors' attract returns on a case: its norm, its head, or nothing."""
    return record(name).get("released_SA", {}).get("released_attract_alpha0.005_sigma0.6", {})


_ATTRACTED = [
    name for name in NAMES if np.isfinite(float(_released_attract(name).get("fro", "nan")))
]


@pytest.mark.parametrize("name", _ATTRACTED)
def test_the_released_attract_repels_and_sums(name):
    """What the authors released is our Attract with the other sign, summed over pairs."""
    released = _released_attract(name)
    data = case(name)
    moved = Attract(alpha=-0.005, sigma=0.6, pairs="sum").fit_transform(data.X, data.y)
    head = np.array(released["head"], dtype=float)
    scale = np.abs(moved).max()
    np.testing.assert_allclose(moved[: len(head), : head.shape[1]], head, atol=2e-6 * scale)
    assert np.linalg.norm(moved) == pytest.approx(float(released["fro"]), rel=1e-6)
    if "array" in released:
        np.testing.assert_allclose(moved, np.array(released["array"], dtype=float), rtol=1e-6)


# Where nothing depends on the rounding of their randomised PCA.
_WHOLE = ["small", "scale_unit", "noise", "rank_deficient", "rank_deficient_exact", "imbalanced"]


@pytest.mark.parametrize("name", _WHOLE)
def test_the_released_whole_is_a_gate_and_a_pca_before_its_attract(name):
    """What docs/differs.rst says of the released code, up to its LDA, our NearestCentroidScore."""
    released, data = record(name)["released_SA"], case(name)
    lengths = np.linalg.svd(data.X - data.X.mean(axis=0), compute_uv=False)
    perturbs = np.mean(lengths[:2] ** 2) / len(data.X) > np.log(1e9) / 5
    moved = data.X
    if perturbs:
        attract = Attract(alpha=-0.005, sigma=0.6, pairs="sum")
        moved = attract.fit_transform(CappedPCA(64).fit_transform(data.X), data.y)
    score = NearestCentroidScore().fit(moved, data.y).score_
    assert str(perturbs) == released["gate_open"]
    assert score == pytest.approx(float(released["SA_LDA"]), rel=1e-6)
