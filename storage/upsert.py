"""INSERT with ON CONFLICT, which SQLAlchemy keeps apart by dialect."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.models import Base


def dialect_of(session: Session) -> str:
    """`sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


def insert_in(dialect: str, table: type[Base] | Table) -> postgresql.Insert:
    """An INSERT of this dialect; both have the same ON CONFLICT methods, so one type stands for both."""
    if dialect == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)


def insert_into(session: Session, table: type[Base]) -> postgresql.Insert:
    """An INSERT of the session's own dialect."""
    return insert_in(dialect_of(session), table)
