"""Accounts: sign-in and sign-out, what ends a sign-in, and limits on guessing passwords."""

import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from settings.configuration import Settings
from settings.roles import ROLES
from storage.accounts import create_account, disable_account, find_signed_in, reset_password
from storage.models import Account, SignIn, now
from storage.sites import find_site
from tests.api.running import Service
from tests.page.browsing import HTML, PASSWORD, Browser, make_service_with_accounts


@pytest.fixture
def isolated(tmp_path: Path) -> Iterator[Service]:
    """A service for one test, without a queue server; three attempts per name."""
    settings = Settings(data_dir=tmp_path / "data", broker_url="redis://127.0.0.1:1/0", sign_in_attempts=3)
    service = make_service_with_accounts(settings)
    yield service
    service.database.close()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_sees_its_account_and_signs_out(service: Service, role: str) -> None:
    browser = Browser(service.app.test_client())
    browser.sign_in(f" {role.upper()} ")
    assert "North" in browser.get("/account")
    browser.post("/sign-out")
    assert "You are signed out" in browser.text
    browser.get("/account")
    assert browser.address == "/sign-in?next=/account"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("coordinator", "not the password"),
        ("nobody", PASSWORD),
        ("", ""),
        ("a\0b", PASSWORD),
        ("coordinator", "x" * 100_000),
    ],
)
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(service: Service, name: str, password: str) -> None:
    text = Browser(service.app.test_client()).sign_in(name, password, status=401)
    assert "Name or password is wrong, or the account is disabled." in text
    assert password not in text or not password


@pytest.mark.parametrize(
    ("asked", "lands"),
    [("/account", "/account"), ("//evil.example/", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/"),
     ("/\t/evil.example", "/")],
)  # fmt: skip
def test_signing_in_leads_back_to_pages_of_our_own_only(service: Service, asked: str, lands: str) -> None:
    browser = Browser(service.app.test_client())
    browser.get("/sign-in")
    token = browser.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "name": "coordinator", "password": PASSWORD, "next": asked}
    answer = browser.client.post("/sign-in", data=form, headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, lands)


def test_the_cookie_is_out_of_reach_of_scripts_and_secure_over_tls(service: Service) -> None:
    for address, secure in (("http://localhost", False), ("https://localhost", True)):
        answer = service.app.test_client().get("/sign-in", base_url=address, headers=HTML)
        attributes = {part.strip() for part in answer.headers["Set-Cookie"].split(";")}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
        assert ("Secure" in attributes) == secure


def test_a_proxy_that_is_trusted_makes_the_cookie_secure(tmp_path: Path) -> None:
    for hops, secure in ((0, False), (1, True)):
        data = tmp_path / str(hops)
        service = make_service_with_accounts(
            Settings(data_dir=data, broker_url="redis://127.0.0.1:1/0", trusted_proxies=hops)
        )
        answer = service.app.test_client().get("/sign-in", headers={**HTML, "X-Forwarded-Proto": "https"})
        assert ("Secure" in answer.headers["Set-Cookie"]) == secure
        service.database.close()


def test_signing_out_ends_the_sign_in_even_for_a_stolen_cookie(service: Service) -> None:
    browser, thief = Browser(service.app.test_client()), service.app.test_client()
    browser.sign_in("coordinator")
    cookie = browser.client.get_cookie("trialmatch")
    assert cookie is not None
    thief.set_cookie("trialmatch", cookie.value)
    assert thief.get("/account", headers=HTML).status_code == 200
    browser.get("/account")
    browser.post("/sign-out")
    assert thief.get("/account", headers=HTML).status_code == 303


@pytest.mark.parametrize("how", ["disabled", "reset", "idle", "old"])
def test_a_sign_in_ends(isolated: Service, how: str) -> None:
    browser = Browser(isolated.app.test_client())
    browser.sign_in("coordinator")
    with isolated.database.session() as session:
        site = find_site(session, "North")
        assert site is not None
        if how == "disabled":
            assert disable_account(session, site.id, "coordinator")
        elif how == "reset":
            assert reset_password(session, site.id, "coordinator", "another four plain words")
        elif how == "idle":
            session.execute(update(SignIn).values(seen_at=now() - timedelta(minutes=31)))
        else:
            session.execute(update(SignIn).values(created_at=now() - timedelta(hours=13)))
    assert "You were signed out" in browser.get("/account")


def test_a_disabled_account_cannot_sign_in_until_it_is_reset(isolated: Service) -> None:
    with isolated.database.session() as session:
        site = find_site(session, "North")
        assert site is not None
        assert disable_account(session, site.id, "curator")
        assert not disable_account(session, site.id, "curator")
        assert not disable_account(session, site.id, "stranger")
    Browser(isolated.app.test_client()).sign_in("curator", status=401)
    with isolated.database.session() as session:
        assert reset_password(session, site.id, "curator", "another four plain words")
    Browser(isolated.app.test_client()).sign_in("curator", "another four plain words")


def test_attempts_are_limited_per_name(isolated: Service) -> None:
    for _ in range(3):
        Browser(isolated.app.test_client()).sign_in("coordinator", "wrong wrong wrong wrong", status=401)
    text = Browser(isolated.app.test_client()).sign_in("Coordinator ", status=429)
    assert "Too many attempts" in text
    Browser(isolated.app.test_client()).sign_in("registrar")


def test_attempts_are_limited_per_address(isolated: Service) -> None:
    for number in range(15):
        Browser(isolated.app.test_client()).sign_in(f"nobody-{number}", status=401)
    Browser(isolated.app.test_client()).sign_in("coordinator", status=429)


def test_successful_sign_ins_are_not_limited(isolated: Service) -> None:
    for _ in range(5):
        Browser(isolated.app.test_client()).sign_in("coordinator")


def test_the_password_is_changed_by_someone_who_knows_it(isolated: Service) -> None:
    browser = Browser(isolated.app.test_client())
    browser.sign_in("admin")
    browser.get("/account")
    new = "another four plain words"
    wrong = browser.post("/account/password", {"current": "guessed guessed", "new": new}, 422)
    assert "This is not the current password." in wrong
    short = browser.post("/account/password", {"current": PASSWORD, "new": "short"}, 422)
    assert "15 to 200 characters" in short
    browser.post("/account/password", {"current": PASSWORD, "new": new})
    assert browser.address == "/sign-in"
    browser.sign_in("admin", new)


def test_a_form_without_the_token_is_refused(coordinator: Browser) -> None:
    coordinator.text = ""
    assert "The form has expired" in coordinator.post("/sign-out", status=400)
    assert "coordinator" in coordinator.get("/account")


def test_the_key_of_the_cookies_is_made_once_and_only_for_its_owner(service: Service) -> None:
    Browser(service.app.test_client()).get("/sign-in")
    file = service.app.extensions["trialmatch"].settings.data_dir / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == service.app.secret_key
    assert [path.name for path in file.parent.glob("secret.key*")] == ["secret.key"]


def test_the_time_of_the_last_request_is_stored_seldom(isolated: Service) -> None:
    with isolated.database.session() as session:
        site = find_site(session, "North")
        assert site is not None
        create_account(session, site.id, "quiet", "coordinator", PASSWORD)
    browser = Browser(isolated.app.test_client())
    browser.sign_in("quiet")
    with browser.client.session_transaction() as cookie:
        token = cookie["sign_in"]
    with isolated.database.session() as session:
        earlier = now() - timedelta(minutes=5)
        session.execute(update(SignIn).values(seen_at=earlier))
        assert find_signed_in(session, token, timedelta(minutes=30)) is not None
        seen = [row.seen_at for row in session.query(SignIn)]
        assert seen[0] > earlier
        assert find_signed_in(session, token, timedelta(minutes=30)) is not None
        assert [row.seen_at for row in session.query(SignIn)] == seen


@pytest.mark.parametrize(
    ("name", "role", "password", "message"),
    [
        ("one", "boss", PASSWORD, "a role is one of"),
        (" ", "admin", PASSWORD, "printable characters"),
        ("a\nb", "admin", PASSWORD, "printable characters"),
        ("n" * 101, "admin", PASSWORD, "printable characters"),
        ("ADMIN", "admin", PASSWORD, "exists already"),
        ("one", "admin", "fourteen chars", "15 to 200 characters"),
        ("one", "admin", "x" * 201, "15 to 200 characters"),
    ],
)
def test_an_invalid_account_is_refused(service: Service, name: str, role: str, password: str, message: str) -> None:
    with service.database.session() as session:
        site = find_site(session, "South")
        assert site is not None
        with pytest.raises(ValueError, match=message):
            create_account(session, site.id, name, role, password)
        assert session.query(Account).filter_by(site_id=site.id).count() == 1


ADDRESS_PARTS = {"trial_id": "NCT02152995", "action": "pause", "kind": "csv"}


def test_pages_that_require_a_sign_in_lead_to_it(service: Service) -> None:
    for rule in service.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0].endswith("_pages"):
            values = {name: ADDRESS_PARTS.get(name, "0" * 32) for name in rule.arguments}
            with service.app.test_request_context():
                address = rule.build(values)
            assert address is not None, rule
            answer = service.app.test_client().get(address[1], headers=HTML)
            if "GET" in (rule.methods or ()):
                assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in"), rule


def test_errors_are_pages_for_browsers_and_problems_for_programs(browser_of: Callable[[str], Browser]) -> None:
    browser = browser_of("coordinator")
    assert "Not found" in browser.get("/nothing", 404)
    assert "Page not available" in browser.get("/sign-out", 405)
    for address, accept in (("/nothing", "*/*"), ("/api/v1/nothing", HTML["Accept"])):
        assert browser.client.get(address, headers={"Accept": accept}).mimetype == "application/problem+json"
