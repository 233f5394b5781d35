"""Validation: what a selector is given, checked before any work."""

from collections import Counter
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from skperturb._array_api import on_host
from skperturb._validation import check_integer, check_real, check_seed
from skperturb.selection._scores import metric_task
from skperturb.selection.features.loader import open_features
