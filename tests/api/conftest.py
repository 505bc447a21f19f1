"""The service under test, and the order that lets its record be judged last."""

from collections.abc import Iterator

import pytest

from settings.configuration import Settings
from support.servers import running_valkey
from tests.api.running import Service, make_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the session; tests keep apart by the references of their patients."""
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        folder = tmp_path_factory.mktemp("service")
        made = make_service(
            Settings(data_dir=folder, broker_url=valkey.url, batch_chunk_rows=100, max_batch_bytes=1 << 20)
        )
        yield made
        made.database.close()


@pytest.fixture(scope="session")
def broken_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose queue nobody answers."""
    folder = tmp_path_factory.mktemp("broken")
    made = make_service(Settings(data_dir=folder, broker_url="redis://127.0.0.1:1/0"))
    yield made
    made.database.close()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "after_all_others: judges what the other tests saw")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The record of answers is complete when every other test has run."""
    items.sort(key=lambda item: item.get_closest_marker("after_all_others") is not None)
