"""Accounts on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from settings.configuration import Settings
from storage.accounts import sign_in
from storage.database import open_database
from trialmatch.cli import main
from trialmatch.cli.demo import make_demo_account

PASSWORD = "four plain words here\n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    settings = Settings(data_dir=tmp_path)
    database = open_database(settings.database_url)
    database.migrate()
    database.close()
    return settings.to_env()


def run(environment: dict[str, str], *words: str, typed: str = PASSWORD, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["accounts", *words], input=typed, env=environment)
    assert result.exit_code == code, result.output
    return result


def test_an_account_is_created_listed_disabled_and_reset(environment: dict[str, str]) -> None:
    site = ("--site", "Our hospital")
    made = json.loads(run(environment, "create", "Ann", *site, "--role", "coordinator", "--json").output)
    assert made == {"site": "Our hospital", "name": "ann", "role": "coordinator"}
    run(environment, "disable", "ann", *site)
    assert json.loads(run(environment, "list", *site, "--json").output)[0]["disabled"]
    run(environment, "reset", "ann", *site)
    (row,) = json.loads(run(environment, "list", *site, "--json").output)
    assert (row["name"], row["role"], row["disabled"]) == ("ann", "coordinator", "")


@pytest.mark.parametrize(
    ("words", "typed", "message"),
    [
        (("create", "ann", "--site", "S", "--role", "admin"), "short\n", "15 to 200 characters"),
        (("create", "ann", "--site", "S", "--role", "admin"), "", "15 to 200 characters"),
        (("disable", "ann", "--site", "S"), "", "no site has this name"),
        (("reset", "ann", "--site", "S"), PASSWORD, "no site has this name"),
    ],
)
def test_an_impossible_request_is_refused_in_one_line(
    environment: dict[str, str], words: tuple[str, ...], typed: str, message: str
) -> None:
    result = run(environment, *words, typed=typed, code=1)
    assert message in result.output
    assert "Traceback" not in result.output


def test_an_account_of_another_site_is_not_found(environment: dict[str, str]) -> None:
    for site in ("North", "South"):
        run(environment, "create", site, "--site", site, "--role", "admin")
    for command in ("disable", "reset"):
        assert "no active account" in run(environment, command, "south", "--site", "North", code=1).output


def test_no_command_takes_a_password_as_an_argument() -> None:
    for command in main.commands["accounts"].commands.values():  # type: ignore[attr-defined]
        assert not any("password" in str(parameter.name) for parameter in command.params)


def test_the_demo_account_is_created_once_and_gets_a_new_password_each_time(environment: dict[str, str]) -> None:
    url = environment["TRIALMATCH_DATABASE_URL"]
    (name, first), (_, second) = make_demo_account(url), make_demo_account(url)
    database = open_database(url)
    with database.session() as session:
        assert sign_in(session, name, first) is None
        assert sign_in(session, name, second) is not None
    database.close()
    assert [row["name"] for row in json.loads(run(environment, "list", "--site", "Demo", "--json").output)] == ["demo"]
