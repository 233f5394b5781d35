"""Run the study on a zoo's folder; a run that was killed goes on where it stopped."""

import argparse
import time
from pathlib import Path

from joblib import Memory

from study.dataset import load_study
from study.docs_files import write_docs
from study.grid import grid_cells
from study.plots import draw_all
from study.report import page, tables, write_tables
from study.searches import searches_table
from study.verdicts import verdict

_DRAWS, _DRAWS_OF_QUICK = 500, 50


def arguments():
    """Return what the command was given."""
    parser = argparse.ArgumentParser(prog="python -m study", description=__doc__)
    parser.add_argument("folder", type=Path, help="a zoo, as study/zoo_folder.py reads it")
    parser.add_argument("--out", type=Path, default=Path("study"), help="folder of the results")
    parser.add_argument("--cache", type=Path, help="folder of what is kept; default OUT/cache")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--docs", type=Path, help="the docs folder whose page to renew")
    parser.add_argument("--quick", action="store_true", help="few metrics, settings and draws")
    return parser.parse_args()


def main():
    """Score, judge, and write everything down."""
    given, start = arguments(), time.perf_counter()
    given.out.mkdir(parents=True, exist_ok=True)
    memory = Memory(given.cache or given.out / "cache", verbose=0)
    run = {"memory": memory, "n_jobs": given.jobs}
    study = load_study(given.folder, grid_cells(given.quick), **run)
    n_draws = _DRAWS_OF_QUICK if given.quick else _DRAWS
    verdicts = [verdict(study, truth, n_draws=n_draws, memory=memory) for truth in study.accuracies]
    searches = searches_table(given.folder, study.accuracies, quick=given.quick, **run)
    found = tables(study, verdicts, searches)
    write_tables(found, given.out)
    pictures = draw_all(study, verdicts, given.out)
    (given.out / "study.md").write_text(page(study, verdicts, found, pictures), encoding="utf-8")
    if given.docs:
        write_docs(study, verdicts, found, pictures, given.docs)
    print(f"{given.out / 'study.md'} after {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
