"""What the user guide says of the metrics, held against what they say of themselves."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils import get_tags

import skperturb
from discovery import METRICS, PERTURBATIONS
from skperturb import CappedPCA, datasets, evaluation, metrics, plotting, prediction, selection

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_RANGES = {"any": (-np.inf, np.inf), "at most 0": (-np.inf, 0), "at least 0": (0, np.inf)}


def _table():
    """Return the rows of the guide's table of metrics, by metric and column."""
    text = (_DOCS / "user_guide" / "metrics.rst").read_text(encoding="utf-8")
    _, _, text = text.partition(":class: metrics")  # a shorter table stands before it
    rows = re.findall(r"   \* - (.+)\n((?:     - .+\n)+)", text)
    (_, head), *body = rows
    columns = re.findall(r"- (.+)", head)
    return {
        re.sub(r":class:`(\w+)`", r"\1", name): dict(
            zip(columns, re.findall(r"- (.+)\n", cells), strict=True)
        )
        for name, cells in body
    }


def _bounds(text, n_classes):
    """Read a range such as ``[0, C - 1]``."""
    if text in _RANGES:
        return _RANGES[text]
    return eval(text, {"C": n_classes, "log": np.log})


def test_the_table_has_every_metric():
    assert sorted(_table()) == sorted(type(metric).__name__ for metric in METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_the_table_says_what_the_tags_say(metric):
    tags, row = get_tags(metric), _table()[type(metric).__name__]
    assert row["input"] == tags.input + (", pool" if tags.pool else "")
    assert row["task"] == ", ".join(tags.tasks)
    assert row["invariances"] == (", ".join(sorted(tags.invariances)) or "none")
    for n_classes in (2, 5):
        assert tuple(_bounds(row["range"], n_classes)) == tuple(
            tags.bounds("classification", n_classes)
        )


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_every_cell_is_filled(metric):
    row = _table()[type(metric).__name__]
    assert set(row) == {
        *("input", "task", "range", "invariances", "cost", "known weaknesses", "source")
    }
    assert all(row.values())


def test_the_guide_lists_what_takes_tensors():
    text = (_DOCS / "user_guide" / "gpu.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   \* - :class:`(?:~metrics\.)?(\w+)`$", text, flags=re.M)
    tagged = [
        type(each).__name__
        for each in [*PERTURBATIONS, *METRICS, CappedPCA()]
        if get_tags(each).array_api_support
    ]
    assert sorted(listed) == sorted(tagged)


def _public_names():
    modules = (skperturb, datasets, evaluation, metrics, plotting, prediction, selection)
    return {name: getattr(module, name) for module in modules for name in module.__all__}


def test_the_reference_lists_every_public_name():
    listed = set(re.findall(r"^   (\w+)$", (_DOCS / "api.rst").read_text(), flags=re.M))
    assert set(_public_names()) <= listed


def test_every_public_name_has_an_example():
    documented = {name: each.__doc__ for name, each in _public_names().items()}
    assert [name for name, doc in documented.items() if "\n    >>> " not in doc] == []
