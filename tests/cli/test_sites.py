"""`trialmatch sites`: the settings of a site, and their defaults."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trialmatch.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line with a data folder of its own and one site."""
    monkeypatch.setenv("TRIALMATCH_DATA_DIR", str(tmp_path))
    for words in (["migrate"], ["keys", "create", "--site", "North", "--role", "admin"]):
        assert CliRunner().invoke(main, words).exit_code == 0
    return lambda *words: CliRunner().invoke(main, ["sites", *words])


def kept(run: Run) -> dict[str, bool]:
    return {row["site"]: row["keep_notes"] for row in json.loads(run("list", "--json").stdout)}


def test_a_site_keeps_no_notes_by_default(run: Run) -> None:
    assert kept(run) == {"North": False}
    assert run("set", "--site", "North", "--keep-notes").output == "notes are kept\n"
    assert kept(run) == {"North": True}
    assert run("set", "--site", "North", "--drop-notes").output == "notes are not kept; 0 texts erased\n"
    assert kept(run) == {"North": False}


def test_sites_are_listed_as_a_table(run: Run) -> None:
    assert "North" in run("list").output


@pytest.mark.parametrize(
    ("words", "code"), [(["--site", "South", "--keep-notes"], 1), (["--site", "North"], 2), (["--keep-notes"], 2)]
)
def test_an_unknown_site_and_a_missing_option_are_errors(run: Run, words: list[str], code: int) -> None:
    assert run("set", *words).exit_code == code
