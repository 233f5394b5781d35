"""Docs files: the tables and pictures that the user guide's page of the study includes."""

import platform
import shutil
from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd

from study.worth import write_worth

_PACKAGES = ("numpy", "scipy", "scikit-learn")


def origin(studies):
    """Say when and with what the figures were made."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    tasks = "; ".join(f"{study.title}: {', '.join(study.tasks)}" for study in studies)
    return f"{date}; Python {platform.python_version()}, {versions}. {tasks}."


def write_docs(found, studies, pictures, docs):
    """Write what `docs/user_guide/study.rst` includes, and what the package says of scores."""
    write_worth(found, studies, origin(studies))
    folder = docs / "user_guide" / "study"
    folder.mkdir(exist_ok=True)
    for name, table in docs_tables(found).items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.2f", na_rep="")
    (folder / "origin.txt").write_text(origin(studies) + "\n", encoding="utf-8")
    for path in pictures:
        shutil.copy(path, docs / "_static" / path.name)


def docs_tables(found):
    """Return the tables of the page by the name of their file."""
    tables = {}
    for name, table in found.items():
        kind = name.split()[0]
        if kind in _FORMATS:
            tables[file_name(name)] = _FORMATS[kind](table.copy())
    return tables


def file_name(title):
    """Turn a title into the name of a file."""
    return title.replace(", ", "_").replace(" ", "_").replace("-", "_")


def with_interval(table, name, low, high):
    """Put an interval behind its figure, in one column."""
    spans = zip(table[name], table[low], table[high], strict=True)
    table[name] = [_span(*each) for each in spans]
    return table.drop(columns=[low, high])


def _span(value, low, high):
    return f"{value:+.2f}" if pd.isna(low) else f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


def _hypotheses(table):
    spans = zip(table["t low"], table["t high"], strict=True)
    table["t"] = [f"[{low:+.2f}, {high:+.2f}]" for low, high in spans]
    table = with_interval(table.drop(columns=["t low", "t high"]), "gain", "low", "high")
    return table[["", "gain of", "truth", "gain", "t", "by task", "is"]]


def _contenders(table):
    table = with_interval(table, "gain", "gain low", "gain high")
    spans = zip(table["tau"], table["tau low"], table["tau high"], strict=True)
    table["tau"] = [_span(*each).replace("+", "") for each in spans]
    table["regret"] = table["regret"].map("{:.1f}".format).replace("nan", "")
    table["gain"] = table["gain"].replace("+nan", "")
    return table.drop(columns=["tau low", "tau high"]).rename(columns={"gain": "gain on default"})


def _gains(table):
    return with_interval(table, "gain", "low", "high")


def _layers(table):
    wanted = table["features"].isin(["no features", "raw", "PCA"])
    return with_interval(table[wanted].sort_values("lost"), "saved", "low", "high")


def _same(table):
    return table.reset_index() if table.index.name else table


_FORMATS = {
    "hypotheses": _hypotheses,
    "contenders": _contenders,
    "conditions": _same,
    "gains": _gains,
    "public": _gains,
    "layers": _layers,
    "regression": _same,
    "groups": _same,
    "rows": _gains,
    "geometry": _same,
}
