"""The migrations create the tables of the models, and can be reverted."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from storage.batches import models as batch_models  # noqa: F401 (its tables belong to the same metadata)
from storage.database import Database, open_database
from storage.errors import StorageUnavailable
from storage.models import Base


@pytest.fixture
def empty_database(empty_database_url: str) -> Iterator[Database]:
    opened = open_database(empty_database_url)
    yield opened
    opened.close()


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_create_the_check_constraints(database: Database) -> None:
    inspector = inspect(database.engine)
    for name, table in Base.metadata.tables.items():
        declared = {check.name for check in table.constraints if check.name and str(check.name).startswith("ck_")}
        assert {check["name"] for check in inspector.get_check_constraints(name)} == declared


def test_migrating_twice_changes_nothing(empty_database: Database) -> None:
    empty_database.migrate()
    empty_database.migrate()
    empty_database.ping()


def test_a_database_without_tables_is_not_ready(empty_database: Database) -> None:
    with pytest.raises(StorageUnavailable):
        empty_database.ping()


def test_migrations_can_be_reverted(empty_database: Database) -> None:
    empty_database.migrate()
    with empty_database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "storage:migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(empty_database.engine).get_table_names()) == {"alembic_version"}
