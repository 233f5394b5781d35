"""
What a metric of your own needs: the base classes, their tags, the target, and checks.

The contributor guide has a complete metric in one file.
"""

from skperturb._validation import (
    check_boolean,
    check_class_sizes,
    check_fraction_or_option,
    check_integer,
    check_option,
    check_real,
    check_seed,
)
from skperturb.metrics._base import BaseMetric
from skperturb.metrics._pool_base import BasePoolMetric
from skperturb.metrics._tags import (
    MetricTags,
    at_least_zero,
    at_most_zero,
    unbounded,
    unit_interval,
)
from skperturb.metrics._target import Target

__all__ = [
    "BaseMetric",
    "BasePoolMetric",
    "MetricTags",
    "Target",
    "at_least_zero",
    "at_most_zero",
    "check_boolean",
    "check_class_sizes",
    "check_fraction_or_option",
    "check_integer",
    "check_option",
    "check_real",
    "check_seed",
    "unbounded",
    "unit_interval",
]
