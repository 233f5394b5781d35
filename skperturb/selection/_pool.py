"""Pool: which feature sets there are, and what they are called."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence

_NAMED = 3  # names in a row that a reader still takes in


def named_feature_sets(feature_sets):
    """Return `{name: feature set}` of a mapping or a sequence, in the order given.

    A sequence of `(name, feature set)` pairs keeps its names; any other is numbered.
    """
    if hasattr(feature_sets, "sources"):
        pairs = list(feature_sets.sources().items())
    elif isinstance(feature_sets, Mapping):
        pairs = list(feature_sets.items())
    elif isinstance(feature_sets, Sequence) and not isinstance(feature_sets, str | bytes):
        named = bool(feature_sets) and all(map(_is_named, feature_sets))
        pairs = list(feature_sets) if named else list(enumerate(feature_sets))
    else:
        msg = (
            "`feature_sets` must be a mapping of names to feature sets or a sequence of "
            f"feature sets, got {type(feature_sets).__name__}; put them into a dict or a list."
        )
        raise TypeError(msg)
    if not pairs:
        msg = "`feature_sets` must hold at least 1 feature set, got an empty pool."
        raise ValueError(msg)
    names = [str(name) for name, _ in pairs]
    _check_unique(names)
    return dict(zip(names, (features for _, features in pairs), strict=True))


def absolute_path(source):
    """Return a path as an absolute one: a worker may have started in another folder."""
    return os.path.abspath(source) if isinstance(source, str | os.PathLike) else source


def _is_named(item):
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _check_unique(names):
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = f"Names in `feature_sets` must be unique, got {min(repeated)!r} more than once."
        raise ValueError(msg)


def join_names(names):
    """Say names in a row, the first three where there are many."""
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
