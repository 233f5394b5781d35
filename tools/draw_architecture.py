"""Draw the layers of the package and what each imports, as the imports are.

python tools/draw_architecture.py             writes docs/_static/architecture.svg
python tools/draw_architecture.py --check     fails where that file is out of date
"""

import argparse
import ast
import html
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "skperturb"
DRAWING = ROOT / "docs" / "_static" / "architecture.svg"
FOUNDATION = "private modules"  # the private modules at the root, as one

_WIDTH, _BOX, _MARGIN, _GAP = 440, 320, 8, 12
_NAME_SIZE, _WORDS_SIZE, _LINE = 15, 12.5, 16
_COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0f766e", "#a16207")


class Layer(NamedTuple):
    """A part of the package: its name, what its docstring says first, and what it imports."""

    name: str
    words: str
    imports: frozenset


def room_name(parts):
    """Return the layer that a module is in, from its path in the package; None for the root."""
    if not parts or parts == ("__init__",):
        return None
    if parts[0] in ("_cli", "__main__"):
        return "_cli"
    return FOUNDATION if parts[0].startswith("_") or parts[0] == "exceptions" else parts[0]


def read_rooms(package=PACKAGE):
    """Return the layers of the package by name, as its files are."""
    words, imports, founding = {}, {}, set()
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = room_name(parts)
        if name is None:
            continue
        if name == FOUNDATION:
            founding.add(parts[0])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if parts == (name, "__init__"):
            words[name] = _first_sentence(ast.get_docstring(tree) or name)
        imports.setdefault(name, set()).update(_imported_rooms(tree, package.name))
    words[FOUNDATION] = ", ".join(sorted(founding))
    known = {name: each & imports.keys() - {name} for name, each in imports.items()}
    return {name: Layer(name, words[name], frozenset(each)) for name, each in known.items()}


def _first_sentence(docstring):
    """First sentence without the name of the layer before a colon."""
    sentence = docstring.split("\n")[0].split(". ")[0].rstrip(".").replace("`", "")
    return sentence.partition(": ")[2] or sentence


def _imported_rooms(tree, package):
    """Layers that a file names in its imports."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    split = [tuple(module.split(".")) for module in modules]
    return {room_name(parts[1:]) for parts in split if parts[0] == package}


def sort_layers(layers):
    """Return the layers from the top down: each above all that it imports."""
    levels = {}

    def level(name, above=()):
        if name in above:
            msg = (
                f"Layers must not import each other in a circle, got {' -> '.join((*above, name))}."
            )
            raise ValueError(msg)
        if name not in levels:
            below = [level(each, (*above, name)) for each in layers[name].imports]
            levels[name] = 1 + max(below, default=-1)
        return levels[name]

    def place(layer):
        return -level(layer.name), layer.name == FOUNDATION, layer.name

    return sorted(layers.values(), key=place)


def direct_imports(layer, layers):
    """Return what a layer imports, without what it would reach through another anyway."""

    def reach(name):
        return layers[name].imports.union(*map(reach, layers[name].imports))

    implied = frozenset().union(*map(reach, layer.imports))
    return sorted(layer.imports - implied)


def draw(layers):
    """Return the drawing: a box per layer from the top down, an arc per import."""
    ordered = sort_layers(layers)
    lines = {layer.name: textwrap.wrap(layer.words, 46) for layer in ordered}
    heights = {name: 30 + _LINE * len(wrapped) for name, wrapped in lines.items()}
    tops, y = {}, _MARGIN
    for layer in ordered:
        tops[layer.name] = y
        y += heights[layer.name] + _GAP
    middles = {name: top + heights[name] / 2 for name, top in tops.items()}
    parts = [
        _box(layer, tops[layer.name], heights[layer.name], lines[layer.name]) for layer in ordered
    ]
    for i, layer in enumerate(ordered):
        colour = _COLOURS[i % len(_COLOURS)]
        targets = direct_imports(layer, layers)
        parts += [_arc(middles[layer.name] + 4, middles[name] - 6, colour) for name in targets]
    return _page(parts, y - _GAP + _MARGIN)


def _box(layer, top, height, lines):
    parts = [
        f'<rect x="{_MARGIN}" y="{top}" width="{_BOX}" height="{height}" rx="6" '
        'fill="#eff6ff" stroke="#3b82f6"/>',
        f'<text x="{_MARGIN + 12}" y="{top + 21}" font-family="ui-monospace, monospace" '
        f'font-size="{_NAME_SIZE}" font-weight="600" fill="#0f172a">{layer.name}</text>',
    ]
    for i, line in enumerate(lines):
        y = top + 21 + _LINE * (i + 1)
        parts.append(
            f'<text x="{_MARGIN + 12}" y="{y}" font-size="{_WORDS_SIZE}" fill="#334155">'
            f"{html.escape(line)}</text>"
        )
    return "\n  ".join(parts)


def _arc(start, stop, colour):
    """An arrow down the right-hand side, further out the further it reaches."""
    edge = _MARGIN + _BOX
    out = min(edge + 16 + 0.3 * (stop - start), 2 * _WIDTH - edge - 2 * _MARGIN)
    return (
        f'<path d="M{edge} {start:g} C{out:g} {start:g} {out:g} {stop:g} {edge + 7} {stop:g}" '
        f'fill="none" stroke="{colour}" stroke-width="1.6"/>\n  '
        f'<path d="M{edge + 1} {stop:g} l8 -4.5 v9 z" fill="{colour}"/>'
    )


def _page(parts, height):
    body = "\n  ".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" '
        f'width="{1.4 * _WIDTH:g}" font-family="system-ui, sans-serif" role="img" '
        'aria-label="The layers of the package from the top down, with arrows to what each '
        'imports">\n'
        f'  <rect width="{_WIDTH}" height="{height:g}" fill="#ffffff"/>\n  {body}\n</svg>\n'
    )


def main():
    """Write the drawing, or compare the one that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    drawing = draw(read_rooms())
    if not parser.parse_args().check:
        DRAWING.write_text(drawing, encoding="utf-8")
    elif DRAWING.read_text(encoding="utf-8") != drawing:
        parser.error(f"{DRAWING.name} must show the imports as they are; run this without --check.")


if __name__ == "__main__":
    main()
