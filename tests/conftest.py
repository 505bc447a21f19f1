"""Real databases and queues for every test that asks for one; a database test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from settings.configuration import Settings
from storage.database import Database, open_database
from support.servers import Postgres, Valkey, running_postgres, running_valkey

TOGETHER = ("tests/api/",)
"""Folders whose tests share one record, and so one process, where several processes run the tests."""


class FileByFile(LoadScopeScheduling):
    """A file's tests run in one process, for they share what their fixtures start."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileByFile:
    """Who runs what, where several processes run the tests."""
    return FileByFile(config, log)


KINDS = (pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """A database with tables, to be copied: quicker than migrating each."""
    name = postgres.make_database()
    database = open_database(Settings(database_url=postgres.url(name)).database_url)
    database.migrate()
    database.close()
    return name


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whatever uses it, directly or not, runs on both databases."""
    kind: str = request.param
    return kind


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'trialmatch.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.make_database()
    yield Settings(database_url=server.url(name)).database_url
    server.drop_database(name)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with tables and no rows."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'trialmatch.db'}"
        database = open_database(url)
        database.migrate()
        database.close()
        yield url
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.make_database(request.getfixturevalue("migrated_template"))
    yield Settings(database_url=server.url(name)).database_url
    server.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A queue server of the test's own, which it may stop, freeze and start."""
    with running_valkey(tmp_path / "queue") as server:
        yield server
