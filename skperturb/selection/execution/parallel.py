"""Parallel: run all jobs where joblib says, tell callbacks, and survive workers that are killed."""

import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import joblib
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from skperturb._threads import hold_blas, hold_openmp
from skperturb.selection.execution.worker import failed_report, run_job

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


@dataclass
class Outcomes:
    """What came of all jobs: outcomes by `(model, metric, resample)`, and a report by model."""

    by_key: dict = field(default_factory=dict)
    reports: dict = field(default_factory=dict)
    n_damaged: int = 0

    def add(self, job, report):
        """Take in the report of a job."""
        for (metric, resample), outcome in report.outcomes.items():
            self.by_key[job.name, metric, resample] = outcome
        self.n_damaged += report.n_damaged
        if (0,) in job.blocks:
            self.reports[job.name] = report


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


def execute(plan, *, n_jobs=None, verbose=0, on_job_end=lambda: None):
    """Run the jobs of a plan, in any order, and return their outcomes."""
    outcomes = Outcomes()
    backend, _ = get_active_backend()
    if hasattr(backend, "client") and hasattr(backend, "submit_kwargs"):  # that of Dask
        from skperturb.selection.execution.dask import run_on_cluster

        reports = run_on_cluster(plan.jobs, plan.setup, backend)
    else:
        reports = _run_until_done(plan, n_jobs, verbose)
    with closing(reports):
        for i, report in reports:
            outcomes.add(plan.jobs[i], report)
            on_job_end()
    return outcomes


def _run_until_done(plan, n_jobs, verbose):
    """Yield `(index, report)` of every job, also where workers are killed.

    A job keeps its own errors. What ends a worker (no memory left, a crash in compiled
    code) ends the whole run of joblib: the jobs that were under way then run again, each
    alone, and the one that does it again is reported as failed.
    """
    waiting = dict(enumerate(plan.jobs))
    while waiting:
        sent: list[int] = []
        try:
            for i, report in _run(_note_sent(waiting, sent), plan.setup, n_jobs, verbose):
                del waiting[i]
                yield i, report
        except Exception as error:
            if plan.setup.raising or joblib.effective_n_jobs(n_jobs) == 1:
                raise
            suspects = [i for i in sent if i in waiting]
            if not suspects:  # nothing was sent: no job is to blame
                raise
            for i in suspects:
                yield i, _run_alone(i, waiting.pop(i), plan.setup, error)


def _note_sent(waiting, sent):
    """Yield the waiting jobs, and note which were handed to a worker."""
    for item in list(waiting.items()):
        sent.append(item[0])
        yield item


def _run(jobs, setup, n_jobs, verbose):
    """Yield `(index, report)` as joblib brings them."""
    n_workers = joblib.effective_n_jobs(n_jobs)
    share = max(1, joblib.cpu_count() // n_workers) if n_workers > 1 else None
    calls = (delayed(_run_numbered)(i, job, setup, share) for i, job in jobs)
    try:
        parallel = Parallel(n_jobs=n_jobs, verbose=verbose, return_as="generator_unordered")
    except ValueError:  # a backend that gives back everything at the end, such as Ray's
        parallel = Parallel(n_jobs=n_jobs, verbose=verbose)
    # joblib limits the processes of loky only: threads of this process, or its forks, would
    # each use all cores.
    with hold_blas(share), hold_openmp(share):
        yield from parallel(calls)


def _run_numbered(i, job, setup, share=None):
    if threading.current_thread() is threading.main_thread():
        return i, run_job(job, setup)
    with hold_openmp(share):
        return i, run_job(job, setup)


def _run_alone(i, job, setup, error):
    """Run one job with no other beside it, in a process that may die."""
    try:
        [(_, report)] = Parallel(n_jobs=2)([delayed(_run_numbered)(i, job, setup)])
    except Exception as own_error:
        error = own_error
    else:
        return report
    return failed_report(job, setup.metrics, error, "the worker ended without a result. ")
