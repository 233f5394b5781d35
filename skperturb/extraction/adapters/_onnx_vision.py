"""Images by ONNX Runtime, prepared as the file beside the graph says."""

import json

import numpy as np

from skperturb.extraction._image_processing import ImageProcessor
from skperturb.extraction.adapters._onnx import OnnxAdapter

_CONFIG = "preprocessor_config.json"


class OnnxVisionAdapter(OnnxAdapter):
    """A graph that takes pixels."""

    modalities = ("image",)

    def _load(self):
        super()._load()
        if self._prepare is None:
            self._prepare = self._processor_beside()

    def _processor_beside(self):
        """Return the preprocessing that lies beside the graph or one folder up."""
        for folder in (self.folder, self.folder.parent):
            if (folder / _CONFIG).is_file():
                return ImageProcessor(json.loads((folder / _CONFIG).read_text("utf-8")))
        msg = (
            f"A graph for images needs {_CONFIG} beside it, and there is none in "
            f"{str(self.folder)!r}; put it there, or give `preprocess`, a function from an "
            "image of Pillow to an array."
        )
        raise FileNotFoundError(msg)

    def collate(self, items):
        return {next(iter(self.inputs)): np.stack([np.asarray(item) for item in items])}
