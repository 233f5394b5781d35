"""What all models of ONNX Runtime have in common; neither PyTorch nor a hub is needed."""

import re
from pathlib import Path

import numpy as np

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction.adapters._base import StatesAdapter

# How exporters name the output that is to be pooled, in order of preference.
_OUTPUTS = ("last_hidden_state", "token_embeddings")
_HIDDEN = re.compile(r"hidden_states?[._]?(\d+)$")
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}


class OnnxAdapter(StatesAdapter):
    """A graph of ONNX Runtime from its file, on arrays that are its input as they are."""

    packages: tuple[str, ...] = ("onnxruntime",)
    modalities: tuple[str, ...] = ("array",)

    def _load(self):
        runtime = import_framework("onnxruntime", f"{self.target!r}")
        self.folder = Path(self.target).parent
        providers = pick_providers(self.settings.device, runtime.get_available_providers())
        self.session = runtime.InferenceSession(str(self.target), providers=providers)
        self.inputs = {each.name: each for each in self.session.get_inputs()}
        self._outputs = self._chosen_outputs([each.name for each in self.session.get_outputs()])

    def _chosen_outputs(self, names):
        """Return the outputs that are layers, the last one last."""
        last = next((name for name in _OUTPUTS if name in names), names[0])
        if self.settings.layers == "last":
            return [last]
        hidden = {int(found[1]): name for name in names if (found := _HIDDEN.search(name))}
        if not hidden:
            msg = (
                f"{self.target!r} shows no outputs called hidden_states.N; leave `layers` at "
                '"last".'
            )
            raise ValueError(msg)
        *before, highest = [hidden[index] for index in sorted(hidden)]
        return [*before, last if last in _OUTPUTS else highest]

    def collate(self, items):
        return {next(iter(self.inputs)): np.stack([np.asarray(item) for item in items])}

    def _states(self, batch):
        return self._run(batch), None

    def _run(self, batch):
        """Run the graph, in parts where its number of rows is fixed."""
        feeds = {name: self._as_input(name, each) for name, each in batch.items()}
        n_rows, fixed = len(next(iter(feeds.values()))), self._fixed_rows()
        if fixed is None:
            return self.session.run(self._outputs, feeds)
        parts = [self._run_part(feeds, start, fixed) for start in range(0, n_rows, fixed)]
        return [np.concatenate(each)[:n_rows] for each in zip(*parts, strict=True)]

    def _run_part(self, feeds, start, fixed):
        """Run `fixed` rows; where there are fewer left, the last one again and again."""
        rows = np.minimum(np.arange(start, start + fixed), len(next(iter(feeds.values()))) - 1)
        return self.session.run(self._outputs, {name: each[rows] for name, each in feeds.items()})

    def _fixed_rows(self):
        first = next(iter(self.inputs.values())).shape[0]
        return first if isinstance(first, int) and first > 0 else None

    def _as_input(self, name, values):
        return np.asarray(values).astype(_TYPES.get(self.inputs[name].type, object), copy=False)


def pick_providers(device, available):
    """Return what ONNX Runtime is to compute with, the processor always last."""
    wanted = [] if device == "cpu" else ["CUDAExecutionProvider"]
    if device not in ("auto", "cpu") and not set(wanted) & set(available):
        msg = f"`device` must be one that ONNX Runtime has here, auto or cpu, got {device!r}."
        raise ValueError(msg)
    return [*(each for each in wanted if each in available), "CPUExecutionProvider"]
