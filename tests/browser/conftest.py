"""The embedded stack, and windows of a headless Chromium at it; without a Chromium every test here is skipped."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from settings.configuration import Settings
from tests.browser.visiting import NARROW, WIDE, House, Visit, furnish
from workers.embedded.stack import Stack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder for pictures of every page, at both widths")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="NO BROWSER: chromium is not on PATH, the page is untested"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One stack for the session; tests keep apart by the references of their patients."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("stack"), log_level="WARNING")
    with Stack(settings, port=0) as stack:
        yield furnish(stack.url, stack.settings)


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """Of those who signed in already."""
    return {}


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
def visit_of(browser: Browser, house: House, cookies: dict[str, Any]) -> Iterator[Callable[..., Visit]]:
    """Opens a window in which somebody is signed in, or nobody; at the end nothing may have gone wrong in any."""
    made: list[Visit] = []

    def visit(name: str = "", width: int = WIDE, script: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, storage_state=cookies.get(name),
            reduced_motion="reduce",
        )  # fmt: skip
        made.append(Visit(context.new_page(), house))
        if name and name not in cookies:
            made[-1].sign_in(name)
            cookies[name] = context.storage_state()
        return made[-1]

    yield visit
    for one in made:
        one.page.context.close()
    assert [fault for one in made for fault in one.wrong] == []


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    folder: Path | None = request.config.getoption("--pictures")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
