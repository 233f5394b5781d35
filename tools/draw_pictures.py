"""Draw the pictures of the first pages: a report in a browser, and the perturbations.

python tools/draw_pictures.py    writes docs/_static/report.webp and docs/_static/perturbations.webp

Needs the extras cli and plot, Pillow, and Chromium on the path.
"""

import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from skperturb.datasets import load_zoo

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "docs" / "_static"
RANK = "rank features --labels labels.csv --resamples 60 --report ranking.html --quiet"
_WIDTH, _HEIGHT = 1170, 770
_BROWSER = "chromium --headless --no-sandbox --disable-gpu --hide-scrollbars"


def write_features(folder):
    """Write the bundled pool as the files that the first page ranks."""
    task = load_zoo().tasks[0]
    (folder / "features").mkdir()
    for name, features in task.feature_sets.items():
        np.save(folder / "features" / f"{name}.npy", features)
    names = [task.class_names[code] for code in task.labels]
    (folder / "labels.csv").write_text("\n".join(["class", *names, ""]), encoding="utf-8")


def draw_report(folder, path):
    """Draw the upper part of the report, as a browser shows it."""
    write_features(folder)
    subprocess.run(
        [sys.executable, "-m", "skperturb", *RANK.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    shot = folder / "report.png"
    options = [f"--window-size={_WIDTH},{_HEIGHT}", f"--screenshot={shot}"]
    page = (folder / "ranking.html").as_uri()
    subprocess.run([*_BROWSER.split(), *options, page], check=True, stderr=subprocess.DEVNULL)
    Image.open(shot).convert("RGB").save(path, quality=80, method=6)


def draw_perturbations(path):
    """Draw the figure of the example on Spread and Attract."""
    matplotlib.use("Agg")
    runpy.run_path(str(ROOT / "examples" / "plot_spread_attract.py"))
    plt.savefig(path.with_suffix(".png"), dpi=110)
    Image.open(path.with_suffix(".png")).convert("RGB").save(path, quality=85, method=6)
    path.with_suffix(".png").unlink()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        draw_report(Path(scratch), STATIC / "report.webp")
    draw_perturbations(STATIC / "perturbations.webp")
