"""Upgrades the database: the newest tables, then the library's trials for every site (`python -m workers.migrate`)."""

import os

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from storage.trials import sync_every_site


def migrate(settings: Settings) -> None:
    """Upgrade tables and trials to this release; a second run changes nothing.

    Raises: StorageUnavailable.
    """
    database = open_database(settings.database_url)
    database.migrate()
    with database.session() as session:
        sync_every_site(session, load_library())
    database.close()


if __name__ == "__main__":
    migrate(Settings.from_env(os.environ))
