"""Names of models: which framework a name asks for, and whether there is such a model."""

import difflib
import importlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction._rows import ROW_WORDS

_PREFIXES = {
    "timm": "timm",
    "st": "sentence_transformers",
    "onnx": "onnx",
    "torchvision": "torchvision",
}
_PACKAGES = {
    "timm": ("torch", "timm"),
    "sentence_transformers": ("torch", "sentence_transformers"),
    "onnx": ("onnxruntime",),
    "torchvision": ("torch", "torchvision"),
    "transformers": ("torch", "transformers"),
    "callable": (),
}
_ADAPTERS = {
    ("timm", "image"): "_timm.TimmAdapter",
    ("torchvision", "image"): "_torchvision.TorchvisionAdapter",
    ("sentence_transformers", "text"): "_sentence_transformers.SentenceTransformersAdapter",
    ("transformers", "text"): "_transformers_text.TextAdapter",
    ("transformers", "words"): "_transformers_words.WordsAdapter",
    ("transformers", "image"): "_transformers_vision.VisionAdapter",
    ("transformers", "audio"): "_transformers_audio.AudioAdapter",
    ("onnx", "text"): "_onnx_text.OnnxTextAdapter",
    ("onnx", "words"): "_onnx_text.OnnxWordsAdapter",
    ("onnx", "image"): "_onnx_vision.OnnxVisionAdapter",
    ("onnx", "array"): "_onnx.OnnxAdapter",
}


class UnknownModelError(LookupError):
    """There is no model of that name: not in the framework, or not in that place."""


@dataclass(frozen=True)
class ModelName:
    """A model and the framework that knows it."""

    framework: str
    target: Any  # the name without its prefix, a path, or a function

    @property
    def short(self):
        """What columns are called after: the name without the places that it lies in."""
        if self.framework == "callable":
            return getattr(self.target, "__name__", type(self.target).__name__)
        return re.split(r"[/\\:]", self.target.rstrip("/"))[-1].removesuffix(".onnx")

    def adapter_class(self, modality):
        """Return the class that runs the model on rows of a modality."""
        if self.framework == "callable":
            return _import_adapter("_callables.CallableAdapter")
        if (self.framework, modality) not in _ADAPTERS:
            takes = [
                ROW_WORDS[kind] for framework, kind in _ADAPTERS if framework == self.framework
            ]
            msg = (
                f"{self.framework} takes {' or '.join(takes)}, and the rows are "
                f"{ROW_WORDS[modality]}: leave {self.target!r} out."
            )
            raise ValueError(msg)
        return _import_adapter(_ADAPTERS[self.framework, modality])


def parse_name(model):
    """
    Return which framework a model asks for.

    Parameters
    ----------
    model : str, path-like or callable
        ``timm:NAME``, ``st:NAME``, ``onnx:FILE``, ``torchvision:NAME``; without a prefix a
        name or folder of transformers, or a folder or file that tells what it is.
    """
    if isinstance(model, os.PathLike):
        model = os.fspath(model)
    if not isinstance(model, str):
        return _named_callable(model)
    prefix, colon, target = model.partition(":")
    if colon and prefix in _PREFIXES:
        return _with_prefix(prefix, target, model)
    if colon and len(prefix) > 1 and os.sep not in prefix and not Path(model).exists():
        msg = (
            f"Model {model!r} has the prefix {prefix!r}; the prefixes are "
            f"{', '.join(map(repr, _PREFIXES))}, and names of transformers have none."
        )
        raise ValueError(msg)
    return _without_prefix(model)


def _named_callable(model):
    if not callable(model):
        msg = f"A model must be a name, a path or a function, got {model!r}."
        raise TypeError(msg)
    return ModelName("callable", model)


def _with_prefix(prefix, target, model):
    if not target:
        msg = f"Model {model!r} has a prefix and no name; write it behind the colon."
        raise ValueError(msg)
    framework = _PREFIXES[prefix]
    if framework == "timm" and Path(target).is_dir():
        target = f"local-dir:{target}"
    return ModelName(framework, target)


def _without_prefix(model):
    if model.lower().endswith(".onnx"):
        return ModelName("onnx", model)
    if model.startswith("timm/"):
        return ModelName("timm", f"hf-hub:{model}")
    if _is_folder_of_timm(Path(model)):
        return ModelName("timm", f"local-dir:{model}")
    return ModelName("transformers", model)


def _is_folder_of_timm(folder):
    """Whether timm has written a folder; its configuration names an architecture of timm."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "architecture" in config and "model_type" not in config


def check_name(name):
    """
    Raise for a model that is known not to exist, or whose framework is not installed.

    What only a download could tell is not known here: it turns up when the model is loaded.
    """
    for package in _PACKAGES[name.framework]:
        import_framework(package, f"{name.target!r}")
    if name.framework == "callable":
        return
    path = local_path(name)
    if path is not None:
        _check_path(name, path)
    elif name.framework == "timm" and ":" not in name.target:
        _check_timm(name.target)
    elif name.framework == "torchvision":
        known = import_framework("torchvision.models", name.target).list_models()
        if name.target not in known:
            raise UnknownModelError(_unknown(name.target, "torchvision", known))


def local_path(name):
    """Return the file or folder that a name stands for, None where it is a name of a hub."""
    target = name.target
    if name.framework == "callable" or name.framework == "torchvision":
        return None
    if name.framework == "timm":
        source, _, folder = target.rpartition(":")
        return Path(folder) if source == "local-dir" else None
    looks_local = re.match(r"[./~\\]|[A-Za-z]:[\\/]", target) or target.count("/") > 1
    is_local = name.framework == "onnx" or looks_local or Path(target).exists()
    return Path(target).expanduser() if is_local else None


def _check_path(name, path):
    wants_file = name.framework == "onnx"
    if not (path.is_file() if wants_file else path.is_dir()):
        msg = f"There is no {'file' if wants_file else 'folder'} {str(path)!r}; correct the path."
        raise UnknownModelError(msg)
    if not wants_file and not any(path.glob("*.json")):
        msg = f"Folder {str(path)!r} holds no config.json, so no model; correct the path."
        raise UnknownModelError(msg)


def _check_timm(target):
    timm = import_framework("timm", target)
    architecture = target.split(".")[0]
    if not timm.is_model(architecture):
        raise UnknownModelError(_unknown(target, "timm", timm.list_models()))
    known = timm.list_pretrained(f"{architecture}*")
    if target not in known and target != architecture:
        raise UnknownModelError(_unknown(target, "timm", known))


def _unknown(target, framework, known):
    near = difflib.get_close_matches(target, known, n=3)
    hint = (
        f"did you mean {', '.join(near)}?" if near else "`skperturb models` lists those there are."
    )
    return f"There is no model {target!r} with weights in {framework}; {hint}"


def _import_adapter(path):
    module, _, name = path.partition(".")
    return getattr(importlib.import_module(f"skperturb.extraction.adapters.{module}"), name)
