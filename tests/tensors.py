"""Places of tensors, and the way to them and back that the tests take."""

from typing import Any, NamedTuple

import numpy as np


class Place(NamedTuple):
    """A library of tensors, and one of its devices."""

    library: Any
    device: Any

    def tensor(self, array):
        """Return a NumPy array as a tensor, a copy so that writing to it is seen."""
        return self.library.asarray(np.array(array), device=self.device, copy=True)

    def holds(self, array):
        """Whether an array is a tensor of this library on this device."""
        here = self.tensor(np.zeros(1))
        return type(array) is type(here) and array.device == here.device


def values(tensor):
    """Values of a tensor anywhere, as a NumPy array."""
    return np.array(np.from_dlpack(tensor))
