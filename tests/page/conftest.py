"""A service with accounts, and browsers at it."""

from collections.abc import Callable, Iterator

import pytest

from settings.configuration import Settings
from support.servers import running_valkey
from tests.api.running import Service
from tests.page.browsing import Browser, make_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the session; tests keep apart by the references of their patients."""
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        made = make_house(Settings(data_dir=tmp_path_factory.mktemp("house"), broker_url=valkey.url))
        yield made
        made.database.close()


@pytest.fixture
def browser_of(house: Service) -> Callable[[str], Browser]:
    """A browser in which this account is signed in."""

    def signed_in(name: str) -> Browser:
        browser = Browser(house.app.test_client())
        browser.sign_in(name)
        return browser

    return signed_in


@pytest.fixture
def coordinator(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("coordinator")
