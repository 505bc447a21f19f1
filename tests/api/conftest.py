"""The service under test; tests of its recorded answers run last."""

from collections.abc import Iterator

import pytest

from settings.configuration import Settings
from support.servers import running_valkey
from tests.api.running import Service, make_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for the whole session; tests use different patient references."""
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        folder = tmp_path_factory.mktemp("service")
        created = make_service(
            Settings(data_dir=folder, broker_url=valkey.url, batch_chunk_rows=100, max_batch_bytes=1 << 20)
        )
        yield created
        created.database.close()


@pytest.fixture(scope="session")
def broken_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose queue does not answer."""
    folder = tmp_path_factory.mktemp("broken")
    created = make_service(Settings(data_dir=folder, broker_url="redis://127.0.0.1:1/0"))
    yield created
    created.database.close()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "after_all_others: checks the answers that other tests recorded")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests last: the record of answers is complete then."""
    items.sort(key=lambda item: item.get_closest_marker("after_all_others") is not None)
