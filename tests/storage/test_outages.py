"""An outage raises StorageUnavailable, quickly and without quoting data."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from settings.configuration import Settings
from storage import database as module
from storage.database import open_database
from storage.errors import StorageError, StorageUnavailable
from storage.models import Patient, PatientVersion, now
from support.servers import Postgres, free_port, running_postgres
from tests.rows import new_principal, submitted


def test_a_postgres_that_does_not_run_is_unavailable_at_once() -> None:
    url = Settings(database_url=f"postgresql://u@127.0.0.1:{free_port()}/d").database_url
    database = open_database(url)
    begun = time.monotonic()
    with pytest.raises(StorageUnavailable):
        database.ping()
    assert time.monotonic() - begun < module.CONNECT_SECONDS
    database.close()


@pytest.mark.postgres
def test_a_restarted_postgres_serves_again() -> None:
    with running_postgres() as server:
        database = open_database(Settings(database_url=server.url("postgres")).database_url)
        database.migrate()
        principal = new_principal(database)
        server.stop()
        with pytest.raises(StorageUnavailable):
            submitted(database, principal)
        server.start()
        assert submitted(database, principal).version == 1
        database.close()


@pytest.mark.postgres
def test_a_database_lost_within_a_transaction_is_unavailable(postgres: Postgres) -> None:
    name = postgres.make_database()
    database = open_database(Settings(database_url=postgres.url(name)).database_url)
    database.migrate()
    with pytest.raises(StorageUnavailable):
        _lose_it_within_a_transaction(database, lambda: postgres.drop_database(name))
    database.close()


def _lose_it_within_a_transaction(database: module.Database, lose: Callable[[], None]) -> None:
    with database.session() as session:
        session.connection()
        lose()
        session.execute(insert(Patient).values(id="1", site_id="1", patient_ref="Jane Doe", current_version=1))


def test_a_locked_sqlite_file_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SQLITE_BUSY_SECONDS", 0.2)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    database.migrate()
    principal = new_principal(database)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable):
        submitted(database, principal)
    other.rollback()
    other.close()
    assert submitted(database, principal).version == 1
    database.close()


def test_a_sqlite_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'a.db'}")
    database.migrate()
    database.close()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_refused_row_is_not_quoted(database: module.Database) -> None:
    row = {"id": "1", "site_id": "no site", "patient_ref": "Jane Doe", "current_version": 1}
    with pytest.raises(StorageError) as caught, database.session() as session:
        session.execute(insert(Patient).values(row))
    assert "Jane" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_times_are_in_utc(database: module.Database) -> None:
    before = now()
    principal = new_principal(database)
    first = submitted(database, principal)
    with database.session() as session:
        row = session.get_one(PatientVersion, first.patient_version_id)
    assert before <= row.submitted_at <= now()
