"""Info: what else is known of models, such as their size, beside how they are ranked."""

import math

from skperturb._cli._errors import WrongUsage
from skperturb._cli._model_table import (
    check_known_models,
    check_named_once,
    parse_number,
    read_model_table,
)


def read_info(path, names):
    """Return `{column: {model: number}}` of a table with a column model and columns of numbers."""
    rows = read_model_table(path, "--info", "information on models")
    check_named_once("--info", path, rows)
    check_known_models("--info", [row["model"] for row in rows], names, path)
    columns = {}
    for column in rows[0]:
        numbers = {row["model"]: parse_number(row[column]) for row in rows}
        # Columns of words, and of nothing, are left where they are.
        is_numbers = column != "model" and None not in numbers.values()
        if is_numbers and not all(map(math.isnan, numbers.values())):
            columns[column] = numbers
    if not columns:
        msg = f"--info needs a column of numbers beside model, {path} has {', '.join(rows[0])}."
        raise WrongUsage(msg)
    return columns
