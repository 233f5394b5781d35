"""How a call is measured: seconds beside a yardstick, and memory in a pass of its own."""

import time
import tracemalloc
from typing import NamedTuple

import numpy as np

# Processor seconds hold on a busy machine too, but only with one BLAS thread.
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
# Seconds before each call: NumPy and SciPy may each bring a BLAS, whose idle threads wait
# actively for some 50 ms and would slow down the next product of the other.
_PAUSE = 0.1


class Measurement(NamedTuple):
    """Medians over `repeats` calls, and the peak of what one call allocates, in bytes (or NaN)."""

    seconds: float
    ratio: float
    peak: float
    repeats: int


class Stopwatch(NamedTuple):
    """How often to repeat, after how many seconds a call is too slow for that, and the clock."""

    repeats: int = 5
    patience: float = 30.0
    clock: str = "wall"

    def seconds_of(self, call, at_least=0.0):
        """Return the time of one call, the mean of as many as take that long, after a pause."""
        now = CLOCKS[self.clock]
        time.sleep(_PAUSE)
        start, n_calls = now(), 0
        while n_calls == 0 or now() - start < at_least:
            call()
            n_calls += 1
        return (now() - start) / n_calls

    def measure(self, call, yardstick):
        """Time a call by turns with a yardstick, so that other load on the machine hits both.

        The ratio of a turn is to the mean of the yardsticks before and after it. The first
        call, which memory is read off, is not timed.
        """
        began = time.perf_counter()
        peak = peak_of(call)
        repeats = self.repeats if time.perf_counter() - began < self.patience else 1
        seconds, beside = [], [self.seconds_of(yardstick)]
        for _ in range(repeats):
            seconds.append(self.seconds_of(call))
            beside.append(self.seconds_of(yardstick))
        around = (np.array(beside[1:]) + beside[:-1]) / 2
        ratio = float(np.median(seconds / around))
        return Measurement(float(np.median(seconds)), ratio, peak, repeats)


def peak_of(call):
    """Return the most memory that is allocated at once in a call, in bytes.

    Arrays of NumPy and SciPy are counted; scratch space inside LAPACK routines that NumPy
    calls, and what PyTorch allocates, is not.
    """
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
