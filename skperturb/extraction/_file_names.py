"""File names: names of models hold slashes and colons, names of files must not."""

import hashlib
import re

_LONGEST = 120  # characters; file systems take 255 bytes, and a suffix follows


def safe_file_name(name, label, taken=()):
    """
    Return a name that any file system takes, without a suffix.

    Parameters
    ----------
    name : str
        What the file should be called, such as ``timm:resnet50``.
    label : str
        What tells it from others that should be called the same.
    taken : collection of str
        Names that other files have; capital letters make no difference to some systems.
    """
    safe = re.sub(r"[^\w.@+=-]+", "--", name, flags=re.ASCII).strip("-.") or "model"
    if len(safe) <= _LONGEST and safe.casefold() not in {each.casefold() for each in taken}:
        return safe
    digest = hashlib.blake2b(label.encode(), digest_size=4).hexdigest()
    return f"{safe[:_LONGEST]}-{digest}"
