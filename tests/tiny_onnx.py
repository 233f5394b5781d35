"""Tiny graphs for ONNX Runtime, and the files that lie beside them."""

import json

import numpy as np
import pytest

from tiny_models import WORDS

TABLE = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)


def helper():
    """Return what builds graphs, or skip where it or the runtime is not installed."""
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    pytest.importorskip("tokenizers", reason="the extra onnx is not installed")
    return pytest.importorskip("onnx", reason="onnx builds the graphs of these tests").helper


def _save(path, nodes, inputs, outputs, constants=()):
    import onnx

    make = helper()
    tensors = {
        name: make.make_tensor_value_info(name, *spec) for name, spec in (inputs | outputs).items()
    }
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in dict(constants).items()]
    graph = make.make_graph(
        nodes, "g", [tensors[i] for i in inputs], [tensors[o] for o in outputs], weights
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def save_text_graph(path, *, causal=False, batch="n", steps="t"):
    """Write a graph that looks up a vector per token, and in a causal one sums those before."""
    make, kinds = helper(), ("FLOAT", "INT64")
    floating, integer = (getattr(__import__("onnx").TensorProto, kind) for kind in kinds)
    looked = "hidden_states.0"
    nodes = [make.make_node("Gather", ["table", "input_ids"], [looked])]
    last = make.make_node("CumSum", [looked, "axis"], ["last_hidden_state"])
    nodes.append(last if causal else make.make_node("Neg", [looked], ["last_hidden_state"]))
    names = {"input_ids": (integer, [batch, steps]), "attention_mask": (integer, [batch, steps])}
    nodes.append(make.make_node("Identity", ["last_hidden_state"], ["hidden_states.1"]))
    layers = (looked, "hidden_states.1", "last_hidden_state")
    outputs = {name: (floating, [batch, steps, 8]) for name in layers}
    constants = {"table": TABLE} | ({"axis": np.array(1)} if causal else {})
    _save(path, nodes, names, outputs, constants)
    save_tokenizer_file(path.parent)


def save_tokenizer_file(folder):
    """Write a tokenizer.json of a few words."""
    import tokenizers

    vocabulary = {word: code for code, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 16}))
    return tokenizer


def save_image_graph(path, batch="n", config=True):
    """Write a graph that doubles its pixels and gives them as maps."""
    make = helper()
    floating = __import__("onnx").TensorProto.FLOAT
    nodes = [make.make_node("Add", ["pixel_values", "pixel_values"], ["maps"])]
    shape = (floating, [batch, 3, 24, 24])
    _save(path, nodes, {"pixel_values": shape}, {"maps": shape})
    if config:
        settings = {
            "do_resize": True, "size": {"shortest_edge": 32}, "resample": 3,
            "do_center_crop": True, "crop_size": {"height": 24, "width": 24},
            "do_rescale": True, "rescale_factor": 1 / 255,
            "do_normalize": True, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4],
        }  # fmt: skip
        (path.parent / "preprocessor_config.json").write_text(json.dumps(settings))
