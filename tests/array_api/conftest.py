"""Tensors of every library and device that can be had without a GPU, and dispatch switched on."""

import numpy as np
import pytest
import sklearn

from tensors import Place


@pytest.fixture(autouse=True)
def dispatch():
    """Switch scikit-learn's dispatch on, or say why it cannot be."""
    before = sklearn.get_config()["array_api_dispatch"]
    try:
        sklearn.set_config(array_api_dispatch=True)
    except (ImportError, RuntimeError) as error:
        pytest.skip(str(error))
    yield
    sklearn.set_config(array_api_dispatch=before)


@pytest.fixture(params=["torch", "array_api_strict:device1"])
def place(request):
    """Place of tensors; what is on device1 cannot become a NumPy array by accident."""
    library, _, device = request.param.partition(":")
    module = pytest.importorskip(library)
    return Place(module, module.Device(device) if device else None)


@pytest.fixture
def strict():
    """Place of the strictest tensors."""
    module = pytest.importorskip("array_api_strict")
    return Place(module, module.Device("device1"))


@pytest.fixture
def data():
    """Features with weak classes, and their names."""
    rng = np.random.default_rng(0)
    y = np.array(["ant", "bee", "cat"])[np.arange(60) % 3]
    return rng.standard_normal((60, 8)) + (y == "bee")[:, None], y
