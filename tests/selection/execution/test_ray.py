"""Ray: the same ranking, where Ray is installed."""

import joblib
import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import KNNScore, LogME

ray = pytest.importorskip("ray", reason="Ray is not part of the extras: it is large")
pytestmark = [
    # Of Ray itself, on starting and stopping; none is about the ranking.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def two_workers():
    """Two Ray workers on this machine."""
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    register_ray()
    yield
    ray.shutdown()


def test_ray_ranks_as_one_process(two_workers, tmp_path):
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"] * 20)
    for i in range(4):
        np.save(
            tmp_path / f"m{i}.npy",
            rng.standard_normal((60, 5)) + i * np.eye(3, 5)[np.arange(60) % 3],
        )
    pool = {path.stem: path for path in sorted(tmp_path.glob("*.npy"))}
    pool["missing"] = tmp_path / "m9.npy"
    metrics = {"logme": LogME(), "knn": KNNScore()}
    alone = ModelSelector(metrics, n_resamples=30).fit(pool, y)
    with joblib.parallel_config(backend="ray"):
        together = ModelSelector(metrics, n_resamples=30).fit(pool, y)
    assert together.ranking_ == alone.ranking_
    assert list(together.failures_) == ["missing"]
    for column in ("score_logme", "score_knn", "rank_low", "rank_high", "p_best"):
        np.testing.assert_allclose(
            together.results_[column], alone.results_[column], rtol=1e-10, err_msg=column
        )
