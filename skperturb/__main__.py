"""Run the command: ``python -m skperturb``."""

import sys

from skperturb._cli import main

if __name__ == "__main__":
    sys.exit(main())
