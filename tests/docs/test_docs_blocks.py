"""Code of the docs that is no doctest: it compiles, and on the first page it runs."""

import re
import shlex
import textwrap
from pathlib import Path

import numpy as np
import pytest

from skperturb.datasets import load_zoo

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_PAGES = sorted([*_DOCS.glob("*.rst"), *_DOCS.glob("user_guide/*.rst")])


def _indented(page, opening):
    """Return the indented blocks of a page that follow a line which matches `opening`."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(rf"^{opening}\n\n((?:(?: +.*)?\n)+)", text, flags=re.M)
    return [textwrap.dedent(each) for each in found]


def _python(page):
    return _indented(page, r"(?!\.\. |   ).*[^:\s]::")


def _shell(page):
    return _indented(page, r"\.\. code-block:: bash")


@pytest.fixture
def features(tmp_path, monkeypatch):
    """A folder as the recipes write it, in the folder where one is."""
    task = load_zoo().tasks[0]
    (tmp_path / "features").mkdir()
    for name in ("efficientnet_lite1", "mobilenet_v1_075", "cifar_resnet20"):
        np.save(tmp_path / "features" / f"{name}.npy", task.feature_sets[name])
    np.save(tmp_path / "features" / "labels.npy", np.array(task.class_names)[task.labels])
    monkeypatch.chdir(tmp_path)


def test_blocks_of_python_are_found_and_compile():
    blocks = {page.stem: _python(page) for page in _PAGES}
    assert {"getting_started", "scaling", "pools"} <= {name for name in blocks if blocks[name]}
    for name, each in blocks.items():
        for block in each:
            compile(block, name, "exec")


def test_the_first_page_ranks_what_a_recipe_wrote(features, capsys):
    (block,) = _python(_DOCS / "getting_started.rst")
    exec(block, {})
    assert "mobilenet_v1_075" in capsys.readouterr().out.split("both beat")[0]


def test_the_first_page_ranks_so_from_the_command_line(features, command):
    (line,) = (
        each.strip()
        for block in _shell(_DOCS / "getting_started.rst")
        for each in block.splitlines()
        if each.startswith("skperturb ")
    )
    outcome = command(*shlex.split(line)[1:])
    assert outcome.status == 0
    assert outcome.out.index("efficientnet_lite1") < outcome.out.index("cifar_resnet20")
