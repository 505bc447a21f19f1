"""`python -m trialmatch`: the same as the command `trialmatch`."""

from trialmatch.cli import main

if __name__ == "__main__":
    main(prog_name="trialmatch")
