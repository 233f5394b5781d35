"""What all models of PyTorch have in common: device, precision, seed, inference mode."""

from contextlib import contextmanager

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction.adapters._base import StatesAdapter


def pick_device(device):
    """Return the device that "auto" stands for, or the one that is named."""
    torch = import_framework("torch", "A model of PyTorch")
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@contextmanager
def seeded(seed):
    """Seed what is random while a model is loaded, and leave the caller's generator alone."""
    torch = import_framework("torch", "A model of PyTorch")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


class TorchAdapter(StatesAdapter):
    """A module of PyTorch: loaded with a seed, in evaluation mode, on its device."""

    packages: tuple[str, ...] = ("torch",)

    def _load(self):
        self.torch = import_framework("torch", f"{self.target!r}")
        self.device = pick_device(self.settings.device)
        self.dtype = getattr(self.torch, self.settings.dtype)
        with seeded(self.settings.random_state):
            self.model = self._load_model().eval().to(device=self.device, dtype=self.dtype)
        self._load_processor()

    def _load_model(self):
        """Return the module."""
        raise NotImplementedError

    def _load_processor(self):
        """Load what prepares the input, where there is such a thing."""

    def features(self, batch):
        with self.torch.inference_mode():
            return super().features(self._on_device(batch))

    def _on_device(self, batch):
        """Return a batch on the device, its numbers in the precision of the model."""
        if isinstance(batch, dict):
            return {name: self._on_device(each) for name, each in batch.items()}
        if not hasattr(batch, "to"):  # what is no tensor is for the pooling
            return batch
        batch = batch.to(self.device)
        return batch.to(self.dtype) if batch.is_floating_point() else batch

    def _full_mask(self, states):
        return self.torch.ones(states.shape[:2], device=states.device)

    def _as_float(self, states):
        return states.float()

    def _as_numpy(self, states):
        return states.float().cpu().numpy()
