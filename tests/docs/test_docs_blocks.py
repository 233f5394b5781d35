"""Code of the docs that is no doctest: it compiles, and on the first page it runs."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest

import tiny_onnx
from tiny_models import save_image_folder

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


_NAMES = ["onnx:models/a/model.onnx", "onnx:models/b/net.onnx"]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Images and two small models, in the folder where one is."""
    tiny_onnx.helper()
    save_image_folder(tmp_path / "photos", n_per_class=8)
    tiny_onnx.save_image_graph(tmp_path / "models" / "a" / "model.onnx")
    tiny_onnx.save_image_graph(tmp_path / "models" / "b" / "net.onnx")
    monkeypatch.chdir(tmp_path)


def test_blocks_of_python_are_found_and_compile():
    blocks = {page.stem: _python(page) for page in _PAGES}
    assert {"getting_started", "scaling", "pools"} <= {name for name in blocks if blocks[name]}
    for name, each in blocks.items():
        for block in each:
            compile(block, name, "exec")


def test_the_first_page_runs_from_photos_to_a_model(photos, capsys):
    (block,) = _python(_DOCS / "getting_started.rst")
    block, n_replaced = re.subn(r"^names = .*$", f"names = {_NAMES}", block, flags=re.M)
    assert n_replaced == 1
    variables = {}
    exec(block, variables)
    assert "model.onnx" in capsys.readouterr().out
    assert variables["best"].transform(variables["data"].X[:2]).shape == (2, 3)


def test_the_first_page_does_so_from_the_command_line(photos, command):
    (line,) = (
        each.strip()
        for block in _shell(_DOCS / "getting_started.rst")
        for each in block.splitlines()
        if each.startswith("skperturb ")
    )
    before, models, _, after = re.fullmatch("(.* )(--models )(.*)( --out .*)", line).groups()
    outcome = command(*shlex.split(f"{before}{models}{' '.join(_NAMES)}{after}")[1:])
    assert outcome.status == 0
    assert all(name in outcome.out for name in _NAMES)
