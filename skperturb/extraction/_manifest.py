"""Manifest: what lies in a folder of features, and what it was made of."""

import hashlib
import json
from pathlib import Path

import numpy as np

from skperturb.extraction._frameworks import framework_versions
from skperturb.extraction._names import local_path
from skperturb.extraction._settings import describe_function
from skperturb.extraction._writing import write_text

MANIFEST = "manifest.json"
_FORMAT = 1


class Manifest:
    """
    The manifest of a folder.

    Parameters
    ----------
    folder : Path
        Where the features are.
    content : dict
        ``rows`` (their digest, number and modality), ``models`` (how each was run, with its
        feature sets) and ``failures``.
    """

    def __init__(self, folder, content):
        self.folder, self.content = Path(folder), content

    @property
    def models(self):
        """How each model was run, by name."""
        return self.content["models"]

    def is_finished(self, name, fingerprint):
        """Whether a model has been run just so, and its files are there."""
        model = self.models.get(name)
        if model is None or model["fingerprint"] != fingerprint:
            return False
        return all(self._is_whole(each) for each in model["feature_sets"].values())

    def _is_whole(self, feature_set):
        try:
            array = np.lib.format.open_memmap(self.path_of(feature_set), mode="r")
        except (OSError, ValueError):
            return False
        return array.shape == (self.content["rows"]["n_rows"], feature_set["n_features"])

    def path_of(self, feature_set):
        """Return the file of a feature set; always in this folder, whatever the manifest says."""
        return self.folder / Path(feature_set["file"]).name

    def stems(self, but):
        """Return the names of the files of all models but one, without their suffix."""
        others = (model for name, model in self.models.items() if name != but)
        return [each["stem"] for each in others]

    def record(self, name, model):
        """Add a model that has been run, and write the manifest."""
        self._update(lambda content: content["models"].update({name: model}), name)

    def record_failure(self, name, failure):
        """Add a model that failed, and write the manifest."""
        self._update(lambda content: None, name)
        self.content["failures"][name] = failure
        self._write()

    def _update(self, change, name):
        """Change what is on disk, which another process may have added to."""
        self.content = (read_manifest(self.folder) or self).content
        self.content["failures"].pop(name, None)
        change(self.content)
        self._write()

    def _write(self):
        write_text(self.folder / MANIFEST, json.dumps(self.content, indent=1) + "\n")


def open_manifest(folder, rows):
    """
    Return the manifest of a folder, a new one where there is none.

    Parameters
    ----------
    folder : Path
        Where the features are or will be.
    rows : dict
        ``digest``, ``n_rows`` and ``modality``. A folder with features of other rows is
        refused.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return Manifest(folder, {"format": _FORMAT, "rows": rows, "models": {}, "failures": {}})
    found = manifest.content["rows"]
    if found["digest"] != rows["digest"]:
        msg = (
            f"`out` must be a folder for these {rows['n_rows']} rows, but {str(folder)!r} holds "
            f"features of {found['n_rows']} others; name another folder, or remove it."
        )
        raise ValueError(msg)
    return manifest


def read_manifest(folder):
    """Return the manifest of a folder, None where there is none."""
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
        known = {"format", "rows", "models", "failures"} <= set(content)
    except (ValueError, TypeError):
        known = False
    if not known or content["format"] != _FORMAT:
        msg = f"{str(path)!r} is no manifest that can be read; extract into another folder."
        raise ValueError(msg)
    return Manifest(folder, content)


def fingerprint(rows_digest, name, settings, adapter_class, storage):
    """Return a hash of all that the features of a model depend on."""
    facts = {
        "rows": rows_digest,
        "framework": name.framework,
        "model": identify_model(name),
        "settings": settings.fingerprint(),
        "storage": storage,
        "versions": framework_versions(adapter_class.packages),
    }
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


def identify_model(name):
    """Return what tells a model from another: its name, its files, or its code."""
    if name.framework == "callable":
        return describe_function(name.target)
    path = local_path(name)
    if path is None:
        return name.target
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    stats = [(each.name, each.stat()) for each in files if each.is_file()]
    return [[file, stat.st_size, stat.st_mtime_ns] for file, stat in stats]
