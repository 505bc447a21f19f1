"""Every setting, command and address is documented, and nothing else is."""

import doctest
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from service.api.problems import KINDS
from settings.configuration import PREFIX, Settings
from tests.api.operations import operations
from trialmatch.cli import main

DOCS = Path(__file__).parents[2] / "docs"
CONFIGURATION, API = (DOCS / "configuration.md").read_text(), (DOCS / "api.md").read_text()


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that is no group, by its full name."""
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from leaves(below, f"{name} {word}")
    else:
        yield name, command


COMMANDS = dict(leaves(main, "trialmatch"))


def test_exactly_the_settings_of_the_code_are_documented() -> None:
    documented = set(re.findall(r"^\| `(TRIALMATCH_\w+)`", CONFIGURATION, re.MULTILINE))
    assert documented == {PREFIX + setting.name.upper() for setting in fields(Settings)}


@pytest.mark.parametrize("setting", [setting.name for setting in fields(Settings) if isinstance(setting.default, int)])
def test_a_documented_default_is_the_default_of_the_code(setting: str) -> None:
    assert f"| `{PREFIX}{setting.upper()}` | `{getattr(Settings(), setting)}` |" in CONFIGURATION


def test_every_command_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(trialmatch [a-z -]+?)(?: [\[A-Z-].*)?` \|", CONFIGURATION, re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_json_option_is_documented_with_it(name: str) -> None:
    row = next(line for line in CONFIGURATION.splitlines() if re.match(rf"\| `{name}[` ]", line))
    has_json = any("--json" in option.opts for option in COMMANDS[name].params)
    assert ("--json" in row) == has_json


def test_every_operation_is_documented(subtests: pytest.Subtests) -> None:
    for operation in operations():
        with subtests.test(operation=str(operation)):
            path = re.sub(r"\{\w+_id\}", "{id}", operation.path.removeprefix("/api/v1"))
            assert f"{operation.method} {path}" in API


def test_every_kind_of_problem_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", API, re.MULTILINE)
    assert {kind: int(status) for status, kind in rows} == {kind: status for kind, (status, _) in KINDS.items()}


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/api/v1/docs/", "/api/v1/openapi.json"])
def test_the_open_addresses_are_documented(address: str) -> None:
    assert address in API


PAGES = [
    *sorted(DOCS.glob("*.md")), *(DOCS.parent / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"))
]  # fmt: skip


def test_the_examples_of_the_architecture_page_are_true() -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, attempted = doctest.testfile(str(DOCS / "architecture.md"), module_relative=False, optionflags=flags)
    assert attempted > 10
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`([a-z_]+/[A-Za-z0-9_./-]+)`", page.read_text())
    packages = {path.name for path in DOCS.parent.iterdir() if path.is_dir()}
    paths = [name for name in named if name.split("/")[0] in packages and "..." not in name]
    assert [path for path in paths if not (DOCS.parent / path).exists()] == []
