"""Where matplotlib comes in: only when something is drawn."""


def pyplot():
    """Return matplotlib.pyplot, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        msg = "A display needs matplotlib; install it with `pip install skperturb[plot]`."
        raise ImportError(msg) from error
    return plt
