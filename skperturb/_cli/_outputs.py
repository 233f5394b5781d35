"""Outputs: whether a file or folder can be written, before any work is done."""

import os
import tempfile
from contextlib import contextmanager

from skperturb._cli._errors import WrongUsage


def check_plot(context, option, path):
    """Return the path of a plot, or refuse one that could not be drawn or written."""
    if path is None:
        return None
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        msg = '--plot needs matplotlib; install it with `pip install "skperturb[plot]"`.'
        raise WrongUsage(msg) from error
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        msg = f"--plot must be a file like ranking.png or ranking.pdf, got {path}."
        raise WrongUsage(msg)
    return _check_file(option, path)


def check_report(context, option, path):
    """Return the path of a report, or refuse one that could not be written."""
    if path is None:
        return None
    if path.suffix.lower() not in (".html", ".htm"):
        msg = f"--report must be a file like report.html, got {path}."
        raise WrongUsage(msg)
    return _check_file(option, path)


def check_memory(path):
    """Return the folder of `--memory`, made if need be, or refuse one that cannot be written."""
    if path is None:
        return None
    try:
        path.mkdir(parents=True, exist_ok=True)
        # Permissions say nothing of a disk that is full or mounted to be read: only a write does.
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        msg = f"--memory must be a folder that can be written, got {path}: {error.strerror}."
        raise WrongUsage(msg) from error


@contextmanager
def explain_write_errors(path):
    """Say in one line where a file cannot be written, although it could have been before."""
    try:
        yield
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}."
        raise WrongUsage(msg) from error


def _check_file(option, path):
    name = option.opts[0]
    if not os.path.isdir(path.parent):
        msg = f"{name} must be in a folder that exists, got {path}."
        raise WrongUsage(msg)
    if os.path.isdir(path) or not os.access(path if os.path.exists(path) else path.parent, os.W_OK):
        msg = f"{name} must be a file that can be written, got {path}."
        raise WrongUsage(msg)
    return path
