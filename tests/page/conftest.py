"""A service with accounts, and browsers that use it."""

from collections.abc import Callable, Iterator

import pytest

from settings.configuration import Settings
from support.servers import running_valkey
from tests.api.running import Service
from tests.page.browsing import Browser, make_service_with_accounts


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the session; each test uses patient references of its own."""
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        service = make_service_with_accounts(
            Settings(data_dir=tmp_path_factory.mktemp("service"), broker_url=valkey.url)
        )
        yield service
        service.database.close()


@pytest.fixture
def browser_of(service: Service) -> Callable[[str], Browser]:
    """Opens a browser and signs in an account by name."""

    def signed_in(name: str) -> Browser:
        browser = Browser(service.app.test_client())
        browser.sign_in(name)
        return browser

    return signed_in


@pytest.fixture
def coordinator(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("coordinator")
