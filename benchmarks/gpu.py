"""Time what takes tensors against the card's own `X.T @ X` of the same tensor.

    python -m benchmarks.gpu                                      1,000,000 x 2,048, 1,000 classes
    python -m benchmarks.gpu --device cpu --shape 2000,256,10     to try it without a card

The features are made on the device: 16.4 GB in float64 at the full size, and half of that in
float32, of which a block of 256 MB at a time becomes float64. Peak memory is what a call takes
beyond them, where the device tells (CUDA).
"""

import argparse
import os
import time

if __name__ == "__main__":
    os.environ["SCIPY_ARRAY_API"] = "1"  # read when SciPy is imported, so before all else

import numpy as np
from sklearn import config_context
from sklearn.utils import get_tags

from benchmarks.data import Shape, parse_shape
from benchmarks.tables import circumstances, markdown_table
from benchmarks.workloads import our_workloads

_FULL = Shape(1_000_000, 2_048, 1_000)
_ROWS = 2**14  # made at once


def main():
    """Measure what the command line asks for, and print it."""
    options = _options()
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: nothing was measured.")
        return
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        print("PyTorch sees no CUDA device: nothing was measured.")
        return
    print(circumstances())
    print(f"Device: {_name_of(torch, device)}.")
    for dtype in options.dtype:
        rows = measure(torch, device, options.shape, dtype, options)
        n_bytes = options.shape.n_samples * options.shape.n_features * np.dtype(dtype).itemsize
        print(f"\n### {options.shape}, {dtype}, {n_bytes / 1e9:.1f} GB\n")
        head = ["work", "s", "x floor", "peak MB"]
        print("\n".join(markdown_table(head, rows)), flush=True)


def measure(torch, device, shape, dtype, options):
    """Return the rows of the table of one shape and type, the product first."""
    clock = Clock(torch, device, options.repeat)
    X, y = draw_features(torch, device, shape, dtype)
    floor_seconds, peak = clock.measure(lambda: X.T @ X)
    rate = 2.0 * shape.n_samples * shape.n_features**2 / floor_seconds / 1e12
    rows = [[f"X.T @ X ({rate:.1f} TFLOP/s)", f"{floor_seconds:.3g}", "1.00", _megabytes(peak)]]
    with config_context(array_api_dispatch=True):
        for name, workload in tensor_workloads(options.metric).items():
            seconds, peak = clock.measure(lambda call=workload.call: call(X, y))
            ratio = f"{seconds / floor_seconds:.2f}"
            rows.append([name, f"{seconds:.3g}", ratio, _megabytes(peak)])
            print(f"{shape}, {dtype}, {name}: {seconds:.4g} s", flush=True)
    return rows


def tensor_workloads(names=None):
    """Return those of our workloads that take tensors: estimators with the tag, the pipeline."""
    return {
        name: workload
        for name, workload in our_workloads().items()
        if _takes_tensors(workload.estimator) and (not names or name in names)
    }


def _takes_tensors(estimator):
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    return all(get_tags(step).array_api_support for step in steps)


def draw_features(torch, device, shape, dtype):
    """Draw features on the device around weak class means, with a decaying spectrum, and labels."""
    generator = torch.Generator(device=device).manual_seed(0)
    codes = np.arange(shape.n_samples) % shape.n_classes
    means = torch.randn(shape.n_classes, shape.n_features, generator=generator, device=device) / 4
    scale = torch.sqrt(1.0 + torch.arange(shape.n_features, device=device) / 10)
    X = torch.empty(shape.n_samples, shape.n_features, dtype=getattr(torch, dtype), device=device)
    for start in range(0, shape.n_samples, _ROWS):
        block_codes = torch.asarray(codes[start : start + _ROWS], device=device)
        noise = torch.randn(len(block_codes), shape.n_features, generator=generator, device=device)
        X[start : start + _ROWS] = ((means[block_codes] + noise) / scale).to(X.dtype)
    return X, codes


class Clock:
    """Median seconds of calls on a device, and the most memory that one takes there."""

    def __init__(self, torch, device, repeats):
        self.cuda = torch.cuda if device.type == "cuda" else None
        self.repeats = repeats

    def measure(self, call):
        """Return the seconds, and the bytes or None; a first call, which warms up, is not timed."""
        peak = self._peak(call)
        return float(np.median([self._seconds(call) for _ in range(self.repeats)])), peak

    def _peak(self, call):
        if not self.cuda:
            call()
            return None
        self.cuda.reset_peak_memory_stats()
        before = self.cuda.memory_allocated()
        call()
        self.cuda.synchronize()
        return self.cuda.max_memory_allocated() - before

    def _seconds(self, call):
        start = time.perf_counter()
        call()
        if self.cuda:
            self.cuda.synchronize()
        return time.perf_counter() - start


def _megabytes(peak):
    return "" if peak is None else f"{peak / 1e6:.0f}"


def _name_of(torch, device):
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--device", default="cuda", help="as PyTorch names it (cuda)")
    add(
        "--shape", type=parse_shape, default=_FULL, metavar="N,D,C", help="instead of the full size"
    )
    add("--dtype", action="append", choices=("float32", "float64"), help="only this")
    add("--metric", action="append", metavar="NAME", help="only this; can be given repeatedly")
    add("--repeat", type=int, default=3, help="timed calls of each, the median counts (3)")
    options = parser.parse_args()
    options.dtype = options.dtype or ("float32", "float64")
    return options


if __name__ == "__main__":
    main()
