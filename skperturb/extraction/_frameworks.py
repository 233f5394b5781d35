"""Frameworks: the packages that models need, imported only when a model asks for one."""

import importlib
from importlib.metadata import PackageNotFoundError, version

# The extra of this package that brings each of them.
_EXTRAS = {
    "datasets": "transformers",
    "onnxruntime": "onnx",
    "PIL": "images",
    "pandas": "tables",
    "pyarrow": "io",
    "sentence_transformers": "sentence-transformers",
    "soundfile": "audio",
    "timm": "timm",
    "tokenizers": "onnx",
    "torch": "transformers",
    "torchvision": "torchvision",
    "transformers": "transformers",
}
_DISTRIBUTIONS = {"PIL": "pillow", "sentence_transformers": "sentence-transformers"}


def import_framework(module, asked_by):
    """
    Import a package that is not a dependency, or say which extra brings it.

    Parameters
    ----------
    module : str
        What to import, as ``timm`` or ``torchvision.models``.
    asked_by : str
        What needs it, for the error.
    """
    package = module.split(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] != package:
            raise  # the package is there, and lacks something itself
        msg = (
            f"{asked_by} needs {_DISTRIBUTIONS.get(package, package)}; "
            f'install it with `pip install "skperturb[{_EXTRAS[package]}]"`.'
        )
        raise ImportError(msg) from error


def framework_versions(packages):
    """Return the versions of installed packages by name; they are not imported for it."""
    versions = {}
    for package in packages:
        try:
            versions[package] = version(_DISTRIBUTIONS.get(package, package))
        except PackageNotFoundError:
            continue
    return versions
