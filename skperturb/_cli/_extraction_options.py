"""Options of commands that run models over data: `extract`, and `rank` where it does, too."""

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)
_MODELS = "--models"


class ModelsCommand(click.Command):
    """A command whose option --models takes all words up to the next option."""

    def parse_args(self, ctx, args):
        return super().parse_args(ctx, repeat_option(args, _MODELS))


def repeat_option(args, name):
    """Put an option before each of its values: `--models a b` becomes `--models a --models b`."""
    repeated, is_value, is_first = [], False, False
    for arg in args:
        if arg == name:
            is_value = is_first = True
            repeated.append(arg)
            continue
        is_value = is_value and not arg.startswith("-")
        repeated += [name, arg] if is_value and not is_first else [arg]
        is_first = False
    return repeated


class Layers(click.ParamType):
    """ "last", "all" or indices with commas between them."""

    name = "layers"

    def convert(self, value, param, ctx):
        if value in ("last", "all") or not isinstance(value, str):
            return value
        try:
            return tuple(int(index) for index in value.split(","))
        except ValueError:
            return self.fail(
                f"must be last, all, or numbers like 0,6,12, got {value!r}.", param, ctx
            )


def data_options(command):
    """Give a command the options that say what the rows are."""
    return _decorate(command, _DATA)


def model_options(command):
    """Give a command the options that say how models are run."""
    return _decorate(command, _RUN)


def _decorate(command, options):
    for decorate in reversed(options):
        command = decorate(command)
    return command


def _option(name, text, **settings):
    return click.option(name, help=text, **settings)


_DATA = [
    _option(
        _MODELS,
        "Models to run over DATA: timm:NAME, a name or folder of transformers, st:NAME "
        "(sentence-transformers), onnx:FILE, torchvision:NAME; or a .txt file with one a line.",
        multiple=True,
        metavar="NAME...",
    ),
    _option(
        "--out",
        "Folder for the features. Made if need be; what is there is not run again.",
        type=_PATH,
        metavar="DIR",
    ),
    _option("--text", "Column of a table that holds the texts.", metavar="COLUMN"),
    _option("--image", "Column of a table that holds the paths of images.", metavar="COLUMN"),
    _option(
        "--tokens",
        "Column of words, one row for each: its number in a CoNLL file, from 1, or its name in a "
        "Parquet table of lists.",
        metavar="COLUMN",
    ),
    _option(
        "--label",
        "Column of the labels. Folders have them in the names of their sub-folders.",
        metavar="COLUMN",
    ),
    _option(
        "--split",
        "Which part of DATA to take, all for everything. auto takes the training part, where "
        "DATA say which it is.",
        default="auto",
        show_default=True,
        metavar="NAME",
    ),
]

_RUN = [
    _option(
        "--layers",
        "Depths to keep of each model: last, all, or numbers like 0,6,12 or -1.",
        type=Layers(),
        default="last",
        show_default=True,
        metavar="L",
    ),
    _option(
        "--pooling",
        "How the states of a layer become one vector; auto is what suits the model.",
        type=click.Choice(["auto", "mean", "cls", "last"]),
        default="auto",
        show_default=True,
    ),
    _option(
        "--batch-size",
        "Rows that go through a model at once; halved where memory runs out.",
        type=click.IntRange(min=1),
        default=32,
        show_default=True,
    ),
    _option(
        "--device",
        "cpu, cuda, cuda:1, mps; auto takes a GPU where there is one.",
        default="auto",
        show_default=True,
    ),
    _option(
        "--dtype",
        "Precision that models compute in.",
        type=click.Choice(["float32", "float16", "bfloat16"]),
        default="float32",
        show_default=True,
    ),
    _option(
        "--max-length",
        "Tokens of a text that are read.  [default: what each model says]",
        type=click.IntRange(min=1),
        metavar="N",
    ),
    _option(
        "--storage",
        "Type of the numbers in the files.",
        type=click.Choice(["float16", "float32"]),
        default="float16",
        show_default=True,
    ),
    _option("--trust-remote-code", "Run code that comes with a model.", is_flag=True),
    _option(
        "--dry-run",
        "Show rows, classes, models, sizes and times after a first batch, and write nothing.",
        is_flag=True,
    ),
]
