"""`python -m trialmatch` and the command `trialmatch`."""

import sys

from trialmatch.extras import MissingExtra, naming_extra


def main() -> None:
    """Run the command line, or name the extra to install where it is missing."""
    try:
        with naming_extra("The command line"):
            from trialmatch.cli import main as run
    except MissingExtra as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    run(prog_name="trialmatch")


if __name__ == "__main__":
    main()
