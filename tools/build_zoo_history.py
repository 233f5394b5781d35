"""Build the bundled history: scores of the zoo's encoders on all four of its tasks.

The metrics are those by which `AccuracyPredictor` predicts where no selector is given. Accuracies
are bundled already (`build_zoo_bundle.py`).

    python tools/build_zoo_history.py ZOO_FOLDER
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from skperturb import AccuracyPredictor

DATA = Path(__file__).resolve().parent.parent / "skperturb" / "datasets" / "data"
COLUMNS = ["task", "model", "metric", "score"]


def scored_rows(folder):
    """Return one row per model and metric of a task, with 6 significant digits."""
    labels = np.load(folder / "labels.npy")
    files = sorted(path for path in folder.glob("*.npy") if path.stem != "labels")
    selector = AccuracyPredictor().fit_selector({path.stem: path for path in files}, labels)
    return [
        {"task": folder.name, "model": model, "metric": metric, "score": f"{score:.6g}"}
        for model, row in zip(selector.names_, selector.scores_, strict=True)
        for metric, score in zip(selector.metric_names_, row, strict=True)
    ]


def main(argv=None):
    """Write the scores and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo", type=Path, help="folder with TASK/MODEL.npy and TASK/labels.npy")
    parser.add_argument("--out", type=Path, default=DATA / "zoo_scores.csv", help="file to write")
    args = parser.parse_args(argv)

    folders = sorted(path.parent for path in args.zoo.glob("*/labels.npy"))
    rows = [row for folder in folders for row in scored_rows(folder)]
    with args.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{args.out.name}: {len(rows)} scores, {args.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
