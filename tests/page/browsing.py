"""A browser without JavaScript: Flask's test client, which submits the CSRF token of the last page."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import create_app
from settings.configuration import Settings
from settings.roles import ROLES
from storage.accounts import create_account
from storage.sites import find_site
from tests.api.running import Service, make_service

PASSWORD = "four plain words here"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Browser:
    """The browser of one user at one service."""

    client: FlaskClient
    text: str = field(default="", repr=False)

    def get(self, address: str, status: int = 200) -> str:
        """Open an address, follow redirects, and return the HTML."""
        return self._checked(self.client.get(address, headers=HTML, follow_redirects=True), status)

    def post(self, address: str, data: dict[str, Any] | None = None, status: int = 200) -> str:
        """Submit a form with the CSRF token of the last page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        form = {"csrf_token": unescape(found[1]) if found else ""} | (data or {})
        return self._checked(self.client.post(address, data=form, headers=HTML, follow_redirects=True), status)

    def sign_in(self, name: str, password: str = PASSWORD, status: int = 200) -> str:
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "password": password}, status)

    def _checked(self, response: TestResponse, status: int) -> str:
        assert response.status_code == status, (response.status_code, response.text[:2000])
        self.text = response.text
        self.address = response.request.full_path.rstrip("?")
        return self.text


def make_service_with_accounts(settings: Settings) -> Service:
    """A service with an account of each role at the site North, and `stranger` at South."""
    service = make_service(settings)
    with service.database.session() as session:
        sites = [find_site(session, name) for name in ("North", "South")]
        assert sites[0] is not None
        assert sites[1] is not None
        for role in ROLES:
            create_account(session, sites[0].id, role, role, PASSWORD)
        create_account(session, sites[1].id, "stranger", "admin", PASSWORD)
    return service


def another_process(service: Service, settings: Settings) -> FlaskClient:
    """A client of a second application on the same data."""
    return create_app(settings).test_client()
