"""The commands of the guide's recipes run; its Python runs as a doctest."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "user_guide" / "howto.rst"


def _recipes():
    """Return the shell blocks that need no model of a framework, as lists of lines."""
    blocks = re.findall(r"\.\. code-block:: bash\n\n((?:   .+\n)+)", _PAGE.read_text("utf-8"))
    return [block.split("\n   ") for block in map(str.strip, blocks) if "--models" not in block]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The files that the recipes name."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "features").mkdir()
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1, 2], 40)
    for name, strength in {"sharp": 4, "dull": 1, "blind": 0}.items():
        features = strength * np.eye(8)[codes] + rng.standard_normal((120, 8))
        np.save(folder / "features" / f"{name}.npy", features)
    names = ["abc"[code] for code in codes]
    _write_table(folder / "labels.csv", "class", names)
    _write_table(folder / "photos.csv", "image;class", [f"{name}.jpg;{name}" for name in names])
    _write_table(folder / "patients.csv", "patient", np.arange(120) // 4)
    _write_table(folder / "ages.csv", "age", 20 + codes)
    measured = ["sharp,0.93", "dull,0.71", "blind,0.4"]
    _write_table(folder / "measured.csv", "model,accuracy", measured)
    _write_table(folder / "models.csv", "model,params", ["sharp,25", "dull,5", "blind,1"])
    return folder


def _write_table(path, head, rows):
    path.write_text("\n".join([head, *map(str, rows), ""]), encoding="utf-8")


def test_the_page_has_commands():
    assert len(_recipes()) > 10


@pytest.mark.parametrize("lines", _recipes(), ids=lambda lines: lines[-1])
def test_a_recipe_runs(lines, place, command, monkeypatch):
    monkeypatch.chdir(place)
    for line in lines:
        words, _, _ = line.partition(" > ")
        outcome = command(*shlex.split(words)[1:])
        assert outcome.status == 0, outcome.err
