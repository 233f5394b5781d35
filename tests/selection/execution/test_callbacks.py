"""Callbacks: a progress bar follows the jobs, where scikit-learn has one."""

import numpy as np
import pytest

from skperturb import ModelSelector
from skperturb.metrics import LogME

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")


class Noted:
    """A callback that notes what it is told."""

    def __init__(self):
        self.seen = []

    def setup(self, estimator, context):
        """Note the number of tasks."""
        self.seen.append(("setup", context.max_subtasks))

    def on_fit_task_begin(self, estimator, context, **kwargs):
        """Note the begin of a fit or a task."""
        self.seen.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context, **kwargs):
        """Note the end of a fit or a task."""
        self.seen.append(("end", context.task_name))

    def teardown(self, estimator, context):
        """Note that it is over."""
        self.seen.append(("teardown", None))


@pytest.fixture(scope="module")
def pool():
    """Three models, one of them bad."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal((20, 3)), rng.standard_normal((20, 4))], np.arange(20) % 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_feature_set_is_a_task(pool, n_jobs):
    noted = Noted()
    ModelSelector(LogME(), n_jobs=n_jobs).set_callbacks(noted).fit(*pool)
    task = [("begin", "feature set"), ("end", "feature set")]
    fit = [("setup", 2), ("begin", "fit"), *task, *task, ("end", "fit"), ("teardown", None)]
    assert noted.seen == fit


def test_callbacks_are_torn_down_after_an_error(pool):
    noted = Noted()
    with pytest.raises(ValueError, match="none of the models"):
        ModelSelector(LogME()).set_callbacks(noted).fit([np.full((20, 2), np.nan)], pool[1])
    assert noted.seen[-1] == ("teardown", None)


def test_a_progress_bar_is_drawn(pool, capsys):
    pytest.importorskip("rich")
    plain = ModelSelector(LogME()).fit(*pool)
    selector = ModelSelector(LogME()).set_callbacks(callback.ProgressBar()).fit(*pool)
    np.testing.assert_array_equal(selector.scores_, plain.scores_)
    assert "ModelSelector - fit" in capsys.readouterr().out


def test_verbose_tells_of_the_jobs(pool, capsys):
    ModelSelector(LogME(), verbose=1).fit(*pool)
    seen = capsys.readouterr()
    assert "Done   2 out of   2" in seen.out + seen.err
