"""Sphinx configuration: `python -m sphinx -W -b html docs docs/_build/html`."""

import os
import re

# The arrays of the examples are small: on a busy machine more threads than cores wait for each
# other, and the gallery takes ten times as long. Read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx_gallery.directives import imgsgnode
from sphinx_gallery.sorting import ExplicitOrder

import skperturb

project = "skperturb"
author = "The skperturb developers"
project_copyright = author
version = release = skperturb.__version__

extensions = [
    "myst_parser",  # the changelog and CONTRIBUTING.md, included
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",  # a link to the source on every page of the reference
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
source_suffix = ".rst"
exclude_patterns = ["_build"]
suppress_warnings = ["myst.header"]  # an included text starts below the title of its page
templates_path = ["_templates"]
default_role = "literal"
toc_object_entries_show_parents = "hide"

# Links into other projects need their indexes from the network: on request only.
if os.environ.get("SKPERTURB_DOCS_INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "numpy": ("https://numpy.org/doc/stable", None),
        "python": ("https://docs.python.org/3", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
    }

# A link without a target is an error, but to names of other projects, whose indexes are on the
# network; the tags are the bases of MetricTags, which scikit-learn documents under another name.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(collections|joblib|matplotlib|numpy|pandas|scipy|sklearn)\..*"),
    ("py:class", r"(Classifier|Input|Regressor|Target|Transformer)Tags"),
    ("py:obj", r"names|shape"),  # properties, which numpydoc links from the list of attributes
]

# The template in _templates/autosummary lists the methods, numpydoc the attributes.
numpydoc_show_class_members = False

# The order in which the questions come up; what is not listed comes last.
READING_ORDER = [
    "plot_rank_models.py",
    "plot_how_sure.py",
    "plot_fewer_rows.py",
    "plot_classifier.py",
    "plot_spread_attract.py",
    "plot_harder_task.py",
    "plot_metrics_agree.py",
    "plot_noise.py",
    "plot_layers.py",
    "plot_groups.py",
    "plot_regression.py",
    "plot_other_tasks.py",
    "plot_past_tasks.py",
    "*",
]
sphinx_gallery_conf = {
    "within_subsection_order": ExplicitOrder(READING_ORDER),
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "download_all_examples": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
    "show_memory": False,
    "show_signature": False,
    # Examples of a name, at the end of its page of the reference.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("skperturb",),
}

html_theme = "pydata_sphinx_theme"
html_title = f"skperturb {release}"
html_static_path = ["_static"]
html_css_files = ["skperturb.css"]
html_show_sourcelink = False
# The table of metrics needs the width of the page.
_WIDE = ("index", "getting_started", "api", "differs", "contributing", "changelog", "citing")
html_sidebars = {page: [] for page in (*_WIDE, "user_guide/metrics")}
html_sidebars |= {"_modules/**": []}
html_theme_options = {
    "footer_start": ["copyright"],
    "footer_end": [],
    "header_links_before_dropdown": 4,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        "index": [],
        "user_guide/metrics": [],
        "user_guide/study": [],
        "auto_examples/plot_past_tasks": [],
        "auto_examples/plot_rank_models": [],
        "auto_examples/plot_spread_attract": [],
    },
}
html_math_renderer = "mathml"


def as_mathml(node, **options):
    """LaTeX as MathML, mended where docutils reads or writes it in another way than LaTeX."""
    formula = re.sub(r"frac *(\d)(\d)", r"frac{\1}{\2}", node.astext())  # it takes 12 for a number
    mathml = tex2mathml(formula, **options)
    # A norm is as high as its line, and a space follows a logarithm.
    mathml = mathml.replace(">‖<", ' stretchy="false">‖<')
    return mathml.replace("<mi>log</mi>", '<mo form="prefix" rspace="0.17em">log</mo>')


def render_inline_math(translator, node):
    """Write inline LaTeX as MathML, which browsers draw without a script or a network."""
    translator.body.append(as_mathml(node))
    raise nodes.SkipNode


def render_math_block(translator, node):
    """Write a displayed formula as MathML."""
    formula = as_mathml(node, as_block=True)
    translator.body.append(f'<div class="math-block">{formula}</div>\n')
    raise nodes.SkipNode


def wrap_pictures(app, doctree, docname):
    """Put each picture of the gallery into a box that a phone can move sideways."""
    for picture in list(doctree.findall(imgsgnode)):
        box = nodes.container(classes=["sideways"])
        picture.replace_self(box)
        box += picture


def setup(app):
    """Register the MathML writer, and the boxes of the pictures."""
    app.connect("doctree-resolved", wrap_pictures)
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(render_inline_math, None),
        block_renderers=(render_math_block, None),
    )
