"""`skperturb extract`: run models over data, and keep their features in files."""

from pathlib import Path

import click

from skperturb._cli._dry_run import estimate_models
from skperturb._cli._errors import WrongUsage
from skperturb._cli._extraction import read_rows, run_models
from skperturb._cli._extraction_options import ModelsCommand, data_options, model_options
from skperturb._cli._options import SEED, SampleCount
from skperturb._cli._terminal import format_table, print_result


@click.command(
    cls=ModelsCommand,
    short_help="Run models over data, and keep their features.",
    epilog="Exit status: 0 there are features, 1 no model gave any, 2 wrong usage.",
)
@click.argument("data", type=click.Path(path_type=Path))
@data_options
@click.option(
    "--group-column", help="Column of a table that says which rows belong together.", metavar="NAME"
)
@click.option(
    "--max-samples",
    help="Take that many rows, or that share of them (0.2), each class by its share and groups "
    "whole, before any model runs.  [default: all rows]",
    type=SampleCount(),
    metavar="N",
)
@model_options
@click.option(
    "--random-state",
    help="Seed of the rows that are drawn.",
    type=SEED,
    default=0,
    show_default=True,
    metavar="S",
)
@click.option("--quiet", help="Say nothing of the data.", is_flag=True)
def extract(data, **options):
    """Run models over data, one after the other, and keep their features in a folder.

    DATA is a folder of images or recordings with one sub-folder for each class; a .csv, .tsv or
    .parquet table with a column of texts or of paths of images; or a CoNLL file of words. Take
    training rows only. A model that fails does not stop the others. The same command run again,
    also after a crash, runs only what is missing.

    \b
    Examples:
      skperturb extract photos --models timm:resnet50.a1_in1k facebook/dinov2-small --out features
      skperturb extract texts.csv --text text --label topic --models models.txt --out features
      skperturb extract train.conllu --models bert-base-cased --layers all --out features
      skperturb rank features
    """
    if not options["models"]:
        msg = "--models must name at least one model."
        raise WrongUsage(msg)
    rows = read_rows(data, options)
    if options["dry_run"]:
        print_result(estimate_models(rows, options))
        return 0
    print_result(format_extraction(run_models(rows, options)))
    return 0


def format_extraction(found):
    """Return a table of the files that there are now."""
    head = ["model", "features", "type", "MB", "pooling", "file"]
    rows = [
        [
            name,
            str(each["n_features"]),
            each["dtype"],
            f"{found.paths[name].stat().st_size / 1e6:.1f}",
            each["pooling"],
            found.paths[name].name,
        ]
        for model in found.models.values()
        for name, each in model["feature_sets"].items()
    ]
    return format_table([head, *rows], left=(0, 2, 4, 5))
