"""The benchmarks' own arithmetic and reach; no test asserts a time."""

import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.utils import get_tags

from benchmarks import pools
from benchmarks.against import HEAD, Comparison, comparison_row, comparisons
from benchmarks.checkout import Checkout
from benchmarks.data import SMALLEST, labelled_features
from benchmarks.growth import fit_exponent, fit_exponents
from benchmarks.tables import growth_rows, markdown_table, rest_table, shape_rows
from benchmarks.timing import Measurement, Stopwatch
from benchmarks.workloads import workloads
from discovery import METRICS, PERTURBATIONS

_ROOT = Path(__file__).resolve().parents[2]


def test_every_metric_is_timed():
    assert {type(metric).__name__ for metric in METRICS} <= set(workloads())


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_its_power(power):
    sizes = [100, 200, 700]
    assert fit_exponent(sizes, [3.0 * size**power for size in sizes]) == pytest.approx(power)


def test_a_call_and_its_yardstick_take_turns():
    calls = []
    measured = Stopwatch(repeats=3).measure(lambda: calls.append("call"), lambda: calls.append("-"))
    # The first call is the one whose memory is read.
    assert calls == ["call", "-", "call", "-", "call", "-", "call", "-"]
    assert measured.repeats == 3


def test_memory_is_the_peak_and_not_the_sum():
    measured = Stopwatch(repeats=1).measure(lambda: [len(bytearray(10**6)) for _ in "ab"], list)
    assert 10**6 <= measured.peak < 1.1e6


def test_a_slow_call_is_timed_once():
    assert Stopwatch(repeats=3, patience=0.0).measure(list, list).repeats == 1


def test_growth_leaves_out_what_a_workload_does_not_take():
    nearest = workloads()["NearestCentroidScore"]
    ladder = [SMALLEST, SMALLEST._replace(n_samples=600)]
    stopwatch = Stopwatch(repeats=1)
    assert list(fit_exponents(nearest, {"n": ladder}, stopwatch)) == ["n"]
    assert fit_exponents(nearest._replace(most_samples=500), {"n": ladder}, stopwatch) == {}


def test_a_checkout_is_no_other_than_itself():
    stopwatch = Stopwatch(repeats=2)
    names = ["GBC", "CappedPCA"]
    found = dict(comparisons(_ROOT, SMALLEST, "float32", names, stopwatch))
    assert list(found) == names
    assert found["GBC"].score == found["GBC"].other_score
    assert found["GBC"].score_change == 0
    assert np.isnan(found["CappedPCA"].score_change)
    assert all(len(compared.seconds) == 2 for compared in found.values())
    row = dict(zip(HEAD, comparison_row("GBC", "float32", found["GBC"]), strict=True))
    assert float(row["ratio"]) > 0
    assert row["other MB"] == row["here MB"]


def test_the_ratio_of_two_checkouts_is_of_their_fastest_calls():
    compared = Comparison(np.array([2.0, 4.0, 9.0]), np.array([6.0, 3.0, 9.0]), 0, 0, 2.0, 2.1)
    assert compared.ratio == 1.5
    assert compared.median_ratio == 1.0
    assert compared.score_change == pytest.approx(0.05)


def test_a_folder_without_the_package_is_no_checkout(tmp_path, capfd):
    with (
        Checkout(tmp_path) as checkout,
        pytest.raises(RuntimeError, match=r"process of a checkout must answer .* got none"),
    ):
        checkout.load(SMALLEST, "float32")
    assert "A checkout must hold the package skperturb, got" in capfd.readouterr().err


def test_tables_have_one_row_per_workload_in_both_formats():
    once = Measurement(0.1234, 2.0, 3_000_000, 1)
    head, rows = shape_rows({("floor", "float64"): once, ("LogME", "float64"): once})
    assert markdown_table(head, rows)[2:] == [
        "| floor | 0.123 (once) | 2.00 | 3 |",
        "| LogME | 0.123 (once) | 2.00 | 3 |",
    ]
    assert rest_table(head, rows)[-4:] == [
        "   * - LogME",
        "     - 0.123 (once)",
        "     - 2.00",
        "     - 3",
    ]
    assert growth_rows({"a": {"n": 1.0, "C": 0.5}, "b": {"n": 2.0}})[1][1] == ["b", "2.00", ""]


def test_a_pool_is_scored_with_no_more_threads_than_cores(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    pool = pools.write_pool(tmp_path, 2, SMALLEST)
    jobs = [1, 2] if joblib.cpu_count() > 1 else [1]
    rows, savings = pools.measure(pool, jobs)
    assert [row[:2] for row in rows] == [[name, str(n)] for name in pools.METRICS for n in jobs]
    for row in rows:
        processes, threads = map(int, row[3].split(" x "))
        assert processes * threads <= joblib.cpu_count()
    assert len(savings) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"set0.npy", "set1.npy"}
    assert pools.report(2, SMALLEST, rows, savings, markdown_table)[2].startswith("| metric")


def test_everything_that_takes_tensors_is_timed_on_a_gpu():
    from benchmarks.gpu import tensor_workloads

    tagged = {
        type(each).__name__
        for each in [*METRICS, *PERTURBATIONS]
        if get_tags(each).array_api_support
    }
    assert set(tensor_workloads()) == tagged | {"CappedPCA", "make_perturbed(LogME)"}
    assert set(tensor_workloads(["GBC"])) == {"GBC"}


def _gpu_benchmark(*options):
    command = [sys.executable, "-m", "benchmarks.gpu", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=_ROOT).stdout


def test_without_a_gpu_nothing_is_said_to_be_measured():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert "PyTorch sees no CUDA device: nothing was measured." in _gpu_benchmark()


def test_the_gpu_benchmark_can_be_tried_on_a_cpu():
    pytest.importorskip("torch")
    pytest.importorskip("array_api_compat")
    options = ["--device", "cpu", "--shape", "300,20,4", "--repeat", "1", "--metric", "LogME"]
    out = _gpu_benchmark(*options)
    assert out.count("| LogME |") == out.count("| X.T @ X (") == 2


def test_the_data_are_the_same_every_time():
    X, y = labelled_features(SMALLEST, "float32")
    assert X.shape == SMALLEST[:2]
    assert X.dtype == "float32"
    assert len(set(y)) == SMALLEST.n_classes
    assert (labelled_features(SMALLEST, "float32")[0] == X).all()
