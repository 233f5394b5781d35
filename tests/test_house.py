"""The house itself: names, tests and imports are where they are said to be."""

import ast
import importlib
import io
import pkgutil
import sys
import tokenize
from pathlib import Path

import pytest

import skperturb

_PACKAGE = Path(skperturb.__file__).parent
_TESTS = Path(__file__).parent
_ROOT = _TESTS.parent
_FILES = sorted(_PACKAGE.rglob("*.py"))
_MOST_LINES = 200  # of code: neither comments nor docstrings
# Each layer may import from the ones before it.
_LAYERS = [
    ["_version", "exceptions"],
    [
        *("_backend", "_cell_sums", "_chunked", "_class_stats", "_memoize"),
        *("_row_subset", "_threads", "_validation"),
    ],
    ["decomposition"],
    ["perturbation"],
    ["metrics"],
    ["evaluation", "datasets"],
    ["selection", "extraction"],
    ["prediction"],
    ["plotting"],
    ["_cli", "__main__"],
]
# `@` of NumPy's arrays calls NumPy's BLAS, the rest of these layers SciPy's: the threads of the
# two wait for each other. Only a backend may choose.
_NUMERICS = (
    *("_cell_sums", "_chunked", "_class_stats", "_row_subset"),
    *("decomposition", "metrics", "perturbation"),
)


def _parts(path):
    return path.relative_to(_PACKAGE).with_suffix("").parts


def _layer_number(module):
    """Number of the layer of a module, by its dotted name."""
    layer = module.split(".")[1] if "." in module else ""
    return next((i for i, layers in enumerate(_LAYERS) if layer in layers), None)


def _public_modules():
    names = [info.name for info in pkgutil.walk_packages([str(_PACKAGE)], "skperturb.")]
    # The layers of a sub-package are its own: their names are not told apart by underscores.
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


def _docstring_lines(tree):
    """Numbers of the lines that docstrings take."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, owners) and ast.get_docstring(node, clean=False) is not None:
            lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def count_code_lines(source):
    """Count the lines that hold code: not blank, no comment, no docstring."""
    no_code = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING}
    no_code |= {tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in no_code:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstring_lines(ast.parse(source)))


def find_matrix_products(source):
    """Return the lines of `@` and `@=` between expressions; decorators are none."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult)
    ]


@pytest.mark.parametrize("path", sorted(_TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_file_has_a_test(path):
    assert "def test_" in path.read_text()


def test_every_test_file_has_a_name_of_its_own():
    names = [path.name for path in _TESTS.rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", _public_modules())
def test_all_lists_the_public_names(name):
    module = importlib.import_module(name)
    if not hasattr(module, "__all__"):  # a module for what is inside its own package
        assert importlib.import_module(name.rpartition(".")[0]).__all__
        return
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


def test_every_module_is_in_a_layer():
    layers = {_parts(path)[0] for path in _FILES} - {"__init__"}
    assert layers <= {layer for layers in _LAYERS for layer in layers}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: "/".join(_parts(path)))
def test_imports_run_downward_and_never_into_private_scikit_learn(path):
    own = "skperturb." + ".".join(_parts(path))
    for module, name in _imports(path):
        if module.split(".")[0] == "sklearn":
            assert not any(part.startswith("_") for part in [*module.split("."), name])
        if module.startswith("skperturb.") and _parts(path) != ("__init__",):
            assert _layer_number(module) <= _layer_number(own), f"{own} imports {module}"
        assert module != "skperturb" or _layer_number(own) == len(_LAYERS) - 1


@pytest.mark.parametrize("path", _FILES, ids=lambda path: "/".join(_parts(path)))
def test_a_file_is_one_idea(path):
    assert count_code_lines(path.read_text(encoding="utf-8")) <= _MOST_LINES


def test_numerics_leave_matrix_products_to_the_backend():
    found = [
        f"{path.relative_to(_ROOT)}:{line}"
        for path in _FILES
        if _parts(path)[0] in _NUMERICS
        for line in find_matrix_products(path.read_text(encoding="utf-8"))
    ]
    assert not found, "`@` of arrays; call the backend's matmul:\n" + "\n".join(found)


def test_code_lines_and_products_are_counted_as_they_are_read():
    source = '"""A docstring\nof two lines."""\n\n# a comment\n@wraps\ndef f(a, b):\n'
    source += '    """One line."""\n    c = """a string\n    of two lines"""\n    a @= b\n'
    source += "    return (\n        a @ b  # a product\n    )\n"
    assert count_code_lines(source) == 8
    assert find_matrix_products(source) == [10, 12]


@pytest.fixture
def architecture(monkeypatch):
    """The script that draws the architecture."""
    monkeypatch.setattr(sys, "path", [str(_ROOT / "tools"), *sys.path])
    return importlib.import_module("draw_architecture")


def test_the_drawing_of_the_architecture_is_up_to_date(architecture):
    drawing = architecture.draw(architecture.read_rooms())
    stale = "run `python tools/draw_architecture.py`"
    assert architecture.DRAWING.read_text(encoding="utf-8") == drawing, stale


def test_the_drawing_has_no_circles(architecture):
    layers = {
        name: architecture.Layer(name, "", frozenset({other})) for name, other in ("ab", "ba")
    }
    with pytest.raises(
        ValueError, match=r"must not import each other in a circle, got a -> b -> a"
    ):
        architecture.sort_layers(layers)


def test_an_arrow_that_others_imply_is_left_out(architecture):
    imports = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set()}
    layers = {name: architecture.Layer(name, "", frozenset(each)) for name, each in imports.items()}
    assert [layer.name for layer in architecture.sort_layers(layers)] == ["top", "middle", "bottom"]
    assert architecture.direct_imports(layers["top"], layers) == ["middle"]
