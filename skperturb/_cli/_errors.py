"""Errors that end the command with one line and an exit status."""

import click


class WrongUsage(click.ClickException):
    """What was asked for cannot be done: exit status 2."""

    exit_code = 2


class NothingScored(click.ClickException):
    """None of the models could be scored: exit status 1."""

    exit_code = 1
