"""One checkout of the package in a process of its own, which is told what to call.

`Checkout(path)` starts the process. It runs the benchmarks beside this file with the
`skperturb` of `path`, so that two checkouts are measured by the same code on the same data.
A request and its answer are a line of JSON each.
"""

import json
import subprocess
import sys
import warnings
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_AT_LEAST = 0.02  # seconds; one call of a few milliseconds is mostly noise

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])  # before skperturb is imported, wherever it is installed

import skperturb
from benchmarks.data import Shape, labelled_features
from benchmarks.timing import Stopwatch, peak_of
from benchmarks.workloads import our_workloads


class Checkout:
    """The process of one checkout, with the data that it was given last."""

    def __init__(self, path):
        command = [sys.executable, "-m", "benchmarks.checkout", str(Path(path).resolve())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def load(self, shape, dtype):
        """Make the data, and return the names of the workloads that take them."""
        return self._ask("load", [*shape], dtype)

    def inspect(self, name):
        """Call once to warm up; return the peak of memory in bytes, and the score or None."""
        return self._ask("inspect", name)

    def time(self, name, clock):
        """Return the seconds of a call."""
        return self._ask("time", name, clock)

    def _ask(self, *request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            msg = f"The process of a checkout must answer {request}, got none; see its error above."
            raise RuntimeError(msg)
        return json.loads(answer)


class _Server:
    """What answers in the process of a checkout: a method per request."""

    def load(self, shape, dtype):
        shape = Shape(*shape)
        self.X, self.y = labelled_features(shape, dtype)
        self.workloads = {
            name: workload for name, workload in our_workloads().items() if workload.takes(shape)
        }
        return list(self.workloads)

    def inspect(self, name):
        call, workload = self._call(name), self.workloads[name]
        peak = peak_of(call)
        metric = getattr(workload.estimator, "steps", [(name, workload.estimator)])[-1][1]
        return [peak, getattr(metric, "score_", None)]

    def time(self, name, clock):
        return Stopwatch(clock=clock).seconds_of(self._call(name), _AT_LEAST)

    def _call(self, name):
        workload = self.workloads[name]
        data = workload.prepare(self.X)
        return lambda: workload.call(data, self.y)


def _serve(path):
    """Answer requests until there are no more."""
    if not Path(skperturb.__file__).is_relative_to(path):
        msg = f"A checkout must hold the package skperturb, got {path}."
        raise ValueError(msg)
    warnings.filterwarnings("ignore", message="SFDA scored")  # saturated: only time matters here
    server = _Server()
    for line in sys.stdin:
        request, *arguments = json.loads(line)
        print(json.dumps(getattr(server, request)(*arguments)), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
