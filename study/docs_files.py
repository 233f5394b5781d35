"""Docs files: the tables and pictures that the user guide's page of the study includes."""

import shutil

import pandas as pd

from study.grid import BOTH_STOPPED
from study.methods import ELSEWHERE
from study.report import file_name, origin
from study.worth import write_worth

_HEADS = {
    "raw": "raw",
    "PCA": "PCA",
    "spread 1": "Spread 1",
    "spread 0.25 R": "Spread 0.25 R",
    "attract 0.2": "Attract 0.2",
    "attract 0.2 sigma 0.6": "Attract 0.2, sigma 0.6",
    "spread 1, attract 0.2": "Spread 1, Attract 0.2",
    "spread 1, attract 0.2 sigma 0.6": "Spread 1, Attract 0.2, sigma 0.6",
    "repel 0.1": "Repel",
    "released": "released",
    ELSEWHERE: "chosen elsewhere",
}


def write_docs(study, verdicts, found, pictures, docs):
    """Write what `docs/user_guide/study.rst` includes, and what the package says of scores."""
    write_worth(study, verdicts, found["methods"])
    folder = docs / "user_guide" / "study"
    folder.mkdir(exist_ok=True)
    for name, table in docs_tables(found, verdicts).items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.2f", na_rep="")
    (folder / "origin.txt").write_text(origin(study) + "\n", encoding="utf-8")
    for path in pictures:
        shutil.copy(path, docs / "_static" / f"study_{path.name}")


def docs_tables(found, verdicts):
    """Return the tables of the page by the name of their file."""
    truths = [each.truth for each in verdicts if each.truth != "probe*"]  # as the probe
    tables = {}
    for truth in truths:
        table = found[f"conditions {truth}"].rename(columns=_HEADS)
        tables[f"conditions_{file_name(truth)}"] = table.reset_index(names="metric")
    tables["baselines"] = _baselines(found["methods"])
    tables["ablation"] = _with_interval(_of(found["ablation"], truths), "gain", "low", "high")
    gains = _with_interval(_of(found["gains"], truths), "gain", "low", "high")
    gains["features"] = gains["features"].map(_HEADS)
    tables["gains"] = gains
    tables["defaults"] = _defaults(found["defaults"], truths)
    tables["chosen"] = _chosen(found["choices"], truths)
    tables["geometry"] = found["geometry"]
    return tables


def _of(table, truths):
    return table[table["truth"].isin(truths)].reset_index(drop=True)


def _baselines(table):
    rows = table[table["features"].eq("baseline") | table["ranked by"].eq("cross-validated probe")]
    rows = _with_interval(rows, "tau", "tau low", "tau high")
    rows["regret at 1"] = (100 * rows["regret at 1"]).map("{:.1f}".format)
    rows["share at 3"] = rows["share at 3"].map("{:.3f}".format)
    rows = rows[rows["features"].isin(["baseline", "raw", "PCA", ELSEWHERE])]
    return rows.drop(columns=["regret low", "regret high"])


def _defaults(table, truths):
    table = table[table["features"] != BOTH_STOPPED.name]
    short = table[["ranked by", "features"]].copy()
    short["features"] = short["features"].map(_HEADS)
    for truth in truths:
        own = table[[each for each in table if each.startswith(f"{truth}:")]]
        own = own.rename(columns=lambda name: name.split(": ")[1])
        own = _with_interval(own, "tau", "low", "high")
        own = _with_interval(own, "vs default", "vs low", "vs high")
        names = {"tau": truth, "vs default": "gain on the default", "chosen": "chosen"}
        short = pd.concat([short, own[list(names)].rename(columns=names)], axis=1)
    return short


def _chosen(table, truths):
    """Return the mean tau of what the other tasks chose, one row per set to choose from."""
    wide = table.pivot_table("tau", "chosen among", "truth", sort=False)[truths]
    return wide[wide.index.str.startswith("any")].reset_index()


def _with_interval(table, name, low, high):
    """Put an interval behind its figure, in one column."""
    table = table.copy()
    spans = zip(table[name], table[low], table[high], strict=True)
    table[name] = [_span(*each) for each in spans]
    return table.drop(columns=[low, high])


def _span(value, low, high):
    return f"{value:.2f}" if pd.isna(low) else f"{value:.2f} [{low:.2f}, {high:.2f}]"
