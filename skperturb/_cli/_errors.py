"""Errors that end the command with one line and an exit status, and lines cut from others."""

import click


class WrongUsage(click.ClickException):
    """What was asked for cannot be done: exit status 2."""

    exit_code = 2


class NothingScored(click.ClickException):
    """None of the models could be scored: exit status 1."""

    exit_code = 1


def first_line(reason):
    """Return the line that names the fault; a second one of scikit-learn shows the array."""
    return reason.strip().splitlines()[0].rstrip(":")
