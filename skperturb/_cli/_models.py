"""`skperturb models`: list the models that the installed frameworks offer by name."""

import fnmatch
import importlib.util

import click

from skperturb._cli._errors import WrongUsage
from skperturb._cli._terminal import print_result, say


@click.command(short_help="List models that there are, by a pattern.")
@click.argument("pattern", default="*")
def models(pattern):
    """List the models that the installed frameworks offer, and those of a hub that are on disk.

    PATTERN is part of a name, or has * and ? in it. Every line is a name as --models takes it, so
    that the list can be cut down and kept in a file.

    \b
    Examples:
      skperturb models resnet50
      skperturb models "timm:*dino*" > models.txt
    """
    if not any(char in pattern for char in "*?["):
        pattern = f"*{pattern}*"
    names = [name for name in list_names() if fnmatch.fnmatchcase(name.lower(), pattern.lower())]
    if not names:
        msg = (
            f"no model matches {pattern!r}; installed: {', '.join(_installed()) or 'no framework'}."
        )
        raise WrongUsage(msg)
    print_result("\n".join(names))
    say("models", f"{len(names):,}.")


def list_names():
    """Return all names, framework by framework."""
    return [name for list_of in _LISTS.values() for name in list_of()]


def _installed():
    return [name for name in _LISTS if importlib.util.find_spec(name)]


def _timm_names():
    if not importlib.util.find_spec("timm"):
        return []
    import timm

    return [f"timm:{name}" for name in timm.list_pretrained()]


def _torchvision_names():
    if not importlib.util.find_spec("torchvision"):
        return []
    from torchvision import models as zoo

    return [f"torchvision:{name}" for name in zoo.list_models(module=zoo)]


def _hub_names():
    """Return the models of the hub that have been downloaded."""
    if not importlib.util.find_spec("huggingface_hub"):
        return []
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return []
    return sorted(repo.repo_id for repo in repos if repo.repo_type == "model")


_LISTS = {"timm": _timm_names, "torchvision": _torchvision_names, "huggingface_hub": _hub_names}
