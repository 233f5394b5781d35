"""Judge predictions on tasks that are left out, and write tables and a picture.

    python -m study.prediction IMAGES TEXTS [--out study/prediction] [--docs docs]

IMAGES and TEXTS are folders as `study/prediction/folders.py` reads them.
"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
from joblib import Memory

from study.prediction.alternatives import taus_of_models, taus_of_sets
from study.prediction.folders import load_truths
from study.prediction.measures import (
    calibration,
    interval_over_families,
    learning_curve,
    orders,
    regret_curves,
    strangers,
)
from study.prediction.picture import draw_regrets

_KNOWN = (0, 1, 3)
_N_TRIALS = 8


def main():
    """Write one table per question, and the picture of the regrets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder with fine-tuned and probed accuracies")
    parser.add_argument("texts", type=Path, help="folder with probed accuracies and families")
    parser.add_argument("--out", type=Path, default=Path("study/prediction/results"))
    parser.add_argument("--docs", type=Path, help="the docs folder whose tables to renew")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    memory = Memory(given.out / "cache", verbose=0)
    regimes = {"fine-tuned": "finetune", "linear probe": "linear_probe"}
    truths = load_truths(given.images, "images", regimes, memory)
    truths += load_truths(given.texts, "text", {"linear probe": "linear_probe"}, memory)
    folders = [given.out, *([given.docs / "user_guide" / "study"] if given.docs else [])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is missing; every table shows what is there
        for name, rows in tables(truths).items():
            for folder in folders:
                write_csv(folder / f"prediction_{name}.csv", rows)
        curves = {truth.title: regret_curves(truth, _N_TRIALS) for truth in truths}
    for folder in [given.out, *([given.docs / "_static"] if given.docs else [])]:
        draw_regrets(curves, folder / "study_prediction_regret.png")


def tables(truths):
    """Return the rows of each table, the head first."""
    return {
        "orders": order_rows(truths),
        "calibration": calibration_rows(truths),
        "learning": learning_rows(truths),
        "alternatives": alternative_rows(truths),
        "strangers": stranger_rows(truths),
    }


def order_rows(truths):
    """Return mean tau with its interval over families, and regrets at 1, 2, 3 in points."""
    rows = [["truth", "ordered by", "tau", "95 %", "regret at 1", "at 2", "at 3"]]
    for truth in truths:
        for title, values in orders(truth).items():
            low, high = interval_over_families(truth, values[:, 0])
            tau, *regrets = values.mean(axis=0)
            shown = [f"{each:.1f}" for each in regrets]
            rows.append([truth.title, title, f"{tau:.2f}", f"{low:.2f} to {high:.2f}", *shown])
    return rows


def calibration_rows(truths):
    """Return what becomes of intervals, errors and order as models are measured."""
    rows = [["truth", "measured", "in 50 %", "in 95 %", "error", "P(best) of the best", "tau"]]
    for truth in truths:
        for n_known in _KNOWN:
            inside, wide, error, best, tau = np.nanmean(calibration(truth, n_known), axis=0)
            shown = [f"{inside:.2f}", f"{wide:.2f}", f"{error:.1f}", f"{best:.2f}", f"{tau:.2f}"]
            rows.append([truth.title, n_known, *shown])
    return rows


def learning_rows(truths):
    """Return mean tau by number of past tasks."""
    rows = [["truth", "past tasks", "history alone", "metrics alone", "both"]]
    for truth in truths:
        for n_tasks, taus in learning_curve(truth).items():
            rows.append([truth.title, n_tasks, *(f"{tau:.2f}" for tau in taus)])
    return rows


def alternative_rows(truths):
    """Return mean tau with other metrics, and with other models."""
    found = [taus_of_sets(truth) | taus_of_models(truth) for truth in truths]
    rows = [["", *(truth.title for truth in truths)]]
    rows += [[title, *(f"{each[title].mean():.2f}" for each in found)] for title in found[0]]
    return rows


def stranger_rows(truths):
    """Return error in points and share inside 95 % of models, with and without their history."""
    rows = [["truth", "error", "in 95 %", "without its history", "in 95 %"]]
    for truth in truths:
        error, inside, other, outside = strangers(truth).mean(axis=0)
        rows.append(
            [truth.title, f"{error:.1f}", f"{inside:.2f}", f"{other:.1f}", f"{outside:.2f}"]
        )
    return rows


def write_csv(path, rows):
    """Write rows to a file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
