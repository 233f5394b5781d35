"""Build the bundled zoo: features of some rows of one task, and the accuracies of all.

The same zoo gives the same bytes (with the same NumPy and zlib):

    python tools/build_zoo_bundle.py ZOO_FOLDER
"""

import argparse
import json
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "skperturb" / "datasets" / "data"


def bundled_arrays(folder, n_rows):
    """Return labels and features of the first rows of a task, by name."""
    arrays = {"labels": np.load(folder / "labels.npy")[:n_rows]}
    for path in sorted(folder.glob("*.npy")):
        if path.stem != "labels":
            features = np.load(path, mmap_mode="r")[:n_rows]
            arrays[path.stem] = np.ascontiguousarray(features, dtype=np.float16)
    return arrays


def bundled_accuracies(measured):
    """Return classes and accuracies of every task, without what nobody reads."""
    return {
        task: {"classes": record["classes"], "models": record["models"]}
        for task, record in measured.items()
    }


def main(argv=None):
    """Write the two files of the bundle and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zoo", type=Path, help="folder with accuracies.json and TASK/MODEL.npy")
    parser.add_argument("--task", default="trash", help="task whose features are bundled")
    parser.add_argument("--rows", type=int, default=300, help="how many of its first rows")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write to")
    args = parser.parse_args(argv)

    features_path = args.out / f"zoo_{args.task}.npz"
    # savez stamps every member with the same fixed date, so no time gets into the file.
    np.savez_compressed(features_path, **bundled_arrays(args.zoo / args.task, args.rows))
    accuracies_path = args.out / "zoo_accuracies.json"
    measured = json.loads((args.zoo / "accuracies.json").read_text(encoding="utf-8"))
    text = json.dumps(bundled_accuracies(measured), indent=1, sort_keys=True)
    accuracies_path.write_text(text + "\n", encoding="utf-8", newline="\n")
    for path in (features_path, accuracies_path):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
