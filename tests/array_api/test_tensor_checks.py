"""scikit-learn's own checks of the array API, on every estimator with the tag."""

import pytest
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from discovery import METRICS, PERTURBATIONS
from skperturb import CappedPCA

_TAKERS = [
    each
    for each in [*PERTURBATIONS, *METRICS, CappedPCA(n_components=2)]
    if get_tags(each).array_api_support
]


def _name(check):
    keywords = getattr(check, "keywords", {})
    return "-".join([getattr(check, "func", check).__name__, *map(str, keywords.values())])


_CHECKS = [
    pytest.param(estimator, check, id=f"{estimator}-{_name(check)}")
    for each in _TAKERS
    for estimator, check in estimator_checks_generator(each)
    if "array_api" in _name(check)
]


@pytest.mark.skipif(
    not hasattr(estimator_checks, "check_array_api_same_namespace"),
    reason="scikit-learn before 1.9 asks for `classes_` as a tensor, which words cannot be",
)
@pytest.mark.parametrize(("estimator", "check"), _CHECKS)
def test_scikit_learns_checks_of_tensors_pass(estimator, check):
    check(estimator)
