"""Signing in and out, and the account of who is signed in."""

from collections.abc import Callable
from hashlib import sha256

from flask import Flask, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_limiter import Limiter, RequestLimit, RouteLimit
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response as AnyResponse

from service.dependencies import dependencies
from service.page.access import PageBlueprint
from service.page.account import sessions
from service.page.account.sessions import principal, signed_in
from service.page.navigation import first_page
from settings.configuration import Settings
from settings.roles import ROLE_DESCRIPTIONS
from storage import accounts

blueprint = PageBlueprint("account", __name__)

WRONG = "Name or password is wrong, or the account is disabled."
WINDOW_MINUTES = 15
SAME_ADDRESS = 5
"""A hospital may sit behind one address, so an address has more attempts than a name; see configuration.md."""


def sign_in() -> AnyResponse | str:
    """The form, and what it sends. A wrong password answers 401, which alone counts against the limits."""
    if request.method == "GET":
        return redirect(_back(), 303) if signed_in() else _form()
    with dependencies().database.session() as rows:
        token = accounts.sign_in(rows, request.form.get("name", ""), request.form.get("password", ""))
    if token is None:
        return make_response(_form(WRONG), 401)
    sessions.begin(token)
    return redirect(_back(), 303)


def _form(error: str = "") -> str:
    ended = bool(session.get(sessions.TOKEN)) and not error
    return render_template("account/sign_in.html", error=error, ended=ended, name=request.form.get("name", ""))


def _back() -> str:
    """A page of our own that the sign-in was asked for, or the first one."""
    asked = request.values.get("next", "")
    own = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked and asked.isprintable()
    return asked if own else url_for("account_pages.home")


def limit_sign_in(app: Flask, settings: Settings) -> None:
    """Refuse guesses, by name and by address, whatever process they reach; without the queue, by process."""
    limiter = Limiter(
        get_remote_address, app=app, storage_uri=settings.broker_url, strategy="moving-window",
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1}, in_memory_fallback_enabled=True,
        key_prefix="trialmatch", swallow_errors=True,
    )  # fmt: skip
    by_name = _limit(limiter, settings.sign_in_attempts, _name_key)
    by_address = _limit(limiter, settings.sign_in_attempts * SAME_ADDRESS, _address_key)
    # Beside the group of pages, which only who is signed in may see.
    app.add_url_rule("/sign-in", "sign_in", by_address(by_name(sign_in)), methods=["GET", "POST"])


def _limit(limiter: Limiter, attempts: int, key: Callable[[], str]) -> RouteLimit:
    return limiter.limit(
        f"{attempts} per {WINDOW_MINUTES} minutes", key_func=key, methods=["POST"], on_breach=_refuse,
        deduct_when=lambda response: response.status_code == 401,
    )  # fmt: skip


def _name_key() -> str:
    """The queue server sees no name."""
    return f"name-{sha256(accounts.plain_name(request.form.get('name', '')).encode()).hexdigest()[:32]}"


def _address_key() -> str:
    return f"address-{get_remote_address()}"


def _refuse(_: RequestLimit) -> Response:
    response = make_response(_form(f"Too many attempts. Wait {WINDOW_MINUTES} minutes, then try again."), 429)
    response.headers["Retry-After"] = str(WINDOW_MINUTES * 60)
    return response


@blueprint.route("/")
def home() -> AnyResponse:
    """The first page of the role."""
    return redirect(url_for(first_page()), 303)


@blueprint.route("/account")
def show() -> str:
    """Who is signed in, and the form for another password."""
    return _account({})


def _account(error: dict[str, str]) -> str:
    does, shortest = ROLE_DESCRIPTIONS[principal().role], accounts.SHORTEST_PASSWORD
    return render_template("account/show.html", error=error, does=does, shortest=shortest)


@blueprint.route("/account/password", methods=["POST"])
def change_password() -> AnyResponse | str:
    """Another password; every sign-in of the account ends, this one too."""
    present, fresh = request.form.get("present", ""), request.form.get("fresh", "")
    me = signed_in()
    assert me is not None
    with dependencies().database.session() as rows:
        if not accounts.password_fits(rows, me.principal.key_id, present):
            return make_response(_account({"present": "This is not the present password."}), 422)
        try:
            accounts.reset_password(rows, me.principal.site_id, me.name, fresh)
        except ValueError as error:
            return make_response(_account({"fresh": str(error)}), 422)
    sessions.end()
    flash("The password is changed. Sign in with the new one.", "done")
    return redirect(url_for("sign_in"), 303)


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> AnyResponse:
    """End this sign-in."""
    sessions.end()
    flash("You are signed out.", "done")
    return redirect(url_for("sign_in"), 303)
