"""Build the bundled history: scores of the zoo's encoders on all tasks of both pools.

The metrics are those by which `AccuracyPredictor` predicts where no selector is given. Accuracies
are bundled already (`build_zoo_bundle.py`).

    python tools/build_zoo_history.py IMAGES_FOLDER TEXT_FOLDER
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from build_zoo_bundle import DATA, LEFT_OUT, ROWS, TARGETS

from skperturb import AccuracyPredictor

COLUMNS = ["task", "family", "model", "metric", "score"]


def scored_rows(folder, family):
    """Return one row per model and metric of a task, with 6 significant digits."""
    target = next(folder / f"{name}.npy" for name in TARGETS if (folder / f"{name}.npy").exists())
    skipped = (*TARGETS, *LEFT_OUT)
    files = sorted(path for path in folder.glob("*.npy") if path.stem not in skipped)
    pool = {path.stem: path for path in files}
    selector = AccuracyPredictor().fit_selector(pool, np.load(target))
    return [
        dict(zip(COLUMNS, (folder.name, family, model, metric, f"{score:.6g}"), strict=True))
        for model, row in zip(selector.names_, selector.scores_, strict=True)
        for metric, score in zip(selector.metric_names_, row, strict=True)
    ]


def main(argv=None):
    """Write the scores and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for pool in ROWS:
        parser.add_argument(pool, type=Path, help="folder with TASK/MODEL.npy and accuracies.json")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write to")
    args = parser.parse_args(argv)

    for pool in ROWS:
        folder = getattr(args, pool)
        records = json.loads((folder / "accuracies.json").read_text(encoding="utf-8"))
        rows = [
            row
            for task in sorted(records)
            for row in scored_rows(folder / task, records[task].get("family", task))
        ]
        path = args.out / f"zoo_{pool}_scores.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{path.name}: {len(rows)} scores, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
