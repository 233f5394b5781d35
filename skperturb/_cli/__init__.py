"""The command `skperturb`. It needs click and rich: the extra `cli`."""

import sys
from importlib.util import find_spec

_NEEDED = ("click", "rich")
INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C stopped


def main(argv=None):
    """
    Run the command.

    Parameters
    ----------
    argv : list of str or None, default=None
        The arguments. None takes those of the command line.

    Returns
    -------
    status : int
        The exit status: 0, 1 where nothing could be scored, 2 for wrong usage.
    """
    args = sys.argv[1:] if argv is None else list(argv)
    if not all(map(find_spec, _NEEDED)):
        sys.stderr.write(
            f"skperturb: error: the command needs {' and '.join(_NEEDED)}; install them with "
            '`pip install "skperturb[cli]"`\n'
        )
        return 2
    try:
        # Imported here, so that Ctrl-C while it loads is answered like any other.
        from skperturb._cli._app import run

        return run(args)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nskperturb: {describe_interrupt(args)}\n")
        return INTERRUPTED


def describe_interrupt(args):
    """Say what an interrupted command leaves behind, and how to go on."""
    if args[:1] != ["rank"]:
        return "interrupted."
    if any(each.split("=")[0] == "--memory" for each in args):
        return "interrupted; the same command goes on where it stopped."
    return "interrupted; with --memory DIR, the same command goes on where it stopped."
