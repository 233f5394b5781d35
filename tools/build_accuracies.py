"""Build the bundled table of published accuracies from the full one.

Left out are the large tables of hub models. A -1, "missing" in PARC's, becomes empty.

    python tools/build_accuracies.py FULL.csv
"""

import argparse
import csv
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "skperturb" / "datasets" / "data"
COLUMNS = ["zoo", "regime", "dataset", "model", "accuracy", "source"]
LEFT_OUT = "hf_"


def bundled_rows(rows):
    """Keep the rows of the small pools; refuse what is stated twice."""
    kept = {}
    for row in rows:
        if row["zoo"].startswith(LEFT_OUT):
            continue
        if float(row["accuracy"]) == -1:
            row["accuracy"] = ""
        key = tuple(row[column] for column in COLUMNS[:4])
        if key in kept:
            msg = f"{' / '.join(key)} is stated twice; keep one of the two."
            raise ValueError(msg)
        kept[key] = {column: row[column] for column in COLUMNS}
    return list(kept.values())


def main(argv=None):
    """Write the bundled table and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help=f"CSV with the columns {', '.join(COLUMNS)}")
    parser.add_argument("--out", type=Path, default=DATA / "accuracies.csv", help="file to write")
    args = parser.parse_args(argv)

    with args.table.open(encoding="utf-8", newline="") as file:
        rows = bundled_rows(csv.DictReader(file))
    with args.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{args.out.name}: {len(rows)} accuracies, {args.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
