"""Runs the revisions on the connection from `Database.migrate`; imported only by Alembic."""

from alembic import context
from sqlalchemy import Connection, text

from storage.batches import models as batch_models  # noqa: F401 (its tables belong to the same metadata)
from storage.models import Base

LOCK = 0x7472_6961  # any fixed number: one migration at a time where several containers start at once


def run(connection: Connection) -> None:
    """Run all missing revisions in one transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    batch = connection.dialect.name == "sqlite"
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=batch)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
