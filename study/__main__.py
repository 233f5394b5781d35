"""Run the study on two zoos; a run that was killed goes on where it stopped."""

import argparse
import time
from pathlib import Path

import pandas as pd
from joblib import Memory

from study import tables
from study.ceiling import agreement_of_seeds
from study.dataset import ALL_TUNED, load_study
from study.docs_files import file_name, write_docs
from study.geometry import geometry_table
from study.grid import grid_cells
from study.hypotheses import hypotheses_table
from study.layers import layers_table
from study.plots import draw_all
from study.rows import rows_table
from study.targets import groups_table, regression_table


def arguments():
    """Return what the command was given."""
    parser = argparse.ArgumentParser(prog="python -m study", description=__doc__)
    parser.add_argument("images", type=Path, help="a zoo, as study/zoo_folder.py reads it")
    parser.add_argument("text", type=Path, help="another, with layers, groups and a regression")
    parser.add_argument("--out", type=Path, default=Path("study/results"), help="of the tables")
    parser.add_argument("--cache", type=Path, help="folder of what is kept; default OUT/cache")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--docs", type=Path, help="the docs folder whose page to renew")
    parser.add_argument("--quick", action="store_true", help="few metrics and settings")
    return parser.parse_args()


def main():
    """Score, judge, and write everything down."""
    given, start = arguments(), time.perf_counter()
    given.out.mkdir(parents=True, exist_ok=True)
    run = {
        "memory": Memory(given.cache or given.out / "cache", verbose=0),
        "n_jobs": given.jobs,
    }
    cells = grid_cells(given.quick)
    folders = {"images": given.images, "text": given.text}
    studies = [load_study(folder, title, cells, **run) for title, folder in folders.items()]
    found = {"hypotheses": hypotheses_table(*studies), "taus": tables.taus_table(*studies)}
    if not given.quick:
        found |= explored(studies, folders, run)
    for name, table in found.items():
        table.to_csv(given.out / f"{file_name(name)}.csv", float_format="%.5g")
    if not given.quick:
        pictures = draw_all(found, studies, given.out)
        if given.docs:
            write_docs(found, studies, pictures, given.docs)
    print(f"{given.out} after {time.perf_counter() - start:.0f} s")


def explored(studies, folders, run):
    """Return all tables that the plan calls exploratory."""
    images, text = studies
    found = {
        "geometry": pd.concat(map(geometry_table, studies)),
        "layers": layers_table(text, next(iter(text.accuracies))),
        "regression": regression_table(folders["text"], run["memory"]),
        "groups": groups_table(folders["text"], run["memory"]),
        "seconds": tables.seconds_table(images),
        "failures": pd.DataFrame(images.failures + text.failures),
        "seeds": seeds_table(images),
    }
    for title, judge in tables.judges(*studies).items():
        folder = folders[judge.study.title]
        found[f"conditions {title}"] = tables.conditions_table(judge)
        found[f"gains {title}"] = tables.gains_table(judge)
        found[f"contenders {title}"] = tables.contenders_table(judge, folder)
        found[f"choices {title}"] = tables.choices_table(judge)
        found[f"public {title}"] = tables.public_table(judge)
        found[f"rows {title}"] = rows_table(judge.study, judge.truth, folder, **run)
    return found


def seeds_table(study):
    """Return how well two runs of fine-tuning would agree on each task by the errors assumed."""
    table = study.accuracies[ALL_TUNED]
    rows = [(task, agreement_of_seeds(each)) for task, each in zip(study.tasks, table, strict=True)]
    return pd.DataFrame(rows, columns=["task", "tau between seeds"])


if __name__ == "__main__":
    main()
