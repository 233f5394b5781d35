"""The benchmarks run; the study of past tasks on a folder small enough to know the outcome."""

import json
import runpy

import numpy as np
import pytest

_ACCURACIES = {"sharp": 0.9, "fair": 0.8, "dull": 0.5}


@pytest.fixture
def folder(tmp_path):
    """Two tasks; the sharper a model, the wider, and on the second the less accurate."""
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    for task in ("one", "two"):
        (tmp_path / task).mkdir()
        np.save(tmp_path / task / "labels.npy", y)
        for width, (name, noise) in enumerate([("dull", 8.0), ("fair", 2.0), ("sharp", 0.5)], 3):
            X = 2.0 * y[:, None] + noise * rng.standard_normal((40, width))
            np.save(tmp_path / task / f"{name}.npy", X.astype(np.float16))
    models = {name: {"finetune": a, "linear_probe": a} for name, a in _ACCURACIES.items()}
    turned = {name: {"finetune": 1 - a, "linear_probe": a} for name, a in _ACCURACIES.items()}
    text = json.dumps({"one": {"models": models}, "two": {"models": turned}})
    (tmp_path / "accuracies.json").write_text(text)
    return tmp_path


def test_past_tasks_prints_the_figures_of_every_contender(folder, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["past_tasks", str(folder), "--jobs", "1"])
    runpy.run_module("study.past_tasks", run_name="__main__")
    head, *lines = capsys.readouterr().out.splitlines()
    columns = head.split()[:-1]
    rows = {}
    for line in lines:
        figures = map(float, line[28:].split()[: len(columns)])
        where = line[:14].strip(), line[14:28].strip()
        rows[where] = dict(zip(columns, figures, strict=True))
    assert len(rows) == 9
    for regime, sign in {"finetune": -1.0, "linear_probe": 1.0}.items():
        assert [rows[regime, "one"][name] for name in ("LogME", "width")] == [1.0, 1.0]
        assert [rows[regime, "two"][name] for name in ("LogME", "width")] == [sign, sign]
        assert rows[regime, "mean"]["LogME"] == (1.0 + sign) / 2
        # With two tasks the baseline is the order of the other one.
        assert rows[regime, "one"]["static"] == sign
    assert all(row["tuned"] <= row["hindsight"] for row in rows.values())
