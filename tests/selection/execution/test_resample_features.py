"""Features of resamples: shared work gives the scores that the rows have alone."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import CappedPCA, ModelSelector, Spread, make_perturbed
from skperturb.metrics import HScore, KNNScore, LDAScore, LogME, RidgeProbe
from skperturb.selection.execution import parallel
from skperturb.selection.execution.plan import Resample
from skperturb.selection.execution.resample_features import JobFeatures
from skperturb.selection.execution.worker import run_job
from skperturb.selection.resampling.stratified import SamplingFrame, draw_resample

_N_RESAMPLES = 4


@pytest.fixture(scope="module")
def data():
    """60 rows of 90 features, and labels that they know something of."""
    rng = np.random.default_rng(0)
    y = np.repeat(["ant", "bee", "cat"], 20)
    return rng.standard_normal((3, 90))[np.repeat(np.arange(3), 20)] / 3 + rng.standard_normal(
        (60, 90)
    ), y


@pytest.fixture
def scored(monkeypatch):
    """Return what scores a feature set and tells the score of each resample, and its rows."""

    def run(metric, X, y):
        reports, own = [], run_job

        def noted(job, setup):
            reports.append((own(job, setup), setup))
            return reports[-1][0]

        monkeypatch.setattr(parallel, "run_job", noted)
        ModelSelector(metric, n_resamples=_N_RESAMPLES).fit({"m": X}, y)
        [(report, setup)] = reports
        for resample in setup.draw(range(1, _N_RESAMPLES + 1)):
            yield resample.rows, report.outcomes["score", resample.number].score

    return run


@pytest.mark.parametrize(
    "metric",
    [
        *(LogME(), RidgeProbe(), HScore(), KNNScore(), LDAScore()),
        make_pipeline(StandardScaler(), LogME()),
        make_pipeline(Spread(0.1), CappedPCA(4), LogME()),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_a_resample_has_the_score_of_its_rows_alone(data, scored, metric, dtype):
    X, y = data[0].astype(dtype), data[1]
    for rows, score in scored(metric, X, y):
        assert len(rows) == 45
        alone = metric.fit(X[rows], y[rows])
        alone = getattr(alone, "score_", None) or alone[-1].score_
        np.testing.assert_allclose(score, alone, rtol=1e-9)


@pytest.mark.parametrize("metric", [LogME(), make_perturbed(LDAScore())[1:]], ids=str)
def test_behind_capped_pca_the_components_are_those_of_all_rows(data, scored, metric):
    X, y = data
    projected = CappedPCA(8).fit_transform(X)
    steps = metric.named_steps.values() if hasattr(metric, "named_steps") else [metric]
    for rows, score in scored(make_pipeline(CappedPCA(8), *steps), X, y):
        alone = metric.fit(projected[rows], y[rows])
        alone = getattr(alone, "score_", None) or alone[-1].score_
        np.testing.assert_allclose(score, alone, rtol=1e-9)


def test_the_components_are_computed_once(data, monkeypatch):
    X, y = data
    fits, own = [], CappedPCA._fit

    def counted(self, X):
        fits.append(len(X))
        return own(self, X)

    monkeypatch.setattr(CappedPCA, "_fit", counted)
    ModelSelector(
        {"a": make_pipeline(CappedPCA(), LogME()), "b": make_perturbed(LogME())}, n_resamples=10
    ).fit({"m": X}, y)
    assert fits == [60]


def test_what_cannot_be_shared_is_copied(data):
    X, y = data
    frame = SamplingFrame(np.unique(y, return_inverse=True)[1])
    resample = Resample(1, None, draw_resample(frame, 0, 1))
    for features in (sparse.csr_array(X), np.full((60, 3), np.nan), X.astype(object)):
        _, taken = JobFeatures(features).take(resample).of(LogME())
        assert type(taken) is type(features)
        assert taken.shape == (45, features.shape[1])


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, "frame"], ids=str)
@pytest.mark.parametrize("metric", [None, LogME(), "knn"], ids=str)
def test_every_kind_of_features_has_the_same_resamples(data, kind, metric):
    X, y = data
    if kind == "frame":
        kind = pytest.importorskip("pandas").DataFrame
    if kind is sparse.csr_array and metric is not None:
        pytest.skip("only CappedPCA takes sparse features")
    expected = ModelSelector(metric, n_resamples=5).fit({"m": X}, y)
    found = ModelSelector(metric, n_resamples=5).fit({"m": kind(X)}, y)
    for column in ("score", "score_low", "score_high", "warnings"):
        actual = found.results_[column]
        if column == "warnings":
            np.testing.assert_array_equal(actual, expected.results_[column])
        else:
            np.testing.assert_allclose(actual, expected.results_[column], rtol=1e-7)


def test_a_classifier_gets_the_rows_themselves(data):
    metric, taken = (
        JobFeatures(data[0]).take(Resample(1, None, np.arange(5, 50))).of(LogisticRegression())
    )
    assert isinstance(metric, LogisticRegression)
    np.testing.assert_array_equal(taken, data[0][5:50])


def test_metrics_of_one_resample_see_one_object(data):
    features = JobFeatures(data[0]).take(Resample(1, None, np.arange(5, 50)))
    assert features.of(LogME())[1] is features.of(HScore())[1]
