"""The command `skperturb`. It needs click and rich: the extra `cli`."""

import sys

_NEEDED = ("click", "rich")


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
    try:
        from skperturb._cli._app import run
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] not in _NEEDED:
            raise
        sys.stderr.write(
            f"skperturb: error: the command needs {' and '.join(_NEEDED)}; install them with "
            '`pip install "skperturb[cli]"`\n'
        )
        return 2
    return run(sys.argv[1:] if argv is None else list(argv))
