"""Build the bundled zoo: features of some rows of some tasks, and the accuracies of all.

The same zoos give the same bytes (with the same NumPy and zlib):

    python tools/build_zoo_bundle.py IMAGES_FOLDER TEXT_FOLDER
"""

import argparse
import json
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "skperturb" / "datasets" / "data"
# Tasks whose licence lets features be bundled, and how many of their first rows the wheel bears.
ROWS = {"images": {"trash": 300}, "text": {"sotu_president16": 250, "movie_rating": 250}}
# Encoders whose own licence asks for more than its notice.
LEFT_OUT = ("fasttext_lid176", "spacy_fr_md_tok2vec", "spacy_fr_md_vectors")
# Test images of each task; the text folder records its own.
TEST_ROWS = {"dtd10": 500, "seedlings": 999, "sign": 999, "trash": 999}
TARGETS = ("labels", "targets", "groups")


def bundled_arrays(folder, n_rows):
    """Return target, groups and features of the first rows of a task, by name."""
    arrays = {
        path.stem: np.load(path)[:n_rows]
        for name in TARGETS
        if (path := folder / f"{name}.npy").exists()
    }
    for path in sorted(folder.glob("*.npy")):
        if path.stem not in (*TARGETS, *LEFT_OUT):
            features = np.load(path, mmap_mode="r")[:n_rows]
            arrays[path.stem] = np.ascontiguousarray(features, dtype=np.float16)
    return arrays


def bundled_accuracies(folder):
    """Return classes, test rows and accuracies of every task, without what nobody reads."""
    measured = json.loads((folder / "accuracies.json").read_text(encoding="utf-8"))
    return {
        task: {
            "classes": _class_names(folder / task, record),
            "family": record.get("family", task),
            "n_test": record.get("n_test", TEST_ROWS.get(task)),
            "models": {
                model: each for model, each in record["models"].items() if model not in LEFT_OUT
            },
        }
        for task, record in measured.items()
    }


def _class_names(folder, record):
    """Return the names of the classes in the order of their codes, None without classes."""
    if isinstance(record["classes"], list):
        return record["classes"]
    labels = folder / "labels.npy"
    return np.unique(np.load(labels)).tolist() if labels.exists() else None


def main(argv=None):
    """Write the files of the bundle and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for pool in ROWS:
        parser.add_argument(pool, type=Path, help="folder with accuracies.json, TASK/MODEL.npy")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write to")
    args = parser.parse_args(argv)
    for pool, tasks in ROWS.items():
        folder, paths = getattr(args, pool), [args.out / f"zoo_{pool}_accuracies.json"]
        text = json.dumps(bundled_accuracies(folder), indent=1, sort_keys=True)
        paths[0].write_text(text + "\n", encoding="utf-8", newline="\n")
        for task, n_rows in tasks.items():
            paths.append(args.out / f"zoo_{task}.npz")
            # savez stamps every member with the same fixed date, so no time gets into the file.
            np.savez_compressed(paths[-1], **bundled_arrays(folder / task, n_rows))
        for path in paths:
            print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
