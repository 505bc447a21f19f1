"""docker-compose.yml read as Compose reads it, for tests that run its commands without Docker."""

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
    """One service of ours: what it runs, with which variables, after which others, and how its health is asked."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    after: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] | None = None


def read_compose(variables: Mapping[str, str]) -> dict[str, ComposeService]:
    """The services that are built from this repository, with these variables put in.

    Raises: KeyError for a variable that must be set and is not.
    """
    text = yaml.safe_load(FILE.read_text())
    return {name: _service(name, body, variables) for name, body in text["services"].items() if "build" in body}


def _service(name: str, body: dict[str, Any], variables: Mapping[str, str]) -> ComposeService:
    environment = {key: put_in(str(value), variables) for key, value in body["environment"].items()}
    after = {other: condition["condition"] for other, condition in body.get("depends_on", {}).items()}
    kind, *health = body["healthcheck"]["test"] if "healthcheck" in body else (None,)
    assert kind in ("CMD", None)
    command = tuple(put_in(word, variables) for word in body["command"])
    return ComposeService(name, command, environment, after, tuple(health) or None)


def put_in(text: str, variables: Mapping[str, str]) -> str:
    """`${NAME:?message}` must be set, `${NAME:-value}` need not be, `$$` is a dollar."""

    def value(found: re.Match[str]) -> str:
        if found["name"] is None:
            return "$"
        given = variables.get(found["name"], "")
        if not given and found["kind"] == ":?":
            raise KeyError(found["name"])
        return given or (found["rest"] if found["kind"] == ":-" else "")

    return _VARIABLE.sub(value, text)
