"""Windows of a real browser on the real stack: the accounts, and the checks of every page."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from schemas.trials.library import load_library
from settings.configuration import Settings
from settings.roles import ROLES
from storage.accounts import create_account
from storage.database import Database, open_database
from storage.sites import create_key, create_site
from storage.trials import sync_library

PASSWORD = "four plain words here"
WIDE, NARROW = 1280, 375
PATIENCE_MS = 20_000
"""On a busy machine a late page is no failure."""


@dataclass(frozen=True)
class RunningStack:
    """A running service with an account of each role at the site North, and `stranger` at South."""

    url: str
    settings: Settings
    keys: dict[str, str] = field(repr=False)

    def open(self) -> Database:
        return open_database(self.settings.database_url)


def add_accounts(url: str, settings: Settings) -> RunningStack:
    """Create sites, accounts and keys for a running service."""
    database = open_database(settings.database_url)
    with database.session() as session:
        north, south = create_site(session, "North"), create_site(session, "South")
        for site in (north, south):
            sync_library(session, site.id, load_library())
        for role in ROLES:
            create_account(session, north.id, role, role, PASSWORD)
        create_account(session, south.id, "stranger", "admin", PASSWORD)
        keys = {
            "North": create_key(session, north.id, "admin", ""),
            "South": create_key(session, south.id, "admin", ""),
        }
    database.close()
    return RunningStack(url, settings, keys)


@dataclass
class Visit:
    """A browser window of one user, and the errors that occurred in it."""

    page: Page
    stack: RunningStack
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium also reports 404 and 422 here, which `_on_response` handles.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.errors.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.stack.url, "data:", "about:", "blob:")):
            self.errors.append(f"asked elsewhere: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.errors.append(f"{response.status} {response.url}")

    def go(self, address: str) -> Page:
        """Open an address of the service."""
        self.page.goto(f"{self.stack.url}{address}")
        return self.page

    def sign_in(self, name: str) -> "Visit":
        """Sign in with name and password."""
        self.go("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()
        return self

    def check(self) -> None:
        """Check the page: no errors so far, no findings of axe, no horizontal scrolling."""
        assert self.errors == []
        found = [_describe(violation) for violation in Axe().run(self.page).response["violations"]]
        assert found == [], "\n".join(found)
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{self.page.url} is {too_wide} px too wide"

    def shoot(self, folder: Path | None, name: str) -> None:
        """Take a screenshot of the whole page, if `--pictures FOLDER` is given."""
        if folder is not None:
            width = self.page.viewport_size["width"] if self.page.viewport_size else 0
            self.page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def _describe(violation: dict[str, Any]) -> str:
    nodes = [f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:5]]
    return f"{violation['id']}: {violation['help']}: {nodes}"
