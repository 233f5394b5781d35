"""Callbacks: scikit-learn's progress bars and monitors, where it has them (1.9 and newer)."""

from contextlib import contextmanager

N_FRAMES = 1  # that `with_callbacks` puts between a user and `fit`

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:
    N_FRAMES = 0

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for scikit-learn's: without `set_callbacks`, as in its older versions."""

    def with_callbacks(method):
        """Return the method as it is."""
        return method


@contextmanager
def callback_context(estimator, feature_sets, y, n_tasks):
    """Tell the callbacks of an estimator that a fit of so many tasks begins and ends.

    Yields a function to call whenever a task has ended.
    """
    if not hasattr(estimator, "_init_callback_context"):
        yield lambda: None
        return
    data = {"estimator": estimator, "X": feature_sets, "y": y}
    context = estimator._init_callback_context(max_subtasks=n_tasks)
    context.call_on_fit_task_begin(**data)

    def end_task():
        task = context.subcontext(task_name="feature set")
        task.call_on_fit_task_begin(**data)
        task.call_on_fit_task_end(**data)

    yield end_task
    context.call_on_fit_task_end(**data)
