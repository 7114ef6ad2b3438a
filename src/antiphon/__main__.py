"""`antiphon` and `python -m antiphon`."""

import sys

from antiphon.cli import run


def main() -> None:
    """Run the verb named on the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
