"""Terminal: the result to stdout, all that is said about it to stderr."""

import io
import os
import sys
from itertools import accumulate

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skperturb._cli._errors import WrongUsage

_N_KEPT = 3  # columns that are shown whatever the width: rank, model and what ranks them
_COLOURS = {"failed": "red", "warning": "yellow"}


def print_result(text):
    """Write to stdout. A reader that has left, as `head` does, had what it wanted."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name may have letters that it cannot write
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        click.echo(text)
    except OSError as error:
        # What is still buffered must not fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            msg = f"cannot write the result: {error.strerror}."
            raise WrongUsage(msg) from error


def say(kind, text):
    """Write one line to stderr, its kind in front and, on a terminal, in colour."""
    line = printable(" ".join(text.split()))
    click.echo(f"{click.style(kind, fg=_COLOURS.get(kind), bold=True)}: {line}", err=True)


def printable(text):
    """Replace what a terminal would take for a command or cannot show."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def format_table(rows, left=(0,)):
    """Lay out rows, the first of them the head: for the terminal where stdout is one."""
    rows = [[printable(cell) for cell in row] for row in rows]
    if not stdout_is_terminal():
        return align_columns(rows, left)
    # Into a text, as wide as the terminal that it is for.
    console = Console(file=io.StringIO(), force_terminal=True, width=Console().width)
    with console.capture() as captured:
        console.print(_draw_table(rows, left, console.width))
    return captured.get().rstrip("\n")


def stdout_is_terminal():
    """Whether a person reads what is printed."""
    return sys.stdout is not None and sys.stdout.isatty()


def align_columns(rows, left=(0,)):
    """Align columns, those in `left` to the left, the others to the right; a line below."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_pad_cells(row, widths, left)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _pad_cells(row, widths, left):
    return [
        cell.ljust(width) if i in left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _draw_table(rows, left, width):
    """Let rich draw the columns for which there is room, those on the left first."""
    n_shown = max(_count_fitting(rows, width - 2), _N_KEPT)
    hidden = ", ".join(rows[0][n_shown:])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for i, head in enumerate(rows[0][:n_shown]):
        table.add_column(
            Text(head),
            justify="left" if i in left else "right",
            no_wrap=i not in left,
            overflow="fold",
        )
    for row in rows[1:]:
        table.add_row(*map(Text, row[:n_shown]))
    if hidden:
        table.caption = f"No room for {hidden}: widen the terminal, or see --format csv."
        table.caption_justify = "left"
    return table


def _count_fitting(rows, width):
    """Return how many columns fit, with two spaces between them."""
    widths = [max(map(cell_len, column)) + 2 for column in zip(*rows, strict=True)]
    return sum(right - 2 <= width for right in accumulate(widths))
