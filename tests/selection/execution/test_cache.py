"""Cache: a run goes on where it stopped, and trusts no damaged file."""

import errno
import importlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import types
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skperturb
from skperturb import make_perturbed
from skperturb.metrics import NCTI, HScore, LogME
from skperturb.selection.execution import cache
from skperturb.selection.execution.cache import ScoreCache

# Scores of shuffled labels, which are kept as well, would only blur the counts.
ModelSelector = partial(skperturb.ModelSelector, diagnostics=None)


class Counted(LogME):
    """LogME that leaves a file for every time it computes."""

    def __init__(self, folder=""):
        super().__init__()
        self.folder = folder

    def _score(self, X, target):
        with open(os.path.join(self.folder, "count"), "a") as file:
            file.write("x")
        return super()._score(X, target)


@pytest.fixture
def pool():
    """Two models, small."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee"] * 20)
    sets = {
        name: rng.standard_normal((40, 5)) + i * (y == "bee")[:, None]
        for i, name in enumerate("ab")
    }
    return sets, y


@pytest.fixture
def counted(tmp_path):
    """Return a metric that counts its computations, and what tells the count."""
    metric = Counted(str(tmp_path))

    def count():
        path = tmp_path / "count"
        return len(path.read_text()) if path.exists() else 0

    return metric, count


def _same(a, b):
    for name in a.results_:
        if name != "seconds_shared":  # opening the features takes its time in every run
            np.testing.assert_array_equal(a.results_[name], b.results_[name], err_msg=name)


@pytest.mark.parametrize("kind", [str, Path])
def test_what_was_scored_is_not_scored_again(pool, counted, tmp_path, kind):
    metric, count = counted
    selector = ModelSelector(metric, n_resamples=30, memory=kind(tmp_path / "kept"))
    first = ModelSelector(metric, n_resamples=30).fit(*pool)
    kept = selector.fit(*pool)
    before = count()
    again = selector.fit(*pool)
    assert count() == before == 2 * 2 * 31
    np.testing.assert_array_equal(kept.scores_, first.scores_)
    _same(kept, again)


def test_a_new_model_or_more_draws_cost_only_themselves(pool, counted, tmp_path):
    metric, count = counted
    sets, y = pool
    selector = ModelSelector(metric, n_resamples=20, memory=tmp_path / "kept").fit(sets, y)
    before = count()
    selector.set_params(n_resamples=40).fit(sets, y)
    assert count() - before == 2 * 20
    selector.fit({**sets, "c": sets["a"] + 1.5}, y)
    assert count() - before == 2 * 20 + 41


def test_other_content_is_scored_anew(pool, counted, tmp_path):
    metric, count = counted
    sets, y = pool
    selector = ModelSelector(metric, memory=tmp_path / "kept").fit(sets, y)
    for changed in (
        ({**sets, "a": sets["a"] * 1.5}, y),
        (sets, np.where(y == "bee", "cat", y)),
        (sets, y[::-1]),
    ):
        before = count()
        fitted = selector.fit(*changed)
        assert count() > before
        np.testing.assert_array_equal(fitted.scores_, ModelSelector(LogME()).fit(*changed).scores_)


def test_the_key_is_the_content_and_not_the_name_or_the_file(pool, counted, tmp_path):
    metric, count = counted
    sets, y = pool
    np.save(tmp_path / "features.npy", sets["a"])
    selector = ModelSelector(metric, memory=tmp_path / "kept").fit(sets, y)
    before = count()
    selector.fit({"renamed": tmp_path / "features.npy", "order": sets["b"].copy(order="F")}, y)
    assert count() == before


@pytest.mark.parametrize("metric", [LogME(), HScore(shrinkage=0.3), NCTI(), LogisticRegression()])
def test_every_kind_of_metric_is_kept(pool, tmp_path, metric):
    selector = ModelSelector(metric, n_resamples=3, memory=tmp_path)
    _same(selector.fit(*pool), ModelSelector(metric, n_resamples=3, memory=tmp_path).fit(*pool))


def test_parameters_of_a_metric_are_part_of_the_key(pool, tmp_path):
    for alpha in (0.1, 0.5):
        metric = make_perturbed(LogME(), n_components=3, alpha=alpha)
        kept = ModelSelector(metric, memory=tmp_path).fit(*pool)
        np.testing.assert_array_equal(kept.scores_, ModelSelector(metric).fit(*pool).scores_)


_OWN = """
from skperturb.metrics import LogME

def grow(X):
    return X {factor}

def score(model, X, y):
    return 0.5 {factor}

class Own(LogME):
    def _score(self, X, target):
        score, fitted = super()._score(X, target)
        return score {factor}, fitted
"""


@pytest.mark.parametrize(("kind", "scoring"), [("Own", None), ("grow", None), ("score", "score")])
def test_code_of_ones_own_is_part_of_the_key(pool, tmp_path, monkeypatch, kind, scoring):
    monkeypatch.syspath_prepend(tmp_path)

    def fit(factor, memory):
        (tmp_path / "own.py").write_text(_OWN.format(factor=factor))
        monkeypatch.delitem(sys.modules, "own", raising=False)
        importlib.invalidate_caches()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        own = importlib.import_module("own")
        metrics = {
            "Own": own.Own(),
            "grow": make_pipeline(FunctionTransformer(own.grow), HScore()),
            "score": LogisticRegression(),
        }
        scorer = own.score if scoring else None
        return ModelSelector(metrics[kind], scoring=scorer, memory=memory).fit(*pool).scores_

    fit("* 1", tmp_path / "scores")
    changed = fit("** 2", tmp_path / "scores")
    np.testing.assert_array_equal(changed, fit("** 2", None))


def test_code_in_no_file_is_refused(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(Counted, "__module__", "typed")
    monkeypatch.setitem(sys.modules, "typed", types.SimpleNamespace(Counted=Counted))
    with pytest.raises(ValueError, match=r"code of 'typed', which it uses, is in no file.*memory="):
        ModelSelector(Counted(), memory=tmp_path).fit(*pool)


@pytest.mark.parametrize("damage", [b"", b"\x00garbage\xff" * 20, "cut", "flip"])
def test_a_damaged_entry_is_computed_again_with_a_warning(pool, tmp_path, damage):
    selector = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    for path in tmp_path.glob("*.json"):
        content = path.read_bytes()
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "flip":
            middle = len(content) // 2
            path.write_bytes(
                content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
            )
        else:
            path.write_bytes(damage)
    with pytest.warns(UserWarning, match="damaged; what cannot be read is computed again"):
        again = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    np.testing.assert_array_equal(again.scores_, selector.scores_)
    _same(again, ModelSelector(LogME(), memory=tmp_path).fit(*pool))  # and is sound now


def test_swapped_entries_are_not_trusted(pool, tmp_path):
    selector = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    entries = sorted(tmp_path.glob("*.json"))
    contents = [path.read_bytes() for path in entries]
    for path, content in zip(entries, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    with pytest.warns(UserWarning, match="damaged"):
        again = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    np.testing.assert_array_equal(again.scores_, selector.scores_)


def test_names_of_metrics_are_no_part_of_the_key(pool, tmp_path):
    first, second = {"y": LogME(), "b": HScore()}, {"y": HScore(), "b": LogME()}
    for metrics in (first, second):
        kept = ModelSelector(metrics, memory=tmp_path).fit(*pool)
        np.testing.assert_array_equal(kept.scores_, ModelSelector(metrics).fit(*pool).scores_)


def _script(folder, body):
    """Return a program that ranks 6 models of the folder, whose metric is slow and counts."""
    return textwrap.dedent(f"""
        import os, sys, time
        import numpy as np
        from skperturb import ModelSelector
        from skperturb.metrics import LogME

        class Slow(LogME):
            def _score(self, X, target):
                with open(r"{folder}/count", "a") as file:
                    file.write("x")
                time.sleep(0.2)
                return super()._score(X, target)

        rng = np.random.default_rng(0)
        y = np.repeat([0, 1], 20)
        pool = {{f"m{{i}}": rng.standard_normal((40, 4)) + i * y[:, None] for i in range(6)}}
        kept = dict(diagnostics=None, memory=r"{folder}/kept")
        selector = ModelSelector(Slow(), **kept).fit(pool, y)
        {body}
    """)


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    body = "np.save(sys.argv[1], selector.scores_)"
    program = tmp_path / "program.py"
    program.write_text(_script(tmp_path, body))
    command = [sys.executable, str(program)]
    count = tmp_path / "count"
    running = subprocess.Popen([*command, str(tmp_path / "first.npy")])
    while not count.exists() or len(count.read_text()) < 3:
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    before = len(count.read_text())
    subprocess.run([*command, str(tmp_path / "second.npy")], check=True)
    # Two were finished; the one under way may have been.
    assert 3 <= len(count.read_text()) - before <= 4
    count.unlink()
    subprocess.run([*command, str(tmp_path / "third.npy")], check=True)
    assert not count.exists()
    np.testing.assert_array_equal(np.load(tmp_path / "second.npy"), np.load(tmp_path / "third.npy"))


@pytest.mark.parametrize("garbage", [b"\xff\xfe garbage", b"garbage", b""])
def test_everything_in_the_folder_may_be_garbage(tmp_path, garbage):
    program = tmp_path / "program.py"
    program.write_text(_script(tmp_path, "print(selector.ranking_)"))
    first = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    for path in (tmp_path / "kept").rglob("*"):
        if path.is_file():
            path.write_bytes(garbage)
    again = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    assert again.stdout == first.stdout
    assert "6 entries of the cache were damaged" in again.stderr


def test_failures_are_tried_again(pool, tmp_path):
    sets, y = pool
    path = tmp_path / "late.npy"
    selector = ModelSelector(LogME(), memory=tmp_path / "kept")
    with pytest.warns(Warning, match="could not score 1 of 3"):
        selector.fit({**sets, "late": path}, y)
    np.save(path, sets["b"])
    assert selector.fit({**sets, "late": path}, y).failures_ == {}


def test_nothing_is_kept_without_a_folder(pool, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ModelSelector(LogME()).fit(*pool)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder_is_an_error_before_any_work(pool, counted, tmp_path):
    metric, count = counted
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ValueError, match="`memory` of ModelSelector must be a folder that can be"):
        ModelSelector(metric, memory=tmp_path / "file" / "kept").fit(*pool)
    assert count() == 0


def test_what_cannot_be_pickled_is_named(pool, tmp_path):
    metric = make_perturbed(LogME(), n_components=None)
    metric.steps.insert(0, ("own", FunctionTransformer(lambda X: X)))
    with pytest.raises(ValueError, match="metric 'score' cannot be kept in `memory`"):
        ModelSelector(metric, memory=tmp_path).fit(*pool)


@pytest.mark.parametrize("memory", [3, joblib.Memory(None)])
def test_memory_of_another_kind_is_named(pool, memory):
    with pytest.raises(TypeError, match="`memory` of ModelSelector must be a path or None, got"):
        ModelSelector(LogME(), memory=memory).fit(*pool)


def test_groups_and_seeds_and_folds_are_part_of_the_key_where_they_count(pool, tmp_path):
    sets, y = pool
    groups = np.arange(40) // 2

    def n_kept():
        return len(list(tmp_path.glob("*.json")))

    probe = ModelSelector(LogisticRegression(), memory=tmp_path)
    for i, params in enumerate([{}, {"random_state": 1}, {"cv": 3}, {"scoring": "accuracy"}]):
        probe.set_params(**params).fit(sets, y)
        assert n_kept() == 2 * (i + 1)
    metric = ModelSelector(LogME(), memory=tmp_path).fit(sets, y)
    before = n_kept()
    metric.set_params(random_state=1, cv=3).fit(sets, y)
    assert n_kept() == before
    fitted = metric.set_params(n_resamples=3).fit(sets, y, groups=groups)
    fresh = ModelSelector(LogME(), n_resamples=3, random_state=1).fit(sets, y, groups=groups)
    np.testing.assert_array_equal(fitted.results_["score_low"], fresh.results_["score_low"])


# ---------------------------------------------------------------- hostile files


class _Payload:
    """What leaves a mark wherever it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def _hostile(kind, path, mark):
    """Put something at the path of a cache entry that should harm nobody."""
    path.unlink()
    if kind == "pickle":
        path.write_bytes(pickle.dumps(_Payload(mark)))
    elif kind == "joblib":
        joblib.dump(_Payload(mark), path)
    elif kind == "npy":
        with path.open("wb") as file:
            np.save(file, np.array([_Payload(mark)]), allow_pickle=True)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(10 * 2**30)
    else:
        path.write_text(kind)


_HOSTILE = [
    *("pickle", "joblib", "npy", "folder", "pipe", "loop", "huge"),
    *("[" * 100_000, "{}", "null", '"text"', "NaN", "9" * 10_000),
    '{"entries": [[1.0, 1.0, 1]], "digest": "0"}',
    '{"entries": {"__class__": "os.system"}, "digest": []}',
]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
@pytest.mark.parametrize("kind", _HOSTILE, ids=lambda kind: kind[:20])
def test_nothing_in_the_folder_is_executed_or_believed(pool, tmp_path, kind):
    folder, mark = tmp_path / "kept", tmp_path / "mark"
    selector = ModelSelector(LogME(), memory=folder).fit(*pool)
    for path in folder.glob("*.json"):
        _hostile(kind, path, mark)
    _hostile_bystander = folder / "output.pkl"
    _hostile_bystander.write_bytes(pickle.dumps(_Payload(mark)))
    with pytest.warns(UserWarning, match="2 entries of the cache were damaged") as seen:
        again = ModelSelector(LogME(), memory=folder).fit(*pool)
    assert len(seen) == 1
    assert not mark.exists()
    np.testing.assert_array_equal(again.scores_, selector.scores_)


def test_the_payload_would_have_left_its_mark(tmp_path):
    pickle.loads(pickle.dumps(_Payload(tmp_path / "mark")))
    assert (tmp_path / "mark").is_dir()


def test_a_forged_score_needs_its_digest(pool, tmp_path):
    selector = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    [entry, _] = sorted(tmp_path.glob("*.json"))
    record = json.loads(entry.read_text())
    record["entries"][0][0] += 1.0
    entry.write_text(json.dumps(record))
    with pytest.warns(UserWarning, match="1 entry of the cache was damaged"):
        again = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    np.testing.assert_array_equal(again.scores_, selector.scores_)


@pytest.mark.parametrize(
    "entry", [["a", 1.0, 1], [1.0, 1.0], [float("nan"), 1.0, 1], [1.0, 1.0, "w"]]
)
def test_entries_of_another_form_are_damaged(pool, tmp_path, entry):
    cache = ScoreCache(str(tmp_path), {"m": "key"}, 0)
    cache.write("m", "content", (0,), [entry])
    assert cache.read("m", "content", (0,)) == (None, True)
    cache.write("m", "content", (0,), [[1.5, 0.1, None]])
    assert cache.read("m", "content", (0,)) == ([[1.5, 0.1, None]], False)
    assert cache.read("m", "other", (0,)) == (None, False)


def test_nothing_but_whole_files_is_left_behind(pool, tmp_path):
    ModelSelector(LogME(), n_resamples=30, memory=tmp_path).fit(*pool)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}


def test_a_full_disk_costs_only_the_cache(pool, tmp_path, monkeypatch):
    expected = ModelSelector(LogME()).fit(*pool).scores_

    def full(path, text):
        if path.name != "probe":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "_write_at_once", full)
    monkeypatch.setattr(os, "unlink", lambda path: None)
    fitted = ModelSelector(LogME(), memory=tmp_path).fit(*pool)
    np.testing.assert_array_equal(fitted.scores_, expected)
