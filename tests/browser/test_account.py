"""Sign-in, sign-out and public pages, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import PASSWORD, Visit


def test_signing_in_by_keyboard_alone(visit_of: Callable[..., Visit], width: int, pictures: Path | None) -> None:
    visit = visit_of(width=width)
    page = visit.go("/account")
    visit.check()
    visit.shoot(pictures, "sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visit.stack.url}/account")
    visit.check()
    visit.shoot(pictures, "account")


def test_a_wrong_password_is_reported_at_the_form(visit_of: Callable[..., Visit], width: int) -> None:
    visit = visit_of(width=width)
    page = visit.go("/sign-in")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    visit.check()


@pytest.mark.parametrize("address", ["/nothing", "/api/v1/docs/"])
def test_public_pages(visit_of: Callable[..., Visit], address: str, pictures: Path | None) -> None:
    visit = visit_of()
    page = visit.go(address)
    expect(page.locator("h1, h2").first).to_be_visible()
    if address == "/nothing":
        visit.check()
        visit.shoot(pictures, "not-found")
    assert visit.errors == []


def test_attempts_to_guess_a_password_are_limited(visit_of: Callable[..., Visit], width: int) -> None:
    visit = visit_of(width=width)
    page = visit.go("/sign-in")
    for _ in range(visit.stack.settings.sign_in_attempts + 1):
        page.get_by_label("Name").fill(f"guessed-{width}")
        page.get_by_label("Password").fill("one of many guesses")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")
    visit.check()
