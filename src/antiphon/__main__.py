"""`antiphon` and `python -m antiphon`."""

import sys

from antiphon.cli import run
from antiphon.cli.logs import log_to_stderr


def main() -> None:
    """Run the verb named on the command line and exit with its code."""
    log_to_stderr()  # here and not in `run`: it is the process's own, and tests run verbs in theirs
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
