"""Settings: how a model is run, checked before anything is loaded."""

import hashlib
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from types import CodeType
from typing import Any

POOLINGS = ("auto", "mean", "cls", "last")
DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Settings:
    """What an adapter needs to know; the parameters of FeatureExtractor, but the model."""

    layers: Any = "last"
    pooling: str = "auto"
    batch_size: int = 32
    device: str = "auto"
    dtype: str = "float32"
    max_length: int | None = None
    prompt: str | None = None
    tokenizer: Any = None
    preprocess: Any = None
    trust_remote_code: bool = False
    random_state: int = 0

    def check(self):
        """Raise for what no model could be run with; return the settings."""
        _check_option("pooling", self.pooling, POOLINGS)
        _check_option("dtype", self.dtype, DTYPES)
        _check_count("batch_size", self.batch_size)
        if self.max_length is not None:
            _check_count("max_length", self.max_length)
        _check_layers(self.layers)
        return self

    def fingerprint(self):
        """Return what the values of the features depend on, as text by name."""
        left_out = ("batch_size", "device")  # they change no more than the rounding
        return {name: _described(each) for name, each in vars(self).items() if name not in left_out}


def settings_of(estimator):
    """Return the parameters of a FeatureExtractor, checked, other than its model."""
    params = estimator.get_params(deep=False)
    del params["model"]
    if isinstance(params["layers"], list | range):
        params["layers"] = tuple(params["layers"])
    return Settings(**params).check()


def _check_option(name, value, options):
    if value not in options:
        msg = f"`{name}` must be one of {', '.join(map(repr, options))}, got {value!r}."
        raise ValueError(msg)


def _check_count(name, value):
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        msg = f"`{name}` must be an integer of at least 1, got {value!r}."
        raise ValueError(msg)


def _check_layers(layers):
    if isinstance(layers, str):
        _check_option("layers", layers, ("last", "all"))
        return
    is_list = isinstance(layers, list | tuple | range) and len(layers) > 0
    if not is_list or not all(isinstance(each, Integral | str) for each in layers):
        msg = f'`layers` must be "last", "all" or a list of indices, got {layers!r}.'
        raise ValueError(msg)


def _described(value):
    """Return a setting as JSON can hold it; of a function also what it does."""
    if hasattr(value, "__qualname__"):
        return describe_function(value)
    return value if isinstance(value, str | int | None) else repr(value)


def describe_function(function):
    """Return what a function is called, wherever it is held in memory, and a digest of its code."""
    if isinstance(function, partial):
        given = sorted(map(repr, function.keywords.items()))
        return [*describe_function(function.func), repr(function.args), given]
    owner = function if hasattr(function, "__qualname__") else type(function)
    code = getattr(function, "__code__", getattr(type(function).__call__, "__code__", None))
    facts = [] if code is None else [*_iter_code(code), *_iter_plain_values(function)]
    digest = hashlib.blake2b("\n".join(facts).encode(), digest_size=8).hexdigest()
    module = getattr(owner, "__module__", "")  # a method of a built-in type has none
    return [f"{module}.{owner.__qualname__}", digest]


def _iter_code(code):
    """Yield the instructions of a function, and the names and constants that they refer to."""
    yield code.co_code.hex()
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _iter_code(constant)
        else:  # the order of a set is another one in every process
            yield repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def _iter_plain_values(function):
    """Yield the numbers and words among what a function was given when it was defined."""
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    for value in (*cells, *(getattr(function, "__defaults__", None) or ())):
        if isinstance(value, str | bytes | int | float | None):
            yield repr(value)
