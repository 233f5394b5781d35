"""Engine: run all jobs where joblib says, and survive a worker that is killed."""

import threading
from contextlib import nullcontext
from functools import cache

import joblib
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import ThreadpoolController

from skperturb.selection._dask import active_cluster, reports_of_cluster
from skperturb.selection._jobs import evaluate, failed


def n_workers(n_jobs):
    """Return how many jobs run at once."""
    return joblib.effective_n_jobs(n_jobs)


def shared_out_threads(n_workers, controller=None):
    """Context in which this process has its share of the cores for BLAS and OpenMP.

    joblib sees to that for the processes of loky only: workers that are threads of this
    process, or its forks, would each use all cores. A limit of BLAS holds for the process,
    one of OpenMP for the thread that sets it. `controller` are the libraries meant; None is all.
    """
    if n_workers == 1:
        return nullcontext()
    controller = ThreadpoolController() if controller is None else controller
    share = max(1, joblib.cpu_count() // n_workers)
    limits: dict = {}
    for each in controller.info():  # two libraries of a kind may be allowed different numbers
        kind = each["user_api"]
        limits[kind] = min(each["num_threads"], limits.get(kind, share))
    return controller.limit(limits=limits)


@cache
def _openmp():
    """The OpenMP libraries of this process; to look for them takes milliseconds."""
    return ThreadpoolController().select(user_api="openmp")


def reports_of(jobs, plan, *, n_jobs=None, verbose=0):
    """Yield `(index, report)` of every job as it ends, in any order.

    A job keeps its own errors. What ends a worker (no memory left, a crash in compiled
    code) ends the whole run of the engine: the jobs that were under way then run again,
    each alone, and the one that does it again is reported as failed.
    """
    cluster = active_cluster()
    if cluster is not None:
        yield from reports_of_cluster(jobs, plan, cluster)
        return
    waiting = dict(enumerate(jobs))
    while waiting:
        sent: list[int] = []
        try:
            for i, report in _run(_noted(waiting, sent), plan, n_jobs, verbose):
                del waiting[i]
                yield i, report
        except Exception as error:
            if plan.raising or n_workers(n_jobs) == 1:
                raise
            suspects = [i for i in sent if i in waiting]
            if not suspects:  # nothing was sent: no job is to blame
                raise
            for i in suspects:
                yield i, _alone(i, waiting.pop(i), plan, error)


def _noted(waiting, sent):
    """Yield the waiting jobs, and note which were handed to a worker."""
    for item in list(waiting.items()):
        sent.append(item[0])
        yield item


def _run(jobs, plan, n_jobs, verbose):
    """Yield `(index, report)` as joblib's engine brings them."""
    workers = n_workers(n_jobs)
    calls = (delayed(_numbered)(i, job, plan, workers) for i, job in jobs)
    try:
        parallel = Parallel(n_jobs=n_jobs, verbose=verbose, return_as="generator_unordered")
    except ValueError:  # an engine that gives back everything at the end, such as Ray's
        parallel = Parallel(n_jobs=n_jobs, verbose=verbose)
    with shared_out_threads(workers):
        yield from parallel(calls)


def _numbered(i, job, plan, workers=1):
    if threading.current_thread() is threading.main_thread():
        return i, evaluate(job, plan)
    with shared_out_threads(workers, _openmp()):
        return i, evaluate(job, plan)


def _alone(i, job, plan, error):
    """Run one job with no other beside it, in a process that may die."""
    try:
        [(_, report)] = Parallel(n_jobs=2)([delayed(_numbered)(i, job, plan)])
    except Exception as own_error:
        error = own_error
    else:
        return report
    reason = f"{type(error).__name__}: the worker ended without a result. {error}"
    return failed(job, plan.metrics, reason)
