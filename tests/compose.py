"""Reads docker-compose.yml like Compose, for tests that run its commands without Docker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent.parent / "docker-compose.yml"

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:\?|:-)(?P<rest>[^}]*))?\})")


@dataclass(frozen=True)
class ComposeService:
    """A service built from this repository: command, variables, the services it starts after, and health check."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    after: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] | None = None


def read_compose(variables: Mapping[str, str]) -> dict[str, ComposeService]:
    """Return the services that are built from this repository, with these variables substituted.

    Raises: KeyError for a required variable that is not set.
    """
    text = yaml.safe_load(FILE.read_text())
    return {name: _service(name, body, variables) for name, body in text["services"].items() if "build" in body}


def _service(name: str, body: dict[str, Any], variables: Mapping[str, str]) -> ComposeService:
    environment = {key: substitute(str(value), variables) for key, value in body["environment"].items()}
    after = {other: condition["condition"] for other, condition in body.get("depends_on", {}).items()}
    kind, *health = body["healthcheck"]["test"] if "healthcheck" in body else (None,)
    assert kind in ("CMD", None)
    command = tuple(substitute(word, variables) for word in body["command"])
    return ComposeService(name, command, environment, after, tuple(health) or None)


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Substitute variables: `${NAME:?message}` is required, `${NAME:-value}` has a default, `$$` is a dollar."""

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = variables.get(found["name"], "")
        if not given and found["kind"] == ":?":
            raise KeyError(found["name"])
        return given or (found["rest"] if found["kind"] == ":-" else "")

    return _VARIABLE.sub(value, text)
