"""Layers: which of a model's depths are asked for, and what their features are called."""

import re

_NUMBERED = re.compile(r"(?P<model>.+)@layer(?P<depth>\d+)", re.DOTALL)


def select_layers(layers, n_states):
    """
    Return the depths asked for as `{key: index}`.

    Parameters
    ----------
    layers : "last", "all" or sequence of int
        Negative indices count from the last.
    n_states : int
        How many depths the model has given. The last of them is its output.

    Returns
    -------
    selected : dict
        The key is the index, or None for a layer that needs no name of its own.
    """
    if layers == "last":
        return {None: n_states - 1}
    if layers == "all":
        return {index: index for index in range(n_states)}
    wrong = [each for each in layers if each not in range(-n_states, n_states)]
    if wrong:
        msg = (
            f"`layers` must be between {-n_states} and {n_states - 1}, the layers that the model "
            f"has, got {', '.join(map(str, wrong))}."
        )
        raise ValueError(msg)
    return {int(index) % n_states: int(index) % n_states for index in layers}


def check_last_only(layers, who):
    """Raise where layers are asked for that a kind of model does not show."""
    if layers != "last":
        msg = f'{who} shows its last layer only: `layers` must be "last", got {layers!r}.'
        raise ValueError(msg)


def layer_name(model, key):
    """Return what the features of a layer are called."""
    if key is None:
        return model
    return f"{model}@layer{key:02d}" if isinstance(key, int) else f"{model}@{key}"


def split_layer_name(name):
    """Return the model and the depth that a name tells, the depth None where it tells none."""
    found = _NUMBERED.fullmatch(name)
    return (found["model"], int(found["depth"])) if found else (name, None)
