"""What the first pages say that the command prints is what it prints."""

import re
import shlex
import textwrap
from pathlib import Path

import numpy as np
import pytest

from skperturb.datasets import load_zoo

_ROOT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"^( *)\$ (skperturb rank features .*) \| head -(\d+)\n", re.MULTILINE)


def _said(page):
    """Return the command of a page, and the lines that it says are printed."""
    text = (_ROOT / page).read_text(encoding="utf-8")
    (found,) = _LINE.finditer(text)
    lines = text[found.end() :].splitlines()[: int(found[3])]
    return found[2], textwrap.dedent("\n".join(lines)).splitlines()


def _without_seconds(lines):
    return [re.sub(r"\s+[\d.]+$", "", line) for line in lines]


@pytest.fixture
def bundled_pool(tmp_path, monkeypatch):
    """The bundled pool as files, in the folder where one is."""
    task = load_zoo().tasks[0]
    (tmp_path / "features").mkdir()
    for name, features in task.feature_sets.items():
        np.save(tmp_path / "features" / f"{name}.npy", features)
    names = [task.class_names[code] for code in task.labels]
    (tmp_path / "labels.csv").write_text("\n".join(["class", *names, ""]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def test_the_first_pages_say_the_same():
    command, lines = _said("README.md")
    assert _said("docs/index.rst") == (command, lines)


def test_the_first_pages_show_what_the_command_prints(bundled_pool, command):
    line, said = _said("README.md")
    outcome = command(*shlex.split(line)[1:])
    printed = outcome.out.splitlines()[: len(said)]
    assert _without_seconds(said) == _without_seconds(printed)
    assert Path("ranking.html").exists()
