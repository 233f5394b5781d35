"""The house itself: names, tests and imports are where they are said to be."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import skperturb

_PACKAGE = Path(skperturb.__file__).parent
_TESTS = Path(__file__).parent
# Each room may import from the ones before it.
_FLOORS = [
    [
        *("_array_api", "_blocks", "_centred", "_classes", "_shared", "_validation", "_version"),
        *("_tensor_rows", "_tensor_classes"),
    ],
    ["perturbation"],
    ["metrics"],
    ["evaluation", "selection", "datasets"],
    ["extraction"],
    ["plotting"],
    ["_cli", "__main__"],
]


def _floor(module):
    room = module.split(".")[1] if "." in module else ""
    return next((i for i, rooms in enumerate(_FLOORS) if room in rooms), None)


def _public_modules():
    names = [info.name for info in pkgutil.walk_packages([str(_PACKAGE)], "skperturb.")]
    # The rooms of a sub-package are its own: their names are not told apart by underscores.
    public = [name for name in names if name.count(".") == 1 and "_" not in name]
    return ["skperturb", *public]


def _imports(path):
    """Return what a file imports, as pairs of module and name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            found += [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
    return found


@pytest.mark.parametrize("path", sorted(_TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_file_has_a_test(path):
    assert "def test_" in path.read_text()


@pytest.mark.parametrize("name", _public_modules())
def test_all_lists_the_public_names(name):
    module = importlib.import_module(name)
    found = {
        own
        for own, each in ((own, getattr(module, own)) for own in dir(module))
        if not own.startswith("_") and getattr(each, "__module__", "").startswith("skperturb")
    }
    assert set(module.__all__) == found
    for public in module.__all__:
        assert getattr(module, public).__doc__


def test_the_package_has_no_other_names():
    with pytest.raises(AttributeError, match="module 'skperturb' has no attribute 'Spred'"):
        getattr(skperturb, "Spr" + "ed")
    assert {*skperturb.__all__, "metrics", "plotting"} <= set(dir(skperturb))


@pytest.mark.parametrize("path", sorted(_PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_run_downward_and_never_into_private_scikit_learn(path):
    own = "skperturb." + ".".join(path.relative_to(_PACKAGE).with_suffix("").parts)
    for module, name in _imports(path):
        if module.split(".")[0] == "sklearn":
            assert not any(part.startswith("_") for part in [*module.split("."), name])
        if module.startswith("skperturb.") and path.name != "__init__.py":
            assert _floor(module) <= _floor(own), f"{own} imports {module}"
        assert module != "skperturb" or _floor(own) == len(_FLOORS) - 1


@pytest.mark.parametrize("path", sorted(_PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_file_is_one_room(path):
    assert len(path.read_text().splitlines()) <= 250
