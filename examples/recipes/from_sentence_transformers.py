"""Features from sentence-transformers: one call.

python from_sentence_transformers.py texts.csv features all-MiniLM-L6-v2 all-mpnet-base-v2

`texts.csv` has the columns `text` and `label`. Pass the texts of the training set only.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer


def main(table, out, *names):
    Path(out).mkdir(exist_ok=True)
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    np.save(Path(out, "labels.npy"), np.array([row["label"] for row in rows]))
    for name in names:
        model = SentenceTransformer(name)
        features = model.encode([row["text"] for row in rows])
        np.save(Path(out, f"{name.replace('/', '--')}.npy"), features)


if __name__ == "__main__":
    main(*sys.argv[1:])
