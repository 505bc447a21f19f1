"""Skips the tests of the package where it is not installed, as in the environment of the project."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("trialmatch_breast") else ["tests"]
