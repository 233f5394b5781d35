"""The command as a whole: its sub-commands, and what becomes of an error."""

import click

from skperturb import __version__
from skperturb._cli._demo import demo
from skperturb._cli._errors import NothingScored
from skperturb._cli._metrics import metrics
from skperturb._cli._rank import rank

_WHEN_INTERRUPTED = "interrupted; with --cache, the same command goes on where it stopped."
_INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C stopped


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="skperturb", message="%(prog)s %(version)s")
@click.pass_context
def app(context):
    """Rank pre-trained models for your data, from the features that each computed of it.

    Each model has turned the same labelled samples into a matrix, one row per sample. A
    transferability metric scores each matrix against the labels in seconds, without training a
    model, and the models are ranked by their scores.

    \b
    Examples:
      skperturb demo
      skperturb rank features/*.npy --labels labels.npy
      skperturb rank --help
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for each in (rank, metrics, demo):
    app.add_command(each)


def run(args):
    """Run the command with a list of arguments; return its exit status."""
    try:
        status = app.main(args=args, prog_name="skperturb", standalone_mode=False, obj=args)
    except click.ClickException as error:
        click.echo(f"skperturb: error: {_one_line(error)}", err=True)
        return 1 if isinstance(error, NothingScored) else 2
    except click.Abort:
        click.echo(f"skperturb: {_WHEN_INTERRUPTED}", err=True)
        return _INTERRUPTED
    return status if isinstance(status, int) else 0


def _one_line(error):
    """Say what is wrong and, where it is about the arguments, where their help is."""
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} Try `{error.ctx.command_path} --help`."
    return message
