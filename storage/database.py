"""The database: engine, sessions, migrations, and INSERT ... ON CONFLICT, which SQLAlchemy has per dialect."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from storage.errors import StorageError, StorageFull, StorageUnavailable
from storage.models import Base

CONNECT_SECONDS = 3
SQLITE_BUSY_SECONDS = 5
"""How long a SQLite writer waits for another writer before the response is 503."""

_strict = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _compact(value: object) -> str:
    """Return JSON as stored. Characters that UTF-8 cannot encode (a lone surrogate is legal in JSON) are escaped.

    Raises: ValueError for a number that JSON does not have, which orjson would turn into a null.
    """
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _strict(value)
    return _strict(value) if b"null" in written else written.decode()


class Database:
    """Sessions on one database. Creating it does not connect, so it may be created before a fork."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction, committed at the end and rolled back on any exception.

        Raises: StorageUnavailable when the database does not answer.
        """
        with _translated_errors(), self._sessions.begin() as session:
            yield session

    def migrate(self) -> None:
        """Upgrade the tables to the newest revision; the migrations are part of the package.

        Raises: StorageUnavailable.
        """
        # Imported here: every process opens the database, and only migrations need Alembic.
        from alembic import command
        from alembic.config import Config

        with _translated_errors(), self.engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", "storage:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def ping(self) -> None:
        """Make one round trip, to a database that has its tables.

        Raises: StorageUnavailable.
        """
        try:
            with _translated_errors(), self.engine.connect() as connection:
                connection.execute(text("SELECT 1 FROM site LIMIT 1"))
        except StorageUnavailable:
            raise
        except StorageError:
            raise StorageUnavailable("the database has no tables yet") from None

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Return the database of this URL, SQLite or PostgreSQL; create the folder of a SQLite file, for its owner only."""
    options: dict[str, Any] = {"json_serializer": _compact, "hide_parameters": True}
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, options)
    # Without the ping, each pooled connection would fail one request after a restart of the server.
    options |= {"pool_pre_ping": True, "pool_timeout": CONNECT_SECONDS, "pool_size": 10}
    options["connect_args"] = {"connect_timeout": CONNECT_SECONDS, "application_name": "trialmatch"}
    return Database(create_engine(url, **options))


def _open_sqlite(url: str, options: dict[str, Any]) -> Database:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS}, pool_timeout=CONNECT_SECONDS, **options)
    event.listen(engine, "connect", _set_pragmas)
    return Database(engine)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    """WAL lets readers continue during a write; with WAL, syncing only at checkpoints cannot corrupt the file."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Translate errors of the driver; `from None`, because a message of the driver may quote a patient's row."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        if _is_full(error):
            raise StorageFull("the database has no room left") from None
        raise StorageUnavailable("the database does not answer") from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StorageUnavailable("the database connection was lost") from None
        raise StorageError(f"the database refused a statement: {type(error.orig).__name__}") from None


def _is_full(error: SQLAlchemyError) -> bool:
    """Source: sqlite.org/rescode.html (SQLITE_FULL), PostgreSQL's appendix A (53100, disk_full)."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(cause, "sqlstate", "") == "53100"


def dialect_of(session: Session) -> str:
    """Return `sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


def insert_in(dialect: str, table: type[Base] | Table) -> postgresql.Insert:
    """Return an INSERT of this dialect; both have the same ON CONFLICT methods, so one type describes both."""
    if dialect == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)


def insert_into(session: Session, table: type[Base]) -> postgresql.Insert:
    """Return an INSERT of the session's own dialect."""
    return insert_in(dialect_of(session), table)
