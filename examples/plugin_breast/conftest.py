"""The package's own tests run where it is installed, which it is not in the project's environment."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("trialmatch_breast") else ["tests"]
