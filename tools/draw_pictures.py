"""Renew what the first pages show: the command's output, its report in a browser, figures.

python tools/draw_pictures.py    writes README.md, docs/index.rst, and pictures in docs/_static

Needs the extras cli and plot, Pillow, and Chromium on the path.
"""

import re
import runpy
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from skperturb import ModelSelector
from skperturb.datasets import load_zoo
from skperturb.plotting import RankingDisplay

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "docs" / "_static"
PAGES = (ROOT / "README.md", ROOT / "docs" / "index.rst")
SHOWN = re.compile(r"^( *)\$ skperturb (.*) \| head -(\d+)\n(?:.+\n)+?(?=\1```|\n)", re.MULTILINE)
BROWSER = "chromium --headless --no-sandbox --disable-gpu --hide-scrollbars"
_WIDTH, _HEIGHT = 1170, 770


def write_features(folder):
    """Write the bundled pool as the files that the first page ranks."""
    task = load_zoo().tasks[0]
    (folder / "features").mkdir()
    for name, features in task.feature_sets.items():
        np.save(folder / "features" / f"{name}.npy", features)
    names = [task.class_names[code] for code in task.labels]
    (folder / "labels.csv").write_text("\n".join(["class", *names, ""]), encoding="utf-8")


def run_command(folder):
    """Run the command of the first pages, which also writes the report; the lines to show."""
    _, arguments, n_lines = SHOWN.search(PAGES[0].read_text(encoding="utf-8")).groups()
    command = [sys.executable, "-m", "skperturb", *arguments.split()]
    printed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    line = f"$ skperturb {arguments} | head -{n_lines}"
    return [line, *printed.stdout.splitlines()[: int(n_lines)]]


def write_output(page, lines):
    """Write the lines into a page, in the place of those that it has."""
    text = page.read_text(encoding="utf-8")
    shown = SHOWN.search(text)
    block = textwrap.indent("\n".join([*lines, ""]), shown[1])
    page.write_text(text[: shown.start()] + block + text[shown.end() :], encoding="utf-8")


def draw_report(folder, path):
    """Draw the upper part of the report, as a browser shows it."""
    shot = folder / "report.png"
    options = [f"--window-size={_WIDTH},{_HEIGHT}", f"--screenshot={shot}"]
    command = [*BROWSER.split(), *options, (folder / "ranking.html").as_uri()]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    Image.open(shot).convert("RGB").save(path, quality=80, method=6)


def draw_perturbations(path):
    """Draw the figure of the example on Spread and Attract."""
    matplotlib.use("Agg")
    runpy.run_path(str(ROOT / "examples" / "plot_spread_attract.py"))
    shot = path.with_suffix(".png")
    plt.savefig(shot, dpi=110)
    Image.open(shot).convert("RGB").save(path, quality=85, method=6)
    shot.unlink()


def draw_how_sure(path):
    """Draw the bundled pool with intervals, beside its accuracies."""
    task = load_zoo().tasks[0]
    selector = ModelSelector(n_resamples=20).fit(task.feature_sets, task.labels)
    display = RankingDisplay.from_selector(
        selector,
        accuracies=task.finetuned,
        score_name="LogME of 64 components, 95 % interval",
        accuracy_name="fine-tuned accuracy",
    )
    display.ax_.locator_params(axis="x", nbins=4)
    display.figure_.savefig(path, dpi=140, bbox_inches="tight")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write_features(Path(scratch))
        output = run_command(Path(scratch))
        for page in PAGES:
            write_output(page, output)
        draw_report(Path(scratch), STATIC / "report.webp")
    draw_perturbations(STATIC / "perturbations.webp")
    draw_how_sure(STATIC / "how_sure.png")
