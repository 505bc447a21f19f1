"""`trialmatch keys` and `migrate`: a key is shown once, gives access to its site, and can be revoked."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import Database, open_database
from storage.sites import find_key
from storage.trials import current_trials
from trialmatch.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line with a data folder of its own."""
    monkeypatch.setenv("TRIALMATCH_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def migrated(run: Run, tmp_path: Path) -> Iterator[Database]:
    assert run("migrate").exit_code == 0
    database = open_database(Settings(data_dir=tmp_path).database_url)
    yield database
    database.close()


def test_a_new_key_creates_its_site_with_the_trials_of_the_library(run: Run, migrated: Database) -> None:
    result = run("keys", "create", "--site", "North", "--role", "curator", "--label", "Ward 3")
    key = result.stdout.strip()
    assert "cannot be shown again" in result.stderr
    with migrated.session() as session:
        principal = find_key(session, key)
        assert principal is not None
        assert principal.role == "curator"
        assert [row.trial_id for row in current_trials(session, principal.site_id)] == sorted(load_library().trials)


def test_a_second_key_belongs_to_the_same_site(run: Run, migrated: Database) -> None:
    keys = [
        json.loads(run("keys", "create", "--site", "North", "--role", role, "--json").stdout)["key"]
        for role in ("coordinator", "admin")
    ]
    with migrated.session() as session:
        first, second = (find_key(session, key) for key in keys)
    assert first is not None
    assert second is not None
    assert (first.site_id, first.role, second.role) == (second.site_id, "coordinator", "admin")


def test_keys_are_listed_without_their_secrets_and_can_be_revoked(run: Run, migrated: Database) -> None:
    key = run("keys", "create", "--site", "North", "--role", "coordinator", "--label", "Ward 3").stdout.strip()
    key_id, secret = key.split("_", 2)[1:]
    listed = json.loads(run("keys", "list", "--site", "North", "--json").stdout)
    assert [(key["id"], key["role"], key["label"], key["revoked"]) for key in listed] == [
        (key_id, "coordinator", "Ward 3", "")
    ]
    table = run("keys", "list", "--site", "North").stdout
    assert key_id in table
    assert secret not in table
    assert run("keys", "revoke", "--site", "North", key_id).exit_code == 0
    with migrated.session() as session:
        assert find_key(session, key) is None
    again = run("keys", "revoke", "--site", "North", key_id)
    assert (again.exit_code, "no active key" in again.stderr) == (1, True)


@pytest.mark.parametrize("command", [["keys", "list"], ["keys", "revoke", "x"]])
def test_an_unknown_site_is_an_error(run: Run, migrated: Database, command: list[str]) -> None:
    result = run(*command, "--site", "Nowhere")
    assert (result.exit_code, "no site has this name" in result.stderr) == (1, True)


def test_without_tables_the_message_names_the_command_that_creates_them(run: Run) -> None:
    result = run("keys", "list", "--site", "North")
    assert (result.exit_code, "trialmatch migrate" in result.stderr) == (1, True)


def test_migrating_twice_changes_nothing(run: Run, migrated: Database) -> None:
    assert run("migrate").stdout == "up to date\n"


def test_an_unknown_role_and_an_invalid_setting_are_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("keys", "create", "--site", "North", "--role", "king").exit_code == 2
    monkeypatch.setenv("TRIALMATCH_PORT", "eighty")
    result = run("migrate")
    assert (result.exit_code, "TRIALMATCH_PORT" in result.stderr) == (2, True)
