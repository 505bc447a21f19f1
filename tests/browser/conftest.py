"""The embedded stack, and windows of a headless Chromium; without Chromium every test here is skipped."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from settings.configuration import Settings
from tests.browser.visiting import NARROW, PATIENCE_MS, WIDE, RunningStack, Visit, add_accounts
from workers.embedded.stack import Stack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
HERE = Path(__file__).parent
expect.set_options(timeout=PATIENCE_MS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder for screenshots of every page, at both widths")


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
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for the session; each test uses patient references of its own."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("stack"), log_level="WARNING")
    with Stack(settings, port=0) as started:
        yield add_accounts(started.url, started.settings)


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """The cookies of each account that has signed in."""
    return {}


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> int:
    wide_or_narrow: int = request.param
    return wide_or_narrow


@pytest.fixture
def visit_of(browser: Browser, stack: RunningStack, cookies: dict[str, Any]) -> Iterator[Callable[..., Visit]]:
    """Opens a window, signed in if an account is named; after the test no window may have had an error."""
    visits: list[Visit] = []

    def open_window(name: str = "", width: int = WIDE, script: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, storage_state=cookies.get(name),
            reduced_motion="reduce",
        )  # fmt: skip
        visits.append(Visit(context.new_page(), stack))
        if name and name not in cookies:
            visits[-1].sign_in(name)
            cookies[name] = context.storage_state()
        return visits[-1]

    yield open_window
    for visit in visits:
        visit.page.context.close()
    assert [error for opened in visits for error in opened.errors] == []


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    folder: Path | None = request.config.getoption("--pictures")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
