"""Published numbers, read from golden/: what public code returns on the cases there."""

import json
from pathlib import Path

import numpy as np
from golden import cases

_FOLDER = Path(cases.__file__).parent
NAMES = sorted(path.stem for path in _FOLDER.glob("*.json"))


def case(name):
    """Return the inputs of a case: `X`, `y`, `probs` and so on."""
    return cases.get(name)


def record(name):
    """Return everything that is known of a case."""
    return json.loads((_FOLDER / f"{name}.json").read_text())


def published(name, metric, implementation):
    """Return the number that an implementation gives on a case, None if it gave none."""
    for entry in record(name)["values"].get(metric, []):
        if entry["implementation"] == implementation and entry["value"] is not None:
            value = entry["value"]
            return np.array(value, dtype=float) if isinstance(value, list) else float(value)
    return None


def cases_with(metric, implementation):
    """Return the names of the cases on which the implementation gave a finite number."""
    numbers = {name: published(name, metric, implementation) for name in NAMES}
    return [
        name
        for name, number in numbers.items()
        if number is not None and np.all(np.isfinite(number))
    ]
