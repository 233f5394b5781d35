"""The command as a whole: its sub-commands, and what becomes of an error."""

from importlib import import_module

import click

from skperturb import __version__
from skperturb._cli import INTERRUPTED, describe_interrupt
from skperturb._cli._errors import NothingScored

_COMMANDS = {
    "demo": "Rank a bundled pool, and say how good the ranking was.",
    "extract": "Run models over data, and keep their features in a folder.",
    "history": "List what a history holds; export, import or seed it.",
    "metrics": "List the metrics: what each measures, takes and returns.",
    "models": "List models that the installed frameworks offer.",
    "rank": "Rank the models of a pool, best first.",
    "record": "Keep the accuracy that a model reached on a task.",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called: its own help needs no scikit-learn."""

    def list_commands(self, ctx):
        return list(_COMMANDS)

    def get_command(self, ctx, cmd_name):
        if cmd_name not in _COMMANDS:
            return None
        return getattr(import_module(f"skperturb._cli._{cmd_name}"), cmd_name)

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=LazyGroup,
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
      skperturb rank photos --models timm:resnet50.a1_in1k facebook/dinov2-small --out features
      skperturb rank features/*.npy --labels labels.npy
      skperturb rank --help
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(args):
    """Run the command with a list of arguments; return its exit status."""
    try:
        # click would end the process itself, with other codes and more than one line.
        status = app.main(args=args, prog_name="skperturb", standalone_mode=False, obj=args)
    except click.ClickException as error:
        click.echo(f"skperturb: error: {_one_line(error)}", err=True)
        return 1 if isinstance(error, NothingScored) else 2
    except click.Abort:
        click.echo(f"skperturb: {describe_interrupt(args)}", err=True)
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _one_line(error):
    """Say what is wrong and, where it is about the arguments, where their help is."""
    message = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} Try `{error.ctx.command_path} --help`."
    return message
