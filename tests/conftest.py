"""Starts real databases and queues for the tests that ask for one, and orders the tests.

A test that uses a database runs on SQLite and on PostgreSQL.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling

from settings.configuration import Settings
from storage.database import Database, open_database
from support.servers import Postgres, Valkey, running_postgres, running_valkey
from tests.generative.laws import EXAMPLES

assert "usual" in EXAMPLES, "the profiles are registered by tests.generative.laws"
hypothesis_settings.load_profile("usual")  # --hypothesis-profile is read later and wins

LONGEST_FIRST = ("tests/faults/", "tests/browser/", "tests/plugins/", "tests/api/", "tests/workers/", "tests/cli/")
"""Folders that take longest. They run first, so that several processes end at about the same time."""

IN_ONE_PROCESS = ("tests/api/",)
"""Folders whose tests share a record of the answers that they saw."""

TEST_BY_TEST = ("tests/generative/",)
"""Folders whose tests share nothing. They run last, each in the first process that is free."""

DATABASE_BY_DATABASE = ("tests/faults/test_kill_",)
"""Files whose tests share a stack for each database."""

NOT_TRACED = tuple(
    f"tests/{folder}/" for folder in ("browser", "cli", "faults", "generative", "page", "storage", "workers")
)
"""Folders whose tests do not count for the coverage of matching/ and schemas/, which the others cover: tracing makes a
test two to three times slower."""


class ScopeScheduling(LoadScopeScheduling):
    """Runs the tests of a file in one process, because they share what their fixtures start."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False  # in the order of the collection, see below
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if nodeid.startswith(TEST_BY_TEST):
            return nodeid
        if nodeid.startswith(DATABASE_BY_DATABASE):
            return f"{file}-{'postgres' if '[postgres' in test else 'sqlite'}"
        return next((folder for folder in IN_ONE_PROCESS if nodeid.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ScopeScheduling:
    """Return the scheduler of several processes."""
    return ScopeScheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first, and trace no test that does not count for the coverage."""
    order = [*LONGEST_FIRST, "tests/", *TEST_BY_TEST]

    def rank(item: pytest.Item) -> int:
        own = [folder for folder in order if item.nodeid.startswith(folder)]
        return order.index(max(own, key=len, default="tests/"))

    items.sort(key=rank)
    for item in items:
        if item.nodeid.startswith(NOT_TRACED):
            item.add_marker("no_cover")


KINDS = (pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one PostgreSQL server for all tests of this process."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file, which is quicker to copy than to migrate again."""
    file = tmp_path_factory.mktemp("template") / "trialmatch.db"
    database = open_database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """Return the name of a migrated PostgreSQL database, which is quicker to copy than to migrate again."""
    name = postgres.make_database()
    database = open_database(Settings(database_url=postgres.url(name)).database_url)
    database.migrate()
    database.close()
    return name


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database; a test that uses it, directly or not, runs on both kinds."""
    kind: str = request.param
    return kind


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database without tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'trialmatch.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.make_database()
    yield Settings(database_url=server.url(name)).database_url
    server.drop_database(name)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with tables and no rows."""
    if database_kind == "sqlite":
        file = tmp_path / "trialmatch.db"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.make_database(request.getfixturevalue("migrated_template"))
    yield Settings(database_url=server.url(name)).database_url
    server.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a database with tables and no rows."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """Run a queue server for one test, which may stop, freeze and restart it."""
    with running_valkey(tmp_path / "queue") as server:
        yield server
